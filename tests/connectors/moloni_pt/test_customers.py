"""Customers of documents: who is the same, who is somebody else, and what a new one is sent with."""

import pytest

from shared.connectors.moloni_pt import lookups, parties
from shared.connectors.moloni_pt.gathered import Payer
from shared.connectors.moloni_pt.problems import Problem
from shared.errors import Rejected, Unmappable
from tests.connectors.moloni_pt.office import COMPANY, Office, a_customer, an_order, small_sandbox

WORK = [("DESLOC", 1)]


@pytest.fixture
def office():
    return Office(small_sandbox(customers=30))


def known(office, place=1):
    return list(office.books.tables["customers"].values())[place]


async def test_a_customer_is_known_by_the_platforms_id_of_it(office):
    row = known(office)
    customer = a_customer(debtor_number="other", external_id=str(row["customer_id"]))
    (found,) = await lookups.relation(office.client(), Payer(customer))
    assert (found.vendor_id, found.number) == (str(row["customer_id"]), row["number"])


@pytest.mark.parametrize("id", ["1", "not-a-number", "²"])
async def test_an_id_that_is_not_there_leads_on_to_the_number(office, id):
    row = known(office)
    customer = a_customer(debtor_number=row["number"], external_id=id)
    (found,) = await lookups.relation(office.client(), Payer(customer))
    assert found.vendor_id == str(row["customer_id"])


async def test_a_number_that_only_begins_alike_is_another_customer(office):
    assert await lookups.relation(office.client(), Payer(a_customer(debtor_number="1000"))) == []


async def test_a_tax_number_finds_the_customer_with_another_number_and_signs_do_not_matter(office):
    row = known(office)
    written = f"PT {row['vat'][:3]}.{row['vat'][3:]}"
    (found,) = await lookups.relation(office.client(), Payer(a_customer(vat_number=written)))
    assert found.vendor_id == str(row["customer_id"])


async def test_the_final_consumers_tax_number_finds_nobody(office):
    assert known(office, 0)["vat"] == "999999990"
    for number in (None, "999999990"):
        assert await lookups.relation(office.client(), Payer(a_customer(vat_number=number))) == []


async def test_a_number_of_somebody_else_is_refused_with_a_sentence(office):
    row = known(office)
    customer = a_customer(debtor_number=row["number"], vat_number="509442013")
    with pytest.raises(Rejected, match=f"{row['name']} .* Give one of them another number"):
        await lookups.relation(office.client(), Payer(customer))


async def test_a_number_without_a_tax_number_on_either_side_is_the_same_customer(office):
    for row, vat in ((known(office), None), (known(office, 0), "509442013")):
        customer = a_customer(debtor_number=row["number"], vat_number=vat)
        assert len(await lookups.relation(office.client(), Payer(customer))) == 1


async def test_a_new_customer_is_made_with_everything_that_moloni_wants(office):
    customer = a_customer(vat_number="PT509442013", email="a@b.example", phone="22", contact="Ana")
    await office.book(office.job(an_order(*WORK, customer=customer)))
    (made,) = office.customers()
    wanted = {
        "number": "4711", "vat": "509442013", "name": "Cliente Lda", "address": "Rua Direita 1", "city": "Porto",
        "zip_code": "4000-001", "country_id": 1, "language_id": 1, "email": "a@b.example", "phone": "22",
        "contact_name": "Ana", "maturity_date_id": 71, "payment_method_id": 61, "salesman_id": 0,
    }  # fmt: skip
    assert {name: made[name] for name in wanted} == wanted


async def test_a_customer_of_whom_nothing_is_known_is_a_final_consumer_at_an_unknown_place(office):
    await office.book(office.job(an_order(*WORK, customer=a_customer(address={}))))
    (made,) = office.customers()
    assert (made["vat"], made["address"], made["city"], made["country_id"]) == (
        "999999990", "Desconhecido", "Desconhecido", 1,
    )  # fmt: skip


@pytest.mark.parametrize(("country", "id", "language"), [("ES", 2, 3), ("NL", 3, 2)])
async def test_a_customer_abroad_has_its_country_and_a_language_of_its_own(office, country, id, language):
    customer = a_customer(address={"country": country}, vat_number=None)
    await office.book(office.job(an_order(("DESLOC", 1, "5", 23), customer=customer)))
    (made,) = office.customers()
    assert (made["country_id"], made["language_id"]) == (id, language)


async def test_a_country_that_moloni_does_not_know_is_refused_with_a_sentence(office):
    customer = a_customer(address={"country": "JP"}, vat_regime="export")
    with pytest.raises(Rejected, match="is in JP, which Moloni does not know"):
        await office.book(office.job(an_order(*WORK, customer=customer)))
    assert office.customers() == []


@pytest.mark.parametrize("setting", ["maturity_date", "payment_method"])
async def test_a_new_customer_waits_for_what_it_needs(office, setting):
    job = office.job(an_order(*WORK), **{setting: None})
    with pytest.raises(Unmappable) as waits:
        parties.relation(job, Payer(a_customer()))
    assert waits.value.setting == setting


async def test_customers_are_added_by_hand_where_the_user_wants_that(office):
    with pytest.raises(Unmappable) as waits:
        await office.book(office.job(an_order(*WORK), create_relations=False))
    assert waits.value.setting == "create_relations"


async def test_what_moloni_refuses_of_a_customer_is_told_by_field(office):
    customer = a_customer(address={"postal_code": "4000", "country": "PT"}, vat_number="1")
    with pytest.raises(Rejected) as refused:
        await office.book(office.job(an_order(*WORK, customer=customer)))
    assert "the tax number is not a valid Portuguese tax number" in refused.value.reason
    assert "write it as 4000-001" in refused.value.reason
    assert [type(problem) for problem in refused.value.problems] == [Problem, Problem]


async def test_an_inactive_customer_of_another_company_is_never_taken(office):
    other = next(iter(office.sandbox.books(9002).tables["customers"]))
    customer = a_customer(external_id=str(other))
    assert await lookups.relation(office.client(), Payer(customer)) == []
    assert other not in office.sandbox.books(COMPANY).tables["customers"]


def test_a_known_id_is_a_number_in_ascii():
    assert [parties.customer_id(replace_id(id)) for id in ("7", "", "²", "x")] == ["7", None, None, None]


def replace_id(id):
    return a_customer().model_copy(update={"external_id": id})
