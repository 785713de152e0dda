"""Every metric, one line each. Nothing else defines metrics."""

from prometheus_client import Counter

TURNS = Counter("fieldledger_turns", "turns taken", ["connector", "kind"])
IGNORED = Counter("fieldledger_events_ignored", "events met that are not for this service", ["service", "why"])
DEAD = Counter("fieldledger_dead_letters", "messages put into the dead letters", ["topic"])
PUBLISHED = Counter("fieldledger_entities_published", "entity events published", ["connector", "kind"])
DOCUMENTS = Counter("fieldledger_documents", "documents by what became of them", ["connector", "result"])
CALLS = Counter("fieldledger_vendor_calls", "calls to packages", ["connector", "status"])
