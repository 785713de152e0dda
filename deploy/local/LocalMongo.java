import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map.Entry;

import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.AbstractUniqueIndex;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;

/**
 * A MongoDB-compatible server for machines without containers; see mongodb.py. Run by Java's source launcher:
 * {@code java -cp 'jars/*' LocalMongo.java PORT [FILE]}; without a file it keeps its data in memory.
 *
 * What mongo-java-server lacks and our store needs is added here, so that the store knows MongoDB only.
 */
public class LocalMongo extends H2Backend {

    private LocalMongo(String file) {
        super(file);
        version(new DriversOldest());
    }

    public static void main(String[] arguments) {
        MongoServer server = new MongoServer(new LocalMongo(arguments.length > 1 ? arguments[1] : null));
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
    }

    /** Answers "hello", the later name of "isMaster". */
    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        if (!command.equals("hello")) {
            return super.handleCommand(channel, database, command, query);
        }
        return super.handleCommand(channel, database, "isMaster", query).append("isWritablePrimary", true);
    }

    @Override
    protected MongoDatabase openOrCreateDatabase(String name) {
        return new Database(name, getMvStore());
    }

    /** The oldest MongoDB that today's drivers speak to. */
    private static class DriversOldest implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    }

    private class Database extends H2Database {
        Database(String name, MVStore store) {
            super(name, store, getCursorRegistry());
        }

        @Override
        protected Index<Object> openOrCreateUniqueIndex(
                String collection, String name, List<IndexKey> keys, boolean sparse) {
            // From getMvStore() and not from a field: the constructor above us asks before fields are set.
            MVMap<KeyValue, Object> map = getMvStore().openMap(getDatabaseName() + "." + collection + ".partial." + name);
            return new PartialUniqueIndex(map, name, keys);
        }
    }

    /**
     * A unique index without the documents whose first field is missing or null. All our unique indexes have a
     * partialFilterExpression that says so, which mongo-java-server does not read.
     */
    private static class PartialUniqueIndex extends AbstractUniqueIndex<Object> {
        private final MVMap<KeyValue, Object> map;

        PartialUniqueIndex(MVMap<KeyValue, Object> map, String name, List<IndexKey> keys) {
            super(name, keys, true);
            this.map = map;
        }

        private boolean leavesOut(Document document) {
            return Missing.isNullOrMissing(Utils.getSubdocumentValue(document, keys().get(0)));
        }

        @Override
        public synchronized void checkAdd(Document document, MongoCollection<Object> collection) {
            if (!leavesOut(document)) {
                super.checkAdd(document, collection);
            }
        }

        @Override
        public synchronized void add(Document document, Object position, MongoCollection<Object> collection) {
            if (!leavesOut(document)) {
                super.add(document, position, collection);
            }
        }

        @Override
        public synchronized Object remove(Document document) {
            return leavesOut(document) ? null : super.remove(document);
        }

        @Override
        public synchronized void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
            if (!leavesOut(after)) {
                super.checkUpdate(before, after, collection);
            }
        }

        @Override
        protected Object removeDocument(KeyValue value) {
            return map.remove(value);
        }

        @Override
        protected boolean putKeyPosition(KeyValue value, Object position) {
            return map.putIfAbsent(value, position) == null;
        }

        @Override
        protected Object getPosition(KeyValue value) {
            return map.get(value);
        }

        @Override
        protected Iterable<Entry<KeyValue, Object>> getIterable() {
            return map.entrySet();
        }

        @Override
        public long getCount() {
            return map.sizeAsLong();
        }

        @Override
        public boolean isEmpty() {
            return map.isEmpty();
        }

        @Override
        public long getDataSize() {
            return getCount();
        }
    }
}
