from decimal import Decimal

import pytest
from stdnum.be import vat as belgian
from stdnum.de import vat as german
from stdnum.es import nif as spanish
from stdnum.fr import tva as french
from stdnum.nl import btw as dutch

from shared.connectors.exact_online.sandbox import SCENARIO, create
from shared.sandbox import SandboxClock
from shared.sandbox.payload import decode
from tests.sandbox.conftest import START, booked, client, invoice, line, rows, stored

COUNTRY = {900001: "NL", 900002: "BE", 900003: "NL", 900004: "DE", 900005: "FR", 900006: "ES"}
USER = {900001: "Anouk de Vries", 900002: "Bram Peeters", 900003: "Sanne van Dam", 900004: "Lena Hoffmann",
        900005: "Camille Moreau", 900006: "Javier Navarro"}  # fmt: skip


def test_the_same_seed_gives_the_same_books():
    one, other = (create(accounts=50, items=50).division(900001).tables for _ in range(2))
    third = create(accounts=50, items=50, seed=8).division(900001).tables
    assert [table.rows for table in one.values()] == [table.rows for table in other.values()]
    assert one["crm/Accounts"].rows != third["crm/Accounts"].rows


def test_the_books_are_believable():
    books = create().division(900001)
    accounts = books.tables["crm/Accounts"].rows.values()
    items = books.tables["logistics/Items"].rows.values()
    assert len(accounts) == 2500
    assert len({row["Code"] for row in accounts}) == 2500
    assert len({row["Code"] for row in items}) == len(items) == 900
    assert {row["Status"] for row in accounts} == set("CPSA")
    assert any(row.get("Blocked") for row in accounts)
    assert any(row.get("EndDate") for row in accounts)
    assert {row["Unit"] for row in items} == {"stuk", "m", "doos", "uur"}
    assert all(row["Email"].endswith("@example.com") for row in accounts)


@pytest.mark.parametrize(("code", "country"), COUNTRY.items())
def test_every_vat_number_is_valid(code, country):
    books = create(accounts=400, items=20, entries=0).division(code)
    numbers = [row["VATNumber"] for row in books.tables["crm/Accounts"].rows.values() if "VATNumber" in row]
    checks = {
        "NL": dutch.is_valid, "BE": belgian.is_valid, "DE": german.is_valid, "FR": french.is_valid,
        "ES": lambda number: spanish.is_valid(number.removeprefix("ES")),
    }  # fmt: skip
    assert len(numbers) > 100
    assert books.info["VATNumber"][:2] == country
    assert all(checks[number[:2]](number) for number in [*numbers, books.info["VATNumber"]])


async def division(exact, code: int):
    http = client(exact, USER[code])
    http.base_url = f"{exact.base_url}/api/v1/{code}/"
    return http


@pytest.mark.parametrize(
    ("code", "vat", "tax"),
    [
        *(
            (900001, code, tax)
            for code, tax in {"2": "0.9", "4": "2.1", "6": "0", "7": "0", "8": "0", "0": "0"}.items()
        ),
        *((900002, code, tax) for code, tax in {"1": "0.6", "2": "1.2", "4": "2.1", "MC": "0", "EX": "0"}.items()),
        *((900004, code, tax) for code, tax in {"1": "0.7", "4": "1.9", "6": "0", "7": "0", "8": "0"}.items()),
        *((900005, code, tax) for code, tax in {"1": "0.55", "2": "1", "3": "0.21", "4": "2", "6": "0"}.items()),
        *((900006, code, tax) for code, tax in {"1": "0.4", "2": "1", "4": "2.1", "6": "0", "0": "0"}.items()),
    ],
)
async def test_each_country_charges_its_own_vat(small, code, vat, tax):
    async with await division(small, code) as http:
        made = decode((await invoice(http, await line(http, NetPrice=10, VATCode=vat))).content)["d"]
    assert (made["AmountFCExclVat"], made["VATAmountFC"], made["AmountFC"]) == (10, Decimal(tax), 10 + Decimal(tax))


@pytest.mark.parametrize(("code", "gross"), [(900001, 121), (900002, 121), (900004, 119), (900005, 120), (900006, 121)])
async def test_each_country_has_a_code_including_vat_and_one_that_is_reversed(small, code, gross):
    async with await division(small, code) as http:
        made = decode((await invoice(http, await line(http, NetPrice=gross, VATCode="5"))).content)["d"]
        codes = await rows(http, "vat/VATCodes", select="Code,Charged,EUSalesListing,Type")
    assert made["AmountFCExclVat"] == 100
    assert [len([row for row in codes if holds(row)]) for holds in (
        lambda row: row["Charged"], lambda row: row["EUSalesListing"] == "L", lambda row: row["Type"] == "N"
    )] == [1, 1, 1]  # fmt: skip


@pytest.fixture(scope="module")
def small():
    return create(
        accounts=20, items=20, entries=3, employees=6, clock=SandboxClock(lambda: START), minutely_limit=10_000
    )


async def test_a_sites_user_sees_its_administration(small):
    async with await division(small, 900004) as http:
        found = await rows(http, "system/Divisions", select="Code,Country,Description")
        me = (await rows(http, f"{small.base_url}/api/v1/current/Me"))[0]
        texts = {row["Description"] for row in await rows(http, "logistics/Items", select="Description")}
    assert [(row["Code"], row["Country"]) for row in found] == [(900004, "DE ")]
    assert me["LanguageCode"] == "de-DE"
    assert "Monteurstunde" in texts


