"""The pretend e-Boekhouden behaves as the fact sheet says, its oddities and open questions included."""

import re
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from lxml import etree

from shared.connectors.e_boekhouden.sandbox import COMPANIES, SCENARIO, USERS, create
from shared.connectors.e_boekhouden.sandbox.envelopes import NAMESPACE
from shared.sandbox import SandboxClock

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CODES = SCENARIO.credentials
LINE = {
    "Aantal": "2",
    "Code": "A",
    "Omschrijving": "Werk",
    "PrijsPerEenheid": "19.5",
    "BTWCode": "HOOG_VERK_21",
    "TegenrekeningCode": "8000",
    "KostenplaatsID": "0",
}
INVOICE = {
    "Relatiecode": "10004",
    "Datum": "2026-11-20",
    "Betalingstermijn": "14",
    "Factuursjabloon": "Factuursjabloon",
    "PerEmailVerzenden": "false",
    "AutomatischeIncasso": "false",
    "IncassoMachtigingDatumOndertekening": "2026-11-20",
    "IncassoMachtigingFirst": "0",
    "InBoekhoudingPlaatsen": "false",
}
RELATION = {"ID": "0", "AddDatum": "2026-11-20", "Code": "N-1", "Bedrijf": "Nieuw", "BP": "B"}
ZEROS = {"Gb_ID": "0", "GeenEmail": "0", "NieuwsbriefgroepenCount": "0"}


def xml(name, value):
    match value:
        case dict():
            return f"<{name}>{''.join(xml(*item) for item in value.items())}</{name}>"
        case list():
            return "".join(xml(name, one) for one in value)
    return f"<{name}>{value}</{name}>"


