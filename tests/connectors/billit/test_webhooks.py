from datetime import UTC, datetime, timedelta

import pytest

from shared.connectors.billit.webhooks import FRESH, SIGNATURE, TOPICS, translate, verify
from shared.sandbox import SandboxClock
from shared.sandbox.payload import decode
from shared.webhooks import Changed
from tests.connectors.billit.office import COMPANY, Office, an_invoice, small_sandbox, vendor_http

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SEVEN = [Changed("payment", "7")]
KNOWN = "t=1795168800,s=1df7d6e52d4dcd1e0f5b9ff6ae79b9e0d81c05a3a3a0ae7f4a9d3a34a3c1a1aa"


@pytest.fixture
async def rung():
    """A callback as the sandbox makes it, and the secret of its subscription."""
    office = Office(small_sandbox(clock=SandboxClock(lambda: NOW)))
    client = vendor_http(office.sandbox).with_headers({"PartyID": str(COMPANY)})
    body = {"EntityType": "Order", "EntityUpdateType": "I", "WebhookURL": "https://fieldledger.example/hook"}
    hook = await client.search("/v1/webhooks", body)
    await office.book(office.job(an_invoice((1, 10, 21))))
    (call,) = office.sandbox.bells.calls
    return hook["Secret"], call, office.orders()[0]["OrderID"]


async def test_what_billit_signed_is_accepted_and_names_its_record(rung):
    secret, call, order = rung
    headers = {name.lower(): value for name, value in call.headers.items()}
    assert verify(secret, headers, call.body, NOW)
    assert translate(decode(call.body)) == [Changed("payment", str(order))]


async def test_another_body_secret_or_time_is_refused(rung):
    secret, call, _ = rung
    header = call.headers["Billit-Signature"]
    assert not verify(secret, {SIGNATURE: header}, call.body + b" ", NOW)
    assert not verify(secret + "x", {SIGNATURE: header}, call.body, NOW)
    later = header.replace(f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp()) + 1}")
    assert later != header
    assert not verify(secret, {SIGNATURE: later}, call.body, NOW)


@pytest.mark.parametrize("off", [FRESH + timedelta(seconds=1), -FRESH - timedelta(seconds=1)])
async def test_a_copy_that_comes_late_or_from_the_future_is_refused(rung, off):
    secret, call, _ = rung
    assert not verify(secret, {SIGNATURE: call.headers["Billit-Signature"]}, call.body, NOW + off)
    assert verify(secret, {SIGNATURE: call.headers["Billit-Signature"]}, call.body, NOW + off * 0.9)


@pytest.mark.parametrize(
    "header",
    ["", "t=,s=", "t=x,s=1", KNOWN.upper(), "s=1,t=2", "t=999999999999,s=" + "0" * 64, "t=9999999999,s=" + "0" * 64],
)
def test_what_is_no_signature_is_refused_and_raises_nothing(header):
    assert not verify("secret", {SIGNATURE: header}, b"{}", NOW)


@pytest.mark.parametrize(
    ("payload", "record"),
    [
        ({"UpdatedEntityID": 7, "UpdatedEntityType": "Order"}, SEVEN),
        ({"UpdatedEntityType": "Order"}, []),
        (
            {"UpdatedEntityType": "Message", "EntityDetail": {"OrderMessage": {"OrderID": 7}}},
            SEVEN,
        ),
        ({"UpdatedEntityID": 9, "UpdatedEntityType": "Message", "EntityDetail": {"OrderID": 7}}, SEVEN),
        ({"UpdatedEntityID": 9, "UpdatedEntityType": "Message", "OrderMessage": {"OrderID": 7}}, SEVEN),
        ({"UpdatedEntityID": 9, "UpdatedEntityType": "Message"}, []),
        ({"UpdatedEntityID": 9, "UpdatedEntityType": "Party"}, []),
        ({}, []),
        ([], []),
        (None, []),
        ({"UpdatedEntityID": "7 or 1 eq 1", "UpdatedEntityType": "Order"}, []),
        ({"UpdatedEntityID": True, "UpdatedEntityType": "Order"}, []),
    ],
)  # fmt: skip
def test_a_callback_names_the_order_it_is_about_wherever_it_stands(payload, record):
    assert translate(payload) == record


def test_a_company_may_have_these_four():
    assert len(TOPICS) == 4
