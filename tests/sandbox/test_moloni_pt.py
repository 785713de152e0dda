"""The pretend Moloni Portugal behaves as its fact sheet says: login, bodies, lists, customers, refusals."""

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from shared.sandbox import sandbox_approve
from tests.sandbox.moloni_pt_company import COMPANY, CUSTOMER, START, Caller, sandbox_of

BACK = "http://127.0.0.1:8765/callback"
APP = {"client_id": "fieldledger-demo", "client_secret": "demo-secret"}


@pytest.fixture
def moloni():
    return sandbox_of()


@pytest.fixture
def caller(moloni):
    return Caller(moloni)


async def grant(moloni, **fields):
    async with httpx.AsyncClient(transport=moloni.transport(), base_url=moloni.base_url) as http:
        return await http.get("/v1/grant/", params={**APP, **fields})


async def test_a_login_is_two_pages_and_a_get_and_sends_no_state_back(moloni):
    query = urlencode({"client_id": APP["client_id"], "redirect_uri": BACK, "response_type": "code"})
    async with httpx.AsyncClient(transport=moloni.transport(), base_url=moloni.base_url) as http:
        back = await sandbox_approve(http, f"{moloni.base_url}/ac/root/oauth/?{query}", "Joana Ferreira")
    found = parse_qs(urlsplit(back).query)
    assert found.keys() == {"code"}
    answer = await grant(moloni, grant_type="authorization_code", redirect_uri=BACK, code=found["code"][0])
    token = answer.json()
    assert (token["expires_in"], token["token_type"], token["scope"]) == (3600, "bearer", None)
    assert {len(token["access_token"]), len(token["refresh_token"])} == {40}


async def test_a_renewal_ends_the_old_pair_at_once(moloni):
    old, first = Caller(moloni), moloni.log_in()
    old.token = first.access_token
    assert (await old.answer("companies/getAll")).status_code == 200
    renewed = await grant(moloni, grant_type="refresh_token", refresh_token=first.refresh_token)
    answer = await old.answer("companies/getAll")
    assert (answer.status_code, answer.json()["error_description"]) == (400, "Token is no longer valid")
    old.token = renewed.json()["access_token"]
    assert (await old.answer("companies/getAll")).status_code == 200


async def test_an_unused_login_lapses_after_14_days(moloni):
    pair = moloni.log_in()
    moloni.clock.advance(timedelta(days=14, seconds=1))
    answer = await grant(moloni, grant_type="refresh_token", refresh_token=pair.refresh_token)
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": "Refresh token has expired"}


async def test_access_lasts_an_hour_and_a_call_without_a_token_says_so(moloni, caller):
    moloni.clock.advance(timedelta(hours=1))
    assert (await caller.answer("companies/getAll")).json()["error"] == "invalid_grant"
    caller.token = ""
    answer = await caller.answer("companies/getAll")
    assert answer.json() == {"error": "invalid_request", "error_description": "The access token was not found"}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": BACK}, "invalid_grant"),
        ({"grant_type": "telepathy"}, "unsupported_grant_type"),
    ],
)
async def test_the_token_endpoint_refuses_in_words_of_its_own(moloni, fields, error):
    answer = await grant(moloni, **fields)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_everybody_sees_the_demo_company_and_only_their_own_companies(moloni, caller):
    assert [row["company_id"] for row in await caller.ask("companies/getAll")] == [5, 9001, 9002]
    rui = Caller(moloni, "Rui Marques")
    assert [row["company_id"] for row in await rui.ask("companies/getAll")] == [5, 9002]
    assert (await rui.ask("customers/getAll"))[0]["code"] == "5 company_id"
    assert (await caller.ask("users/getMe"))["user_id"] == 301


async def test_a_body_may_be_json_or_a_form_with_nested_names(caller):
    product = await caller.product()
    customer = (await caller.ask("customers/getAll", qty=1))[0]["customer_id"]
    form = {
        "company_id": COMPANY, "date": "2026-11-20", "expiration_date": "2026-11-20", "document_set_id": 301,
        "customer_id": customer, "products[0][product_id]": product, "products[0][name]": "Hora",
        "products[0][qty]": "2", "products[0][price]": "10.5", "products[0][taxes][0][tax_id]": 41,
        "products[0][taxes][0][value]": "23",
    }  # fmt: skip
    answer = await caller.http.post("/v1/invoices/insert/", params={"access_token": caller.token}, data=form)
    assert answer.json()["valid"] == 1
    made = await caller.ask("documents/getOne", document_id=answer.json()["document_id"])
    assert (float(made["gross_value"]), float(made["net_value"])) == (21.0, 25.83)


async def test_pages_have_50_records_at_most_and_counts_are_texts(caller):
    first = await caller.ask("customers/getAll", qty=500)
    last = await caller.ask("customers/getAll", qty=50, offset=100)
    assert (len(first), len(last)) == (50, 30)
    assert await caller.ask("customers/count") == {"count": "130"}


async def test_some_lists_may_ignore_the_offset():
    caller = Caller(sandbox_of(repeats_pages=("customers",)))
    assert await caller.ask("customers/getAll", offset=50) == await caller.ask("customers/getAll")


@pytest.mark.parametrize(
    ("options", "asked", "found"),
    [
        ({}, "2026-11-20 09:00:00", True),
        ({}, "2026-11-20 09:00:01", False),
        ({"modified_inclusive": False}, "2026-11-20 09:00:00", False),
        ({"modified_in": "Europe/Madrid"}, "2026-11-20 10:00:00", True),
        ({"modified_in": "Europe/Madrid"}, "2026-11-20 10:00:01", False),
    ],
)
async def test_changes_are_told_since_a_moment_without_a_zone(options, asked, found):
    moloni = sandbox_of(**options)
    caller = Caller(moloni)
    id = (await caller.ask("customers/getAll", qty=1))[0]["customer_id"]
    moloni.change(COMPANY, "customers", id, city="Braga")
    rows = await caller.ask("customers/getModifiedSince", lastmodified=asked)
    assert ([row["customer_id"] for row in rows] == [id]) is found
    assert all("lastmodified" not in row for row in rows)