class Caller:
    """Somebody who calls the service without any library."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.http = httpx.AsyncClient(transport=sandbox.transport(), base_url=sandbox.base_url)
        self.session = ""

    async def post(self, operation, parameters, **headers):
        call = f'<{operation} xmlns="{NAMESPACE}">{"".join(xml(*item) for item in parameters.items())}</{operation}>'
        body = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{call}</s:Body></s:Envelope>'
        sent = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}/{operation}"', **headers}
        return await self.http.post("/soap.asmx", content=body.encode(), headers=sent)

    async def open(self, **changes):
        typed = {"Username": CODES["username"], "SecurityCode1": CODES["code1"], "SecurityCode2": CODES["code2"]}
        answer = await self.post("OpenSession", typed | changes)
        self.session = text(answer, "SessionID") or self.session
        return answer

    async def call(self, operation, **parameters):
        if not self.session:
            await self.open()
        return await self.post(operation, {"SessionID": self.session, "SecurityCode2": CODES["code2"], **parameters})

    async def invoice(self, *lines, **changes):
        number = {"Factuurnummer": changes.pop("Factuurnummer", "")}
        regels = {"Regels": {"cFactuurRegel": list(lines or [LINE])}}
        return await self.call("AddFactuur", oFact=number | INVOICE | changes | regels)


def root(answer):
    return etree.fromstring(answer.content)


def text(answer, name):
    return root(answer).findtext(f".//{{{NAMESPACE}}}{name}")


def code(answer):
    assert answer.status_code == 200
    return text(answer, "LastErrorCode")


def count(answer, name):
    return len(root(answer).findall(f".//{{{NAMESPACE}}}{name}"))


@pytest.fixture
def caller():
    return Caller(create(relations=60, articles=30, clock=SandboxClock(lambda: START)))


async def test_a_session_is_a_guid_in_braces_and_opens_every_call(caller):
    answer = await caller.open()
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", caller.session)
    assert text(answer, "LastErrorCode") == ""
    assert count(await caller.call("GetAdministraties"), "cAdministratie") == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"SecurityCode1": "x"}, "E001.1"), ({"Username": "x"}, "E001.1"), ({"SecurityCode2": "x"}, "E001.3")],
)
async def test_wrong_codes_open_nothing(caller, changes, said):
    assert code(await caller.open(**changes)) == said
    assert caller.session == ""


async def test_a_session_ends_after_its_time_and_says_so_with_or_without_a_dot(caller):
    await caller.open()
    caller.sandbox.clock.advance(timedelta(minutes=20))
    assert code(await caller.call("GetAdministraties")) == "E002.3"
    caller.sandbox.sessions._dotted = False
    assert code(await caller.call("GetAdministraties")) == "E0023"


async def test_a_session_that_is_not_known_and_one_of_other_codes_are_told_apart(caller):
    await caller.open()
    unknown = await caller.post("GetAdministraties", {"SessionID": "{0}", "SecurityCode2": CODES["code2"]})
    other = await caller.post("GetAdministraties", {"SessionID": caller.session, "SecurityCode2": "x"})
    assert (code(unknown), code(other)) == ("E002.2", "E001.3")


async def test_a_changed_password_changes_security_code_1(caller):
    caller.sandbox.sessions.change_password("devries")
    assert code(await caller.open()) == "E001.1"


async def test_only_accountants_open_other_administrations(caller):
    guid = {"AdministratieGUID": COMPANIES[1].guid}
    typed = {"Username": CODES["username"], "SecurityCode1": CODES["code1"], "SecurityCode2": CODES["code2"]}
    assert text(await caller.post("OpenSessionSub", typed | guid), "SessionID")
    assert code(await caller.post("OpenSessionSub", typed | {"AdministratieGUID": "{x}"})) == "E001.3"
    other = USERS[1]
    typed = {"Username": other.name, "SecurityCode1": other.code1, "SecurityCode2": other.administrations[0]}
    assert code(await caller.post("OpenSessionSub", typed | guid)) == "E002.5"


@pytest.mark.parametrize(
    "broken",
    [
        {"ID": "0", "Trefwoord": "a"},
        {"Trefwoord": "a"},
        {"ID": "none"},
        {"ID": "0", "ID2": "x", "Code": "a"},
    ],
    ids=["order", "required", "type", "order with a stranger"],
)
async def test_what_net_could_not_read_is_a_fault(caller, broken):
    answer = await caller.call("GetRelaties", cFilter=broken)
    assert answer.status_code == 500
    assert "soap:Client" in answer.text


async def test_elements_nobody_knows_are_ignored(caller):
    answer = await caller.call("GetRelaties", cFilter={"Vreemd": "1", "Trefwoord": "10004", "ID": "0"})
    assert count(answer, "cRelatie") == 1


async def test_an_action_that_is_not_there_is_a_fault_and_another_body_is_not_taken(caller):
    assert (await caller.call("DeleteFactuur")).status_code == 500
    answer = await caller.post("GetRelaties", {}, SOAPAction=f'"{NAMESPACE}/GetArtikelen"')
    assert answer.status_code == 500
    assert (await caller.post("GetRelaties", {}, **{"Content-Type": "application/json"})).status_code == 415


async def test_entities_of_a_request_are_not_resolved(caller):
    body = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    headers = {"Content-Type": "text/xml", "SOAPAction": f'"{NAMESPACE}/GetRelaties"'}
    answer = await caller.http.post("/soap.asmx", content=body, headers=headers)
    assert answer.status_code == 500
    assert "root:" not in answer.text


@pytest.mark.parametrize(("field", "length"), [("Bedrijf", 101), ("Code", 16), ("Email", 151)])
async def test_a_text_that_is_too_long_is_refused_with_a_code_of_the_sandbox(caller, field, length):
    relation = RELATION | {"Bedrijf": "Nieuw"} | ({"Email": ""}) | {field: "x" * length}
    ordered = {name: relation[name] for name in ("ID", "AddDatum", "Code", "Bedrijf", "Email", "BP")} | ZEROS
    answer = await caller.call("AddRelatie", oRel=ordered)
    assert code(answer) == "SANDBOX.LENGTH"
    assert field in text(answer, "LastErrorDescription")


async def test_a_list_longer_than_the_wall_is_cut_off_without_a_word():
    caller = Caller(create(relations=2300, articles=2100))
    relations = await caller.call("GetRelaties", cFilter={"ID": "0"})
    assert (count(relations, "cRelatie"), code(relations)) == (2000, "")
    assert count(await caller.call("GetArtikelen", cFilter={}), "cArtikel") == 2000


@pytest.mark.parametrize(("word", "there"), [("10004", 1), ("K-0", 6), ("k-0", 6), ("no such word", 0)])
async def test_a_keyword_is_looked_for_inside_whatever_its_capitals(caller, word, there):
    assert count(await caller.call("GetRelaties", cFilter={"Trefwoord": word, "ID": "0"}), "cRelatie") == there


async def test_keywords_may_be_whole_words_only():
    caller = Caller(create(relations=60, articles=30, keyword="words"))
    assert count(await caller.call("GetRelaties", cFilter={"Trefwoord": "1000", "ID": "0"}), "cRelatie") == 0
    assert count(await caller.call("GetRelaties", cFilter={"Trefwoord": "10004", "ID": "0"}), "cRelatie") == 1


async def test_a_code_is_compared_exactly_unless_switched(caller):
    assert count(await caller.call("GetRelaties", cFilter={"Code": "k-00001", "ID": "0"}), "cRelatie") == 0
    tolerant = Caller(create(relations=60, articles=30, any_case=True))
    assert count(await tolerant.call("GetRelaties", cFilter={"Code": "k-00001", "ID": "0"}), "cRelatie") == 1


async def test_filters_of_articles_look_inside_or_compare():
    for matching, there in (("contains", 4), ("exact", 0)):
        caller = Caller(create(relations=6, articles=30, article_filters=matching))
        assert count(await caller.call("GetArtikelen", cFilter={"ArtikelCode": "UUR-"}), "cArtikel") == there
        assert count(await caller.call("GetArtikelen", cFilter={"ArtikelCode": "UUR-MONT"}), "cArtikel") == 1


async def test_an_article_has_its_vat_as_a_fraction_and_plain_numbers(caller):
    answer = await caller.call("GetArtikelen", cFilter={"ArtikelCode": "UUR-MONT"})
    assert (text(answer, "BtwPercentage"), text(answer, "VerkoopprijsExclBTW"), text(answer, "Actief")) == (
        "0.21",
        "62.5",
        "true",
    )


async def test_a_relation_is_made_once_per_code(caller):
    assert int(text(await caller.call("AddRelatie", oRel=RELATION | ZEROS), "Rel_ID")) > 0
    assert code(await caller.call("AddRelatie", oRel=RELATION | ZEROS)) == "CREL001"
    assert [row["Code"] for row in caller.sandbox.memory()["relations"]] == ["N-1"]
    assert code(await caller.call("AddRelatie", oRel=RELATION | {"BP": "X"} | ZEROS)) == "SANDBOX.RELATION"


async def test_an_invoice_keeps_the_number_it_is_given_and_is_refused_a_second_time(caller):
    assert text(await caller.invoice(Factuurnummer="W-1"), "Factuurnummer") == "W-1"
    assert code(await caller.invoice(Factuurnummer="W-1")) == "CFACT026"
    assert len(caller.sandbox.memory()["invoices"]) == 1


async def test_without_a_number_the_package_numbers_and_keeps_no_two_from_being_made(caller):
    made = [text(await caller.invoice(), "Factuurnummer") for _ in range(2)]
    assert made == ["F00001", "F00002"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Datum": "1979-12-31"}, "CFACT004"),
        ({"Betalingstermijn": "-1"}, "CFACT014"),
        ({"Relatiecode": ""}, "CFACT024"),
        ({"Relatiecode": "unknown"}, "CFACT025"),
        ({"Factuursjabloon": ""}, "CFACT027"),
        ({"Factuursjabloon": "factuursjabloon"}, "CFACT028"),
        ({"PerEmailVerzenden": "true"}, "CFACT029"),
        ({"InBoekhoudingPlaatsen": "1"}, "CFACT032"),
        ({"AutomatischeIncasso": "true"}, "CFACT033"),
    ],
)
async def test_what_is_wrong_with_an_invoice_has_its_code(caller, changes, said):
    assert code(await caller.invoice(**changes)) == said
    assert caller.sandbox.memory()["invoices"] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Code": ""}, "CFACT037"),
        ({"Omschrijving": ""}, "CFACT039"),
        ({"TegenrekeningCode": ""}, "CFACT040"),
        ({"BTWCode": ""}, "CFACT041"),
        ({"BTWCode": "HOOG"}, "CFACT042"),
        ({"KostenplaatsID": "9"}, "CFACT212"),
        ({"TegenrekeningCode": "1300"}, "CMUT012"),
    ],
)
async def test_what_is_wrong_with_a_line_has_its_code_and_the_line(caller, changes, said):
    answer = await caller.invoice(LINE, LINE | changes)
    assert code(answer) == said
    assert said == "CMUT012" or "Regel 2" in text(answer, "LastErrorDescription")


async def test_an_invoice_has_one_to_a_hundred_lines(caller):
    assert code(await caller.invoice(*[LINE] * 101)) == "CFACT006"
    assert code(await caller.invoice(*[LINE] * 100)) == ""


async def test_numbers_that_must_end_in_a_digit_are_a_switch():
    caller = Caller(create(relations=60, articles=30, digit_ends=True))
    assert code(await caller.invoice(Factuurnummer="W-X")) == "SANDBOX.NUMBER"
    assert code(await caller.invoice(Factuurnummer="W-1")) == ""


@pytest.mark.parametrize(("rounding", "vat"), [("invoice", "0.11"), ("rate", "0.11"), ("line", "0.1")])
async def test_how_vat_is_rounded_is_a_switch(rounding, vat):
    caller = Caller(create(relations=60, articles=30, rounding=rounding))
    cheap = LINE | {"Aantal": "1", "PrijsPerEenheid": "0.1"}
    await caller.invoice(*[cheap] * 5, Factuurnummer="1")
    answer = await caller.call("GetFacturen", cFilter={"DatumVan": "2026-11-20", "DatumTm": "2026-11-20"})
    assert (text(answer, "TotaalExclBTW"), text(answer, "TotaalBTW")) == ("0.5", vat)


async def test_invoices_are_found_by_number_relation_and_day(caller):
    await caller.invoice(Factuurnummer="1")
    await caller.invoice(Factuurnummer="2", Datum="2026-11-21")
    whole = {"DatumVan": "1980-01-01", "DatumTm": "2049-12-31"}
    asked = {
        1: [{"Factuurnummer": "1", **whole}, {"DatumVan": "2026-11-21", "DatumTm": "2026-11-21"}],
        2: [whole, {"Relatiecode": "10004", **whole}],
        0: [{"Factuurnummer": "1", "DatumVan": "2026-11-21", "DatumTm": "2026-11-30"}, {"Relatiecode": "1", **whole}],
    }
    for there, filters in asked.items():
        for one in filters:
            assert count(await caller.call("GetFacturen", cFilter=one), "cFactuurList") == there


async def test_a_lagging_search_shows_an_invoice_later(caller):
    caller.sandbox.lag(queries=1)
    await caller.invoice(Factuurnummer="1")
    whole = {"DatumVan": "1980-01-01", "DatumTm": "2049-12-31"}
    counts = [count(await caller.call("GetFacturen", cFilter=whole), "cFactuurList") for _ in range(2)]
    assert counts == [0, 1]


async def test_the_same_seed_gives_the_same_books_and_codes_are_unique():
    one, two = (create(relations=500, articles=300).books() for _ in range(2))
    assert (one.relations, one.articles) == (two.relations, two.articles)
    assert len({row["Code"] for row in one.relations.values()}) == 500
    assert len({row["ArtikelCode"] for row in one.articles.values()}) == 300
    assert one.relations != create(relations=500, articles=300, seed=8).books().relations


async def test_somebody_edits_a_record_by_hand_over_http(caller):
    id = min(caller.sandbox.books().relations)
    order = {"table": "relations", "id": id, "values": {"Bedrijf": "Met de hand"}}
    assert (await caller.http.post("/_sandbox/edit", json=order)).status_code == 200
    assert caller.sandbox.books().relations[id]["Bedrijf"] == "Met de hand"
    assert (await caller.http.post("/_sandbox/edit", json={**order, "delete": True})).status_code == 200
    assert id not in caller.sandbox.books().relations
    assert (await caller.http.post("/_sandbox/edit", json=order)).status_code == 422


def test_books_of_another_day_are_not_today():
    assert create().books().relations[min(create().books().relations)]["AddDatum"] == date(2024, 1, 2)
