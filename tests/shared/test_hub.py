from pathlib import Path

from shared import connectors
from shared.hub import POOLS, Hub
from shared.store.sqlite import SqliteStore
from tests.world import make_world


def a_hub(folder: Path) -> Hub:
    return make_world(SqliteStore(folder / "store.db")).hub


def test_a_connection_keeps_its_line_to_the_package(tmp_path: Path) -> None:
    hub, exact = a_hub(tmp_path), connectors.get("exact_online")
    assert hub._http(exact, "nl", "c1") is hub._http(exact, "nl", "c1")


def test_connections_are_spread_over_a_fixed_number_of_clients(tmp_path: Path) -> None:
    hub, exact = a_hub(tmp_path), connectors.get("exact_online")
    clients = {id(hub._http(exact, "nl", f"connection-{n}")) for n in range(1000)}
    assert POOLS / 2 < len(clients) <= POOLS