async def test_changes_without_a_moment_are_refused(caller):
    assert (await caller.ask("products/getModifiedSince"))[0]["code"] == "1 lastmodified"


async def test_searches_are_lenient_and_invisible_products_are_listed_only_when_asked_for():
    caller = Caller(sandbox_of(products=20))
    assert len(await caller.ask("customers/getByNumber", number="1000")) > 1
    assert (await caller.ask("customers/getByVat"))[0]["code"] == "1 vat"
    shown, every = len(await caller.ask("products/getAll")), len(await caller.ask("products/getAll", with_invisible=1))
    assert (shown, every) == (19, 20)


@pytest.mark.parametrize(("how", "answer"), [("empty", []), ("object", {}), ("error", None)])
async def test_what_is_said_of_an_unknown_id_is_a_switch(how, answer):
    caller = Caller(sandbox_of(unknown_as=how))
    found = await caller.ask("products/getOne", product_id=1)
    assert found == answer if answer is not None else found[0]["code"] == "2 product_id 1 0"


async def test_a_tax_of_a_product_carries_its_amount_outside_and_its_rate_inside(caller):
    tax = (await caller.ask("products/getByReference", reference="HORA-TEC"))[0]["taxes"][0]
    assert (float(tax["value"]), float(tax["tax"]["value"])) == (8.74, 23.0)


async def test_a_new_customer_is_answered_with_its_id(caller):
    answer = await caller.ask("customers/insert", **CUSTOMER)
    (found,) = await caller.ask("customers/getByNumber", number="90001")
    assert answer == {"valid": 1, "customer_id": found["customer_id"]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "1 name"),
        ({"salesman_id": None}, "1 salesman_id"),
        ({"email": "nobody"}, "3 email"),
        ({"number": "10001"}, "4 number"),
        ({"number": "9" * 21}, "17 number"),
        ({"zip_code": "4000"}, "7 zip_code"),
        ({"vat": "500000001"}, "8 vat"),
        ({"language_id": 0}, "2 language_id 1 0"),
        ({"payment_method_id": 0}, "2 payment_method_id 1 0"),
        ({"maturity_date_id": 7}, "2 maturity_date_id 1 0"),
    ],
)
async def test_a_customer_is_refused_with_200_and_a_list(caller, changes, code):
    answer = await caller.answer("customers/insert", human=False, **{**CUSTOMER, **changes})
    assert (answer.status_code, answer.json()) == (200, [code])


async def test_abroad_neither_tax_number_nor_postal_code_is_checked(caller):
    abroad = {"country_id": 3, "zip_code": "3811 AB", "vat": "NL004495445B01"}
    assert (await caller.ask("customers/insert", **{**CUSTOMER, **abroad}))["valid"] == 1


async def test_all_problems_are_told_and_described_where_that_is_asked_for(caller):
    wrong = {**CUSTOMER, "name": "", "email": "nobody"}
    assert (await caller.answer("customers/insert", human=False, **wrong)).json() == ["1 name", "3 email"]
    assert await caller.ask("customers/insert", **wrong) == [
        {"code": "1 name", "description": "Field 'name' is required"},
        {"code": "3 email", "description": "Field 'email' must be a valid e-mail"},
    ]


async def test_a_refused_write_may_be_answered_with_an_empty_list():
    caller = Caller(sandbox_of(empty_refusals=True))
    assert await caller.ask("customers/insert", **{**CUSTOMER, "name": ""}) == []


async def test_what_is_no_json_has_no_fields_and_an_unknown_method_is_no_method(caller):
    query = {"access_token": caller.token, "json": "true"}
    answer = await caller.http.post("/v1/customers/getAll/", params=query, content=b"{")
    assert answer.json() == ["1 company_id"]
    assert (await caller.answer("customers/dance")).status_code == 400


async def test_somebody_works_in_it_by_hand_from_another_process(moloni, caller):
    rows = await caller.ask("deliveryNotes/getAll")
    open_one = next(row["document_id"] for row in rows if not row["status"])
    await _edit(moloni, close=open_one)
    assert (await caller.ask("documents/getOne", document_id=open_one))["status"] == 1
    await _edit(moloni, table="products", id=await caller.product(), values={"name": "Hora nova"})
    assert (await caller.ask("products/getByReference", reference="HORA-TEC"))[0]["name"] == "Hora nova"
    await _edit(moloni, table="products", id=await caller.product(), delete=True)
    assert await caller.ask("products/getByReference", reference="HORA-TEC") == []


async def _edit(moloni, **order):
    async with httpx.AsyncClient(transport=moloni.transport(), base_url=moloni.base_url) as http:
        answer = await http.post("/_sandbox/edit", json={"company": COMPANY, **order})
    assert answer.status_code == 200, answer.text


def test_the_same_seed_gives_the_same_books_and_companies_share_no_ids():
    one, same, other = sandbox_of(), sandbox_of(), sandbox_of(seed=8)
    assert one.books(COMPANY).tables == same.books(COMPANY).tables
    assert one.books(COMPANY).tables != other.books(COMPANY).tables
    ids = [set(one.books(company).tables["customers"]) for company in (9001, 9002)]
    assert not ids[0] & ids[1]
    assert one.clock() == START
