"""Customers of documents: found by all they are known by, and never put onto somebody else by Billit."""

import pytest

from shared.connectors.billit import CONNECTOR
from shared.errors import Rejected, Uncertain, Unmappable
from shared.schemas.documents import NewRelation
from tests.connectors.billit.office import COMPANY, Office, a_customer, an_invoice, small_sandbox

HOW = CONNECTOR.exports[NewRelation, "relation"].record
EMAIL = "info@bos.example"


@pytest.fixture(params=[True, False], ids=["filters", "no-filters"])
def office(request):
    return Office(small_sandbox(parties=130, filters_more=request.param))


def party(office, **values):
    return office.books.add("Party", {"Name": "Bakkerij Bos", "PartyType": "Customer", **values})["PartyID"]


async def find(office, **customer):
    return [int(hit.vendor_id) for hit in await HOW.find(office.client(), a_customer(**customer))]


async def make(office, **customer):
    job = office.job(an_invoice((1, 1, 21)))
    return await HOW.send(office.client(), HOW.map(job, a_customer(**customer)).request)


async def test_nobody_is_found_who_is_not_there(office):
    assert await find(office, external_id="99", vat_number="BE0999999922", email=EMAIL) == []


async def test_the_id_that_the_platform_knows_comes_first(office):
    known, _other = party(office), party(office, Nr="4711")
    assert await find(office, external_id=str(known)) == [known]


@pytest.mark.parametrize("id", ["", "guid-1", "٤٢", "-1", "1/payments"])
async def test_an_id_that_cannot_be_billits_is_not_asked_for(office, id):
    await find(office, external_id=id)
    assert {call.path for call in office.sandbox.calls} == {"/v1/parties"}


async def test_an_id_of_another_company_does_not_hide_the_number(office):
    theirs = next(iter(office.sandbox.books(610002).tables["Party"]))
    mine = party(office, Nr="4711")
    assert await find(office, external_id=str(theirs)) == [mine]


@pytest.mark.parametrize("field", ["Nr", "ExternalProviderID"])
async def test_the_number_may_be_ours_or_the_users(office, field):
    mine = party(office, **{field: "4711"})
    party(office, **{field: "47111"})
    party(office, **{field: "4711"}, PartyType="Supplier")
    assert await find(office) == [mine]


async def test_both_of_two_with_one_number_are_found(office):
    assert await find(office) == []
    two = [party(office, Nr="4711"), party(office, ExternalProviderID="4711")]
    assert sorted(await find(office)) == two


@pytest.mark.parametrize("number", ["BE0999999922", "be 0999.999.922"])
async def test_a_vat_number_is_one_company_however_it_is_written(office, number):
    mine = party(office, Nr="1", VATNumber="BE0999999922")
    assert await find(office, vat_number=number) == [mine]


async def test_name_and_e_mail_together_are_one_person(office):
    mine = party(office, Nr="1", Email=EMAIL.upper(), Name="CUSTOMER")
    assert await find(office, email=EMAIL) == [mine]


async def test_somebody_else_with_the_same_e_mail_is_told_before_billit_mixes_them_up(office):
    party(office, Nr="1", Email=EMAIL)
    with pytest.raises(Rejected, match="Bakkerij Bos there has the same e-mail address") as error:
        await find(office, email=EMAIL)
    assert "Add the customer in Billit by hand with number 4711" in error.value.reason


async def test_an_address_that_only_mentions_it_is_another_one(office):
    party(office, Nr="1", Email=f"x{EMAIL}")
    assert await find(office, email=EMAIL) == []


async def test_a_new_customer_is_made_with_all_that_tells_it_from_others(office):
    address = {"street": "Dorpsstraat", "house_number": "1", "postal_code": "1000", "city": "Brussel", "country": "BE"}
    made = await make(office, email=EMAIL, vat_number="BE0999999922", coc_number="0999999922", address=address)
    (row,) = office.sandbox.memory()["parties"]
    assert (str(row["PartyID"]), row["Nr"], row["ExternalProviderID"]) == (made.vendor_id, "4711", "4711")
    assert (row["Street"], row["StreetNumber"], row["City"]) == ("Dorpsstraat", "1", "Brussel")
    assert row["Identifiers"] == [{"IdentifierType": "CBE", "Identifier": "0999999922"}]
    assert made.number == "4711"


async def test_a_customer_that_billit_put_onto_another_one_is_told_with_what_to_check():
    office = Office(small_sandbox(matched_by=("Address",)))
    address = {"street": "Dorpsstraat", "house_number": "1", "postal_code": "1000", "city": "Brussel", "country": "BE"}
    old = party(office, Street="Dorpsstraat", StreetNumber="1", Zipcode="1000", City="Brussel")
    office.books.tables["Party"][old]["Created"] = office.books.now().replace(year=2020)
    with pytest.raises(Rejected, match=f"already \\(id {old}\\), and changed that one. Check this customer"):
        await make(office, address=address)
    assert await find(office) == [old], "sent again, it is used: a person looked at it"


async def test_a_party_without_moments_is_taken_as_new():
    office = Office()
    office.sandbox.fail_next(200, body='{"PartyID": 7}', match="/v1/parties/", method="GET")
    assert (await make(office)).vendor_id


@pytest.mark.parametrize("fault", [{"kind": "cut"}, {"status": 429}, {"status": 503}])
async def test_a_customer_that_cannot_be_read_back_is_looked_up_later(fault):
    office = Office()
    office.sandbox.fail_next(match="/v1/parties/", method="GET", **fault)
    with pytest.raises(Uncertain, match="not read back"):
        await make(office)
    assert len(await find(office)) == 1


async def test_where_customers_are_added_by_hand_the_document_waits():
    job = Office().job(an_invoice((1, 1, 21)), create_relations=False)
    with pytest.raises(Unmappable, match=r"Customer Customer \(4711\) is not in Billit") as error:
        HOW.map(job, a_customer())
    assert error.value.setting == "create_relations"


async def test_a_closed_company_is_not_read_in_full_instead():
    office = Office()
    office.sandbox.fail_next(401, body='{"errors":[{"Code":"Unauthorized"}]}', match="/v1/parties", times=1)
    before = len(office.sandbox.calls)
    with pytest.raises(Exception, match="Grant access"):
        await find(office)
    assert len(office.sandbox.calls) - before == 1
    assert office.sandbox.books(COMPANY).made["Party"] == []
