import pytest
from stdnum.be import vat as belgian
from stdnum.nl import btw as dutch

from shared.connectors.exact_online.sandbox import create


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


@pytest.mark.parametrize("code", [900001, 900002, 900003])
def test_every_vat_number_is_valid(code):
    books = create(accounts=400, items=20).division(code)
    numbers = [row["VATNumber"] for row in books.tables["crm/Accounts"].rows.values() if "VATNumber" in row]
    checks = {"NL": dutch.is_valid, "BE": belgian.is_valid}
    assert len(numbers) > 100
    assert all(checks[number[:2]](number) for number in [*numbers, books.info["VATNumber"]])
