from dataclasses import replace
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


def test_the_operator_may_choose_another_version_of_a_package_that_has_one_in_its_address(tmp_path: Path) -> None:
    hub, exact = a_hub(tmp_path), connectors.get("exact_online")
    versioned = replace(exact, auth=replace(exact.auth, sites={"nl": "https://books.test/V{version}"}, version="22"))
    access = hub.settings.connectors["exact_online"]
    urls = []
    for chosen in (None, "221"):
        hub.settings.connectors["exact_online"] = access.model_copy(update={"base_url": None, "api_version": chosen})
        urls.append(hub.base_url(versioned, "nl"))
    assert urls == ["https://books.test/V22", "https://books.test/V221"]
