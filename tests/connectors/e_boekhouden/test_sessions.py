"""Logging in by codes: tried at once, one session for all, reopened when it ends, and nothing secret to be seen."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from shared import connectors
from shared.access import Answer, Refused
from shared.connectors.e_boekhouden import CONNECTOR, soap
from shared.connectors.e_boekhouden.sandbox import COMPANIES, SCENARIO
from shared.connectors.e_boekhouden.sessions import AUTH, administration_code, carry, stale, whose
from shared.errors import NeedsOwner, TryLater
from shared.login_service import SessionService
from shared.schemas.connections import Administration
from tests.connectors.contract import joined, one_call, opened
from tests.connectors.e_boekhouden.office import WHOSE, Office, small_sandbox
from tests.factories import make_customer, make_work_order

OWN, SECOND, OTHER = COMPANIES
CODES = SCENARIO.credentials


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"code1": "0" * 32}, "E001.1"), ({"username": "nobody"}, "E001.1"), ({"code2": OTHER.guid}, "E001.3")],
)
async def test_wrong_codes_are_refused_at_once_in_the_words_of_the_settings_page(wrong, says):
    sandbox = small_sandbox()
    service = SessionService(AUTH, sandbox.base_url, sandbox.transport())
    with pytest.raises(Refused, match="The API settings are not valid") as refused:
        await service.exchange({**CODES, **wrong})
    assert refused.value.refusal.kind == "dead"
    assert says in refused.value.refusal.reason


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 200, "body": "<html></html>"}, {"kind": "cut"}])
async def test_a_package_that_is_down_is_not_a_wrong_code(fault):
    sandbox = small_sandbox()
    sandbox.fail_next(match="OpenSession", **fault)
    with pytest.raises((ValueError, httpx.TransportError)):
        await SessionService(AUTH, sandbox.base_url, sandbox.transport()).exchange(CODES)


async def test_a_call_limit_while_opening_a_session_does_not_end_the_login():
    sandbox = small_sandbox()
    sandbox.script(SCENARIO.limited(sandbox.clock.now()).model_copy(update={"match": "OpenSession"}))
    with pytest.raises(Refused) as refused:
        await SessionService(AUTH, sandbox.base_url, sandbox.transport()).exchange(CODES)
    assert refused.value.refusal.kind == "later"


@pytest.mark.parametrize("dotted", [True, False])
async def test_a_session_that_ends_early_is_reopened_once_however_its_code_is_written(tmp_path, dotted):
    async with opened("e_boekhouden", tmp_path) as world:
        world.sandbox.sessions._dotted = dotted
        connection = await joined(world)
        world.sandbox.clock.advance(timedelta(minutes=-1))
        world.sandbox.sessions._open = {
            id: replace(one, until=world.sandbox.clock.now()) for id, one in world.sandbox.sessions._open.items()
        }
        before = len(world.sandbox.calls)
        await one_call(world, connection)
        assert [call.path.partition("#")[2] for call in world.sandbox.calls[before:]] == [
            "GetAdministraties",
            "OpenSession",
            "GetAdministraties",
        ]


@pytest.mark.parametrize("code", ["E002.1", "E002.2", "E0023", "E002.3", "E002.4"])
def test_only_a_session_that_is_over_is_stale(code):
    def said(code):
        return Answer(200, {}, f"<a><LastErrorCode>{code}</LastErrorCode></a>")

    assert stale(said(code))
    assert not any(map(stale, map(said, ("E002.5", "E001.1", "CFACT026", ""))))


def test_session_and_codes_are_put_in_their_places_and_nowhere_else():
    token = json.dumps({"SessionID": "{S-1}", "SecurityCode2": "<&>", "Username": "u", "SecurityCode1": "c"})
    text, dates = (
        "<SessionID>?</SessionID> ?",
        dict.fromkeys(("Datum", "IncassoMachtigingDatumOndertekening"), "2026-11-20"),
    )
    content, headers = soap.envelope("AddFactuur", {"oFact": {**dates, "EmailBericht": text}})
    assert "{S-1}" not in content
    request = httpx.Request("POST", "https://x.example/soap.asmx", content=content.encode(), headers=headers)
    sent = carry(request, token).content.decode()
    assert sent.count("{S-1}") == 1
    assert "SessionID>{S-1}</" in sent
    assert "SecurityCode2>&lt;&amp;&gt;</" in sent
    assert "&lt;SessionID&gt;?&lt;/SessionID&gt; ?" in sent, "a text that looks like a place is only a text"


def test_a_carried_call_keeps_its_time_out_and_gets_its_new_length():
    content, headers = soap.envelope("GetAdministraties", {})
    request = httpx.Request("POST", "https://x.example/", content=content, headers=headers, extensions={"timeout": 7})
    carried = carry(request, json.dumps({"SessionID": "x" * 38, "SecurityCode2": "y" * 38}))
    assert carried.extensions == {"timeout": 7}
    assert int(carried.headers["content-length"]) == len(carried.content)
    assert carried.headers["soapaction"] == '"http://www.e-boekhouden.nl/soap/GetAdministraties"'


def test_every_address_is_https():
    assert all(url.startswith("https://") for url in CONNECTOR.auth.sites.values())
    wsdl = Path(soap.__file__).with_name("soap.wsdl").read_text()
    assert re.findall(r'<soap:address location="(\w+)://', wsdl) == ["https"]


async def test_a_login_belongs_to_a_user_in_an_administration_and_tells_no_code():
    client = await Office().client()
    user = await client.whoami()
    assert (user.id, user.name) == (WHOSE, "devries")
    assert OWN.guid.strip("{}") not in user.id
    assert whose({**CODES, "code2": SECOND.guid}) != user.id, "one user may have codes for several administrations"


async def test_administrations_are_shown_without_their_codes():
    client = await Office().client()
    found = await client.administrations()
    assert [(one.code, one.name) for one in found] == [
        (administration_code(OWN.guid), "De Vries Installatietechniek B.V., Utrecht"),
        (administration_code(SECOND.guid), "De Vries Onderhoud B.V., Zwolle"),
    ]
    assert not any(company.guid.strip("{}") in str(found) for company in COMPANIES)


async def test_the_own_administration_is_offered_where_the_package_lists_none():
    office = Office()
    client = await office.client()
    office.sandbox.sessions.users["devries"] = replace(office.sandbox.sessions.users["devries"], administrations=())
    session = next(iter(office.sandbox.sessions._open.values()))
    office.sandbox.sessions._open = {
        id: replace(session, user=office.sandbox.sessions.users["devries"]) for id in office.sandbox.sessions._open
    }
    (only,) = await client.administrations()
    assert only == Administration(code=administration_code(OWN.guid), name="Administration of devries", country="NL")


async def test_an_accountants_other_administration_is_opened_once_a_turn_and_is_the_one_written_to():
    office = Office(administration=Administration(code=SCENARIO.second_administration, name="2", country="NL"))
    customer = make_customer()
    order = make_work_order(customer=customer, materials=(), hours=make_work_order().hours[:1])
    job = office.job(order, hour_types={"UUR-MONTEUR": "UUR-MONT"})
    client = await office.client()
    how = CONNECTOR.exports[type(order), "invoice"]
    await client.add_relation(how.ensures[0].map(job, customer).request)
    receipt = await client.add_invoice(how.map(job, await how.gather(client, job)).request)
    assert receipt.vendor_id in office.sandbox.books(SECOND.guid).invoices
    assert office.sandbox.books(OWN.guid).invoices == {}
    opens = [call.path for call in office.sandbox.calls if call.path.endswith("OpenSessionSub")]
    assert len(opens) == 1


async def test_an_administration_that_may_not_be_opened_any_more_asks_for_the_owner():
    office = Office(administration=Administration(code="gone", name="2", country="NL"))
    with pytest.raises(NeedsOwner, match="may not open this administration"):
        await (await office.client()).ledgers()


async def test_a_closed_session_of_an_accountant_is_opened_anew_in_the_next_turn():
    office = Office(administration=Administration(code=SCENARIO.second_administration, name="2", country="NL"))
    client = await office.client()
    await client.ledgers()
    office.sandbox.sessions.close_all()
    with pytest.raises(TryLater):
        await client.ledgers()


async def test_no_code_and_no_session_is_in_what_is_shown_of_a_request():
    office = Office()
    job = office.job(make_work_order(materials=()), hour_types={"UUR-MONTEUR": "UUR-MONT"})
    sent = await office.send(job)
    session = next(iter(office.sandbox.sessions._open))
    shown = f"{sent.draft}{sent.receipt}{job}"
    assert [one for one in (session, CODES["code1"], OWN.guid) if one in shown] == []


def test_the_fields_that_are_typed_are_those_of_the_package():
    assert [(one.label, one.secret) for one in AUTH.fields] == [
        ("Username", False),
        ("Security Code 1", True),
        ("Security Code 2", True),
    ]
    assert connectors.get("e_boekhouden").auth is AUTH