async def test_employees_come_and_go_and_keep_private_data_to_themselves(exact, http):
    everyone = await rows(http, "payroll/Employees")
    gone = [row for row in everyone if not row["IsActive"]]
    assert (len(everyone), len(gone)) == (12, 2)
    assert all(row["EndDate"] for row in gone)
    assert {row["Email"] for row in everyone} == {row["BirthDate"] for row in everyone} == {None}
    assert all(row["FullName"] and row["BusinessEmail"] for row in everyone)


async def test_who_has_the_payroll_role_sees_private_data():
    exact = create(accounts=1, items=20, payroll_role=True)
    async with client(exact) as http:
        for path, query in (("payroll/Employees", {}), ("sync/Payroll/Employees", {"select": "Email,BirthDate"})):
            assert all(row["Email"] and row["BirthDate"] for row in await rows(http, path, **query))


async def test_deleted_employees_are_told(exact, http):
    gone = (await rows(http, "sync/Payroll/Employees", select="ID", filter="Timestamp gt 1"))[0]["ID"]
    exact.remove(900001, "payroll/Employees", gone)
    told = await rows(http, "sync/Deleted", select="EntityKey", filter="Timestamp gt 1 and EntityType eq 42")
    assert [row["EntityKey"] for row in told] == [gone]


async def test_hour_types_are_the_hour_items_and_cost_types_the_other_services(http):
    hours = await rows(http, "read/project/HourTypes")
    costs = await rows(http, "read/project/CostTypes")
    items = await rows(http, "logistics/Items", filter="IsTime eq 1", select="ID,StandardSalesPrice")
    assert {row["ItemId"] for row in hours} == {row["ID"] for row in items}
    assert all(row["StandardSalesPrice"] for row in items)
    assert "ARB-VOORRIJ" in {row["ItemCode"] for row in costs}
    assert not {row["ItemId"] for row in hours} & {row["ItemId"] for row in costs}


async def test_an_item_that_becomes_an_hour_changes_sides(exact, http):
    id = (await rows(http, "read/project/CostTypes"))[0]["ItemId"]
    exact.change(900001, "logistics/Items", id, IsTime=1)
    assert id in {row["ItemId"] for row in await rows(http, "read/project/HourTypes")}
    assert id not in {row["ItemId"] for row in await rows(http, "read/project/CostTypes")}


@pytest.mark.parametrize("path", ["hrm/Costcenters", "hrm/Costunits", "cashflow/PaymentConditions"])
async def test_reference_tables_have_codes(http, path):
    found = await rows(http, path, select="Code,Description")
    assert len(found) >= 3
    assert all(row["Code"] and row["Description"] for row in found)


async def test_the_books_have_paid_open_and_partly_paid_invoices(http):
    select = "IsFullyPaid,LastPaymentDate,AmountFC,TransactionAmountFC"
    found = await rows(http, "cashflow/Receivables", select=select)
    paid = [row for row in found if row["IsFullyPaid"]]
    still = [row for row in found if not row["IsFullyPaid"]]
    assert all(row["LastPaymentDate"] for row in paid)
    assert any(row["LastPaymentDate"] for row in still)
    assert any(row["LastPaymentDate"] is None for row in still)


async def test_an_items_revenue_account_lands_on_the_line_of_an_invoice(http):
    new = await http.post("logistics/Items", json={"Code": "LOS", "Description": "Los artikel"})
    kept = await stored(http, "logistics/Items", new.json()["d"]["ID"])
    made = (await invoice(http, {"Item": kept["ID"], "NetPrice": 1})).json()["d"]
    lines = await rows(http, made["SalesInvoiceLines"]["__deferred"]["uri"])
    default = await rows(http, "logistics/ItemGroups", filter="IsDefault eq 1", select="GLRevenue")
    assert lines[0]["GLAccount"] == default[0]["GLRevenue"]


class TestScenario:
    def test_every_kind_is_there(self):
        counts = SCENARIO.expected(create(**SCENARIO.small))
        assert counts == {
            "relation": 40, "product": 20, "product_category": 7, "hour_type": 10, "employee": 5,
            "payment": 10, "order": 11, "quotation": 3, "warehouse": 3, "price_agreement": 60,
            "goods_delivery": 6, "planned_work": 90,
        }  # fmt: skip

    def test_paged_books_take_several_pages(self):
        counts = SCENARIO.expected(create(**SCENARIO.paged))
        assert counts["product_category"] > 60
        assert counts["payment"] > 1000

    @pytest.mark.parametrize("kind", SCENARIO.reads)
    def test_somebody_changes_spoils_and_removes(self, kind):
        exact = create(**SCENARIO.small)
        before, version = SCENARIO.expected(exact)[kind], exact.division(900001).version
        assert SCENARIO.change(exact, kind) == SCENARIO.spoil(exact, kind)
        assert exact.division(900001).version > version
        SCENARIO.remove(exact, kind)
        assert SCENARIO.expected(exact)[kind] == before - 1

    def test_an_open_payment_is_paid_by_a_change(self):
        exact = create(**SCENARIO.small)
        states = []
        for _ in range(2):
            SCENARIO.change(exact, "payment")
            first = next(iter(exact.division(900001).tables["cashflow/PaymentTerms"].rows.values()))
            states.append(first["IsFullyPaid"])
        assert sorted(states) == [False, True]

    async def test_entries_count_as_documents_that_are_finished(self, exact, http):
        await booked(http, YourRef="INV-7")
        assert (SCENARIO.references(exact), SCENARIO.unfinished(exact)) == (["INV-7"], [])
