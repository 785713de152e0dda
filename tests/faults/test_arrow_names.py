"""An arrow is called what is written there, whatever the order of calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from shared import topics
from shared.sandbox.scenario import scenario
from shared.store.collections import CLAIMS, CURSORS, DOORS, FINGERPRINTS, GRANTS, LANES, LEDGER, RINGS, RUNS, STEPS
from tests.faults.names import (
    LOGIN,
    call_name,
    delete_name,
    insert_name,
    publish_name,
    put_name,
    update_name,
    vendor_name,
)

DOCUMENT, RELATION = "acme|c1|900001|workorder|WO-1|document", "c1|900001|relation|90001"


@pytest.mark.parametrize(
    ("collection", "id", "set", "inc", "name"),
    [
        (STEPS, DOCUMENT, {"state": "sending"}, {}, "document step sending"),
        (STEPS, RELATION, {"state": "confirmed"}, {}, "relation step confirmed"),
        (STEPS, DOCUMENT, {"absences": 1, "settle_at": "x"}, {}, "document step absent once"),
        (LEDGER, "e", {"state": "confirmed", "outcome_due": "x"}, {}, "entry confirmed"),
        (LEDGER, "e", {"outcome_due": None}, {}, "entry told"),
        (LEDGER, "e", {"fence": 3, "crashes": 1}, {}, "entry taken"),
        (LEDGER, "e", {"document_type": "sales_order"}, {}, "entry type fixed"),
        (LEDGER, "e", {"follow_ups_due": False, "due": None}, {}, "entry followed up"),
        (LANES, "l", {"owner": "me", "lease_until": "x"}, {"fence": 1}, "lane claimed"),
        (LANES, "l", {"lease_until": "x"}, {}, "lane renewed"),
        (LANES, "l", {"owner": None, "lease_until": "x"}, {}, "lane released"),
        (LANES, "l", {"export.due": "x"}, {"export.wanted": 1}, "lane woken"),
        (LANES, "l", {"rest_until": "x", "rest": {}}, {}, "lane rested"),
        (LANES, "l", {"rest_until": "x", "rest": None}, {"resumes": 1}, "lane resumed"),
        (GRANTS, "g", {"renewing_until": "x"}, {"renewing_fence": 1}, "token renewal begun"),
        (GRANTS, "g", {"sealed": "x"}, {"version": 1}, "token stored"),
        (GRANTS, "g", {"state": "dead"}, {}, "grant dead"),
        (GRANTS, "g", {"renewing_until": "x"}, {}, "token renewal ended"),
        (RUNS, "r", {"begun": True, "cursor": "x"}, {}, "run kind begun"),
        (RUNS, "r", {"position": "x"}, {}, "run position stored"),
        (RUNS, "r", {"phase": "done", "version": 3}, {}, "run phase done stored"),
        (RUNS, "r", {"kinds": []}, {}, "run kind done"),
        (RUNS, "r", {"tables": []}, {}, "run tables stored"),
        (RUNS, "r", {"state": "done", "active_key": None}, {}, "run ended"),
        (CLAIMS, "c", {"holder": ""}, {"taken": 1}, "claim given back"),
        (CLAIMS, "c", {"holder": "e"}, {}, "claim taken again"),
        (CURSORS, "c", {"held": True}, {}, "cursor changed"),
        (RINGS, "r", {}, {"rung": 1}, "ring counted"),
        (RINGS, "r", {"rung": 0, "due": None}, {}, "ring answered"),
        (RINGS, "r", {"due": "x", "attempts": 1}, {}, "ring postponed"),
        (DOORS, "d", {"hooks": []}, {}, "door hook kept"),
        (DOORS, "d", {"hooks": [], "topics": ["Accounts"]}, {}, "door looked after"),
        (DOORS, "d", {"look": "x", "pending": True}, {}, "door changed"),
        (STEPS, "c1|900001|1|hook|Accounts", {"state": "sending"}, {}, "hook step sending"),
        (STEPS, "c1|900001|1|unhook|7", {"state": "confirmed"}, {}, "unhook step confirmed"),
    ],
)
def test_an_update_is_named_by_what_changes(
    collection: str, id: str, set: Mapping[str, Any], inc: Mapping[str, int], name: str
) -> None:
    assert update_name(collection, id, set, inc) == name


def test_what_is_added_stored_and_forgotten_is_named_by_its_collection() -> None:
    assert insert_name(LEDGER, "e") == "entry planned"
    assert insert_name(STEPS, RELATION) == "relation step planned"
    assert put_name(FINGERPRINTS, [{"hash": ""}]) == "fingerprints announced"
    assert put_name(FINGERPRINTS, [{"hash": "f00d"}]) == "fingerprints stored"
    assert delete_name(FINGERPRINTS) == "fingerprints forgotten"


def test_a_message_is_named_by_its_topic() -> None:
    assert publish_name(topics.EXPORT_OUTCOMES) == "outcome published"
    assert publish_name(topics.entities("relation")) == "entities published"
    assert publish_name(topics.exports_dead("exact_online")) == "dead letter published"


SOAP = "https://soap.example/soap.asmx"


@pytest.mark.parametrize(
    ("connector", "url", "action", "name"),
    [
        ("exact_online", "https://exact.example/api/oauth2/token", "", LOGIN),
        ("exact_online", "https://exact.example/api/v1/9/crm/Accounts?$top=1", "", "vendor POST crm/Accounts"),
        ("billit", "https://billit.example/OAuth2/token", "", LOGIN),
        ("e_boekhouden", SOAP, "http://www.e-boekhouden.nl/soap/OpenSession", LOGIN),
        ("e_boekhouden", SOAP, "http://www.e-boekhouden.nl/soap/AddFactuur", "vendor AddFactuur"),
    ],
)
def test_a_login_and_an_operation_are_called_so_in_every_package(
    connector: str, url: str, action: str, name: str
) -> None:
    request = httpx.Request("POST", url, headers={"SOAPAction": action} if action else {}, content=b"")
    assert vendor_name(scenario(connector), request) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/900001/salesorder/SalesOrders", "vendor PUT salesorder/SalesOrders"),
        ("/api/v1/900001/salesorder/SalesOrders(guid'c6b1')", "vendor PUT salesorder/SalesOrders"),
        ("/api/oauth2/token", "vendor PUT oauth2/token"),
    ],
)
def test_a_call_is_named_without_version_administration_and_ids(path: str, name: str) -> None:
    assert call_name("PUT", path) == name
