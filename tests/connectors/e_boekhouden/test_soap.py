"""Requests follow the types of the sheet; answers are read whatever the package adds, and never repaired."""

from datetime import date

import pytest

from shared.connector import ReadFrom
from shared.connectors.e_boekhouden import soap
from shared.connectors.e_boekhouden.sandbox import create, envelopes
from shared.connectors.e_boekhouden.sandbox.types import OPERATIONS, TYPES
from shared.errors import TryLater
from tests.connectors.e_boekhouden.office import Office

MINIMAL = {
    "AddRelatie": {"oRel": {"AddDatum": "2026-11-20"}},
    "AddFactuur": {
        "oFact": {
            "Datum": "2026-11-20",
            "IncassoMachtigingDatumOndertekening": "2026-11-20",
            "Regels": {"cFactuurRegel": [{"Code": "A"}]},
        }
    },
    "GetFacturen": {"cFilter": {"DatumVan": "2026-11-20", "DatumTm": "2026-11-20"}},
}
FILTERED = {name: {"cFilter": {}} for name, fields in OPERATIONS.items() if fields[-1].name == "cFilter"}
ALL = {name: {} for name in OPERATIONS} | FILTERED | MINIMAL


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_request_is_of_the_type_that_the_sheet_gives_with_every_tag(operation):
    content, headers = soap.envelope(operation, ALL[operation])
    assert headers["SOAPAction"] == f'"http://www.e-boekhouden.nl/soap/{operation}"'
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    envelopes.read(content.encode(), operation)
    missing = [field.name for field in OPERATIONS[operation] if f":{field.name}" not in content]
    for one in OPERATIONS[operation]:
        missing += [field.name for field in TYPES.get(one.type, ()) if f":{field.name}" not in content]
    assert missing == []


def test_signs_that_xml_cannot_hold_become_spaces():
    content, _ = soap.envelope("GetRelaties", {"cFilter": {"Trefwoord": "a\x00b\x0bc\nd"}})
    assert "a b c\nd" in content


async def relations_of(sandbox):
    client = await Office(sandbox).client()
    return (await client.relations(ReadFrom(None, None))).records, (await client.articles(ReadFrom(None, None))).records


async def test_a_field_added_in_the_middle_empties_none_behind_it():
    plain = await relations_of(create(relations=3, articles=8))
    grown = await relations_of(create(relations=3, articles=8, stranger=True))
    strange = {"Nieuw2027": "iets"}
    for before, after in zip(plain, grown, strict=True):
        assert [dict(one) | strange for one in before] == [dict(one) for one in after]


def test_strangers_in_the_middle_and_another_order_leave_every_known_field_readable():
    total, day = "<TotaalExclBTW>19.5</TotaalExclBTW>", "<Datum>2026-11-20T00:00:00</Datum>"
    inner = f"{total}<Vreemd>1</Vreemd>{day}<Factuurnummer>7</Factuurnummer>"
    text = envelopes.answer("GetFacturen", f"<Nieuw /><Facturen><cFactuurList>{inner}</cFactuurList></Facturen>")
    (row,) = soap.result("GetFacturen", text).Facturen.cFactuurList
    assert (row.Factuurnummer, str(row.TotaalExclBTW), row.Datum.day) == ("7", "19.5", 20)


@pytest.mark.parametrize("success", ["empty children", "empty", "absent"])
@pytest.mark.parametrize("empty_container", [True, False])
async def test_every_form_of_a_success_and_of_an_empty_list_is_understood(success, empty_container):
    sandbox = create(relations=0, articles=0, success=success, empty_container=empty_container)
    client = await Office(sandbox).client()
    assert await relations_of(sandbox) == ([], [])
    assert await client.invoices_by_number("1") == []
    assert len(await client.ledgers()) == 10


async def test_a_relations_code_is_read_with_and_without_its_type():
    for typed in (True, False):
        office = Office(create(relations=3, articles=8, typed_code=typed))
        books = office.sandbox.books()
        code = next(iter(books.relations.values()))["Code"]
        books.invoices["1"] = {
            "Factuurnummer": "1",
            "Relatiecode": code,
            "Datum": date(2026, 11, 20),
            "Betalingstermijn": 1,
            "TotaalExclBTW": 1,
            "TotaalBTW": 0,
            "TotaalInclBTW": 1,
            "TotaalOpenstaand": 1,
            "URLPDFBestand": "",
            "Regels": [],
        }
        (found,) = await (await office.client()).invoices_by_number("1")
        assert found.customer == code


BOMB = '<!DOCTYPE a [<!ENTITY b "boom">]>'


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: text.replace("?>", f"?>{BOMB}", 1),
        lambda text: text.replace("?>", f"?>{BOMB}", 1).replace("<Relaties>", "<Relaties>&b;"),
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("</cRelatie>", "", 1),
        lambda _: f'<s:Envelope xmlns:s="{envelopes.SOAP}"/>',
        lambda _: "",
    ],
    ids=["document type", "entity", "cut off", "not closed", "no body", "nothing"],
)
async def test_an_answer_that_is_not_whole_and_harmless_is_never_taken_for_a_list(broken):
    sandbox = create(relations=30, articles=8)
    client = await Office(sandbox).client()
    good = sandbox.api.reading.relations(sandbox.books(), {"cFilter": None}, ())
    text = broken(envelopes.answer("GetRelaties", good))
    sandbox.fail_next(200, match="GetRelaties", body=text)
    with pytest.raises(TryLater):
        await client.relations(ReadFrom(None, None))


@pytest.mark.parametrize("operation", ["AddFactuur", "GetFacturen"])
def test_an_answer_with_a_document_type_is_refused_by_the_parser(operation):
    text = envelopes.answer(operation, "").replace("?>", f"?>{BOMB}", 1)
    with pytest.raises(ValueError, match="document type"):
        soap.result(operation, text)


def test_no_amount_becomes_a_float():
    inner = "<Factuurnummer>1</Factuurnummer><Datum>2026-11-20T00:00:00</Datum><TotaalExclBTW>19.5</TotaalExclBTW>"
    text = envelopes.answer("GetFacturen", f"<Facturen><cFactuurList>{inner}</cFactuurList></Facturen>")
    (row,) = soap.result("GetFacturen", text).Facturen.cFactuurList
    assert str(row.TotaalExclBTW) == "19.5"


def test_the_wsdl_is_parsed_once():
    assert soap._service() is soap._service()
