"""`fieldledger topics`: the topics of this installation, and where the cluster differs."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from services.cli.context import awaited, load_settings
from services.cli.output import say, show, show_rows
from shared import connectors
from shared.topic_admin import TopicState, ensure_topics, list_topics
from shared.topics import Topic, all_topics

app = typer.Typer(no_args_is_help=True, help="Create the topics in Kafka, and see where the cluster differs.")


@app.command(epilog="Example: fieldledger topics create --replication 3")
@awaited
async def create(
    replication: Annotated[int, typer.Option(min=1, help="Brokers that keep each message: 1 on one node, else 3.")] = 1,
) -> None:
    """Create what is missing; what exists is left as it is."""
    created = await ensure_topics(load_settings().kafka, all_topics(list(connectors.names())), replication)
    for name in created:
        show(name)
    say(f"{len(created)} topics created." if created else "All topics were there already.")


@app.command("list", epilog="Example: fieldledger topics list --json")
@awaited
async def list_(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False) -> None:
    """Every topic: who owns it, its key, how long it keeps, and what differs in the cluster."""
    wanted = all_topics(list(connectors.names()))
    states = {state.name: state for state in await list_topics(load_settings().kafka, wanted)}
    rows = [_row(topic, states[topic.name], as_json=as_json) for topic in wanted]
    columns = ("topic", "owner", "key", "partitions", "keeps", "differs")
    show_rows(columns, rows, empty="There are no topics.", as_json=as_json)


def _row(topic: Topic, state: TopicState, *, as_json: bool) -> Mapping[str, Any]:
    return {
        "topic": topic.name,
        "owner": topic.owner,
        "key": topic.key,
        "partitions": topic.partitions,
        "keeps": "newest of each key" if topic.retention is None else f"{topic.retention.days} days",
        "differs": list(state.differences) if as_json else "; ".join(state.differences),
    }
