"""The pretend Moloni Spain behaves as its fact sheet says, odd behaviour included: login, lists, customers."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from shared.connectors.moloni_es.sandbox import MoloniEsSandbox
from shared.sandbox import sandbox_approve
from tests.sandbox.moloni_es_company import COMPANY, Caller, sandbox_of

CALLBACK = "http://127.0.0.1:8765/callback"
APP = {"apiClientId": "fieldledger-demo", "clientSecret": "demo-secret"}


@pytest.fixture
def moloni() -> MoloniEsSandbox:
    return sandbox_of()


@pytest.fixture
def caller(moloni: MoloniEsSandbox) -> Caller:
    return Caller(moloni)


async def code(http: httpx.AsyncClient, moloni: MoloniEsSandbox) -> str:
    url = httpx.URL(
        f"{moloni.base_url}/v1/auth/authorize", params={"apiClientId": "fieldledger-demo", "redirectUri": CALLBACK}
    )
    back = await sandbox_approve(http, str(url), "Lucía Sierra")
    return parse_qs(urlsplit(back).query)["code"][0]


def a_client(moloni: MoloniEsSandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=moloni.transport(), base_url=moloni.base_url)


async def test_a_login_gives_two_tokens_under_their_own_names_and_each_refresh_ends_the_one_before(moloni):
    async with a_client(moloni) as http:
        grant = {"grantType": "authorization_code", "code": await code(http, moloni), **APP}
        first = (await http.post("/v1/auth/grant", data=grant)).json()
        assert first.keys() == {"accessToken", "refreshToken"}
        again = {"grantType": "refresh_token", "refreshToken": first["refreshToken"], **APP}
        second = (await http.post("/v1/auth/grant", data=again)).json()
        assert second["refreshToken"] != first["refreshToken"]
        # Two at once: the second one logs the user out (woo-es 1.0.30).
        assert "error" in (await http.post("/v1/auth/grant", data=again)).json()
        last = {"grantType": "refresh_token", "refreshToken": second["refreshToken"], **APP}
        assert "error" in (await http.post("/v1/auth/grant", data=last)).json()


async def test_a_code_lives_a_minute(moloni):
    async with a_client(moloni) as http:
        grant = {"grantType": "authorization_code", "code": await code(http, moloni), **APP}
        moloni.clock.advance(timedelta(seconds=61))
        answer = await http.post("/v1/auth/grant", data=grant)
    assert (answer.status_code, answer.json().keys()) == (400, {"error"})


@pytest.mark.parametrize("status", [200, 401])
async def test_the_status_of_a_refused_login_can_be_chosen(status):
    async with a_client(sandbox_of(refusal_status=status)) as http:
        answer = await http.post("/v1/auth/grant", data={"grantType": "refresh_token", "refreshToken": "x", **APP})
    assert (answer.status_code, answer.json()) == (status, {"error": "invalid_grant"})


async def test_without_a_living_token_nothing_is_answered(moloni, caller):
    moloni.clock.advance(timedelta(hours=1))
    answer = await caller.post("query me { me { data { userCompanies { company { companyId } } } } }")
    told = {"message": "Not authenticated", "extensions": {"code": "UNAUTHENTICATED"}}
    assert (answer.status_code, answer.json()) == (401, {"errors": [told]})


async def test_the_companies_of_a_user_come_as_ids_and_one_of_them_nobody_has_finished(caller):
    me = await caller.ask("query me { me { data { userCompanies { company { companyId } } } errors { field msg } } }")
    ids = [one["company"]["companyId"] for one in me["data"]["userCompanies"]]
    query = "query company($companyId: Int!) { company(companyId: $companyId) { data { isConfirmed name } } }"
    assert [(await caller.ask(query, companyId=id))["data"]["isConfirmed"] for id in ids] == [True, True, False]


async def test_another_company_is_closed_with_200_and_an_error(caller):
    found = await caller.ask(
        "query company($companyId: Int!) { company(companyId: $companyId) { data { name } errors { field msg } } }",
        companyId=504,
    )
    assert found == {"data": None, "errors": [{"field": "*", "msg": "You don't have access to this company."}]}


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "query", ["query x { customers { data { customerId } } }", "query x { me { data { iban } } }", "query {"]
)
async def test_what_does_not_fit_the_schema_is_refused_as_a_whole(query, status):
    answer = await Caller(sandbox_of(invalid_status=status)).post(query)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_what_no_source_proves_can_be_left_out():
    query = "query me { me { data { userId } } }"
    assert (await Caller(sandbox_of()).post(query)).status_code == 200
    assert (await Caller(sandbox_of(proven_only=True)).post(query)).status_code == 400


async def test_variables_that_an_operation_does_not_declare_are_ignored(caller):
    query = "query countries($options: CountryOptions) { countries(options: $options) { data { countryId } } }"
    found = await caller.ask(query, options={"pagination": {"page": 1, "qty": 5}})
    assert {"countryId": 70} in found["data"]


async def test_a_list_without_pagination_is_refused_unless_that_is_switched_off():
    query = "query customers($companyId: Int!) { customers(companyId: $companyId) { data { name } errors { field } } }"
    assert (await Caller(sandbox_of()).ask(query))["data"] is None
    assert len((await Caller(sandbox_of(strict_pages=False)).ask(query))["data"]) == 50


@pytest.mark.parametrize(
    ("asked", "qty", "shown"), [({"page": 2, "qty": 50}, 50, 10), ({"page": 1}, 50, 50), ({"page": 1, "qty": 0}, 1, 1)]
)
async def test_a_page_says_what_was_made_of_its_size(caller, asked, qty, shown):
    found = await caller.listed("customers", "customerId", pagination=asked)
    assert found["options"]["pagination"] == {"page": asked["page"], "qty": qty, "count": 60}
    assert len(found["data"]) == shown


async def test_a_page_is_capped_without_a_word():
    found = await Caller(sandbox_of(most=20)).listed("customers", "customerId", pagination={"page": 1, "qty": 5000})
    assert (len(found["data"]), found["options"]["pagination"]["qty"]) == (20, 20)


@pytest.mark.parametrize(
    ("field", "comparison", "value", "found"),
    [
        ("number", "eq", "00012", 1),
        ("number", "ne", "00012", 59),
        ("customerId", "gt", "100100", 0),
        ("number", "in", '["00001", "00002"]', 2),
        ("number", "notIn", '["00001", "00002"]', 58),
        ("name", "like", "%SL", 60),
        ("name", "notLike", "%SL", 0),
        ("vat", "eq", "", 15),
        ("updatedAt", "gte", "2026-11-20 10:00:00", 60),
        ("updatedAt", "gt", "2026-11-20 10:00:00", 0),
        ("updatedAt", "lte", "2026-11-20 09:59:59", 0),
    ],
)
async def test_lists_are_filtered_by_texts(caller, field, comparison, value, found):
    one = {"field": field, "comparison": comparison, "value": value}
    for filters in (one, [one]):  # a single one is taken in place of a list
        page = await caller.listed("customers", "customerId", filter=filters)
        assert page["options"]["pagination"]["count"] == found


async def test_the_value_of_a_filter_is_always_text(caller):
    query = (
        "query customers($companyId: Int!, $options: CustomerOptions) { customers(companyId: $companyId, "
        "options: $options) { data { customerId } } }"
    )
    filters = {"field": "customerId", "comparison": "eq", "value": 7}
    answer = await caller.post(query, companyId=COMPANY, options={"filter": filters})
    assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(("how", "found"), [("refused", None), ("everything", 60), ("nothing", 0)])
async def test_what_cannot_be_filtered_on_can_be_chosen(how, found):
    caller = Caller(sandbox_of(unfilterable={"updatedAt": how}))
    one = {"field": "updatedAt", "comparison": "gte", "value": "2030-01-01 00:00:00"}
    page = await caller.listed("customers", "customerId", filter=one)
    assert (page["options"] or {"pagination": {"count": None}})["pagination"]["count"] == found


async def test_whether_gte_includes_the_moment_can_be_chosen():
    caller = Caller(sandbox_of(gte_includes=False))
    one = {"field": "updatedAt", "comparison": "gte", "value": "2026-11-20 10:00:00"}
    assert (await caller.listed("customers", "customerId", filter=one))["options"]["pagination"]["count"] == 0


async def test_moments_are_those_of_a_zone_that_can_be_chosen(caller):
    assert (
        next(iter(caller.sandbox.books(COMPANY).tables["customers"].values()))["updatedAt"]
        == "2026-11-20 10:00:00"  # nine o'clock in UTC
    )
    utc = sandbox_of(timezone="UTC")
    assert next(iter(utc.books(COMPANY).tables["customers"].values()))["updatedAt"] == "2026-11-20 09:00:00"


async def test_lists_are_searched_and_ordered(caller):
    found = await caller.listed("customers", "name", search={"field": "ALL", "value": "peña"})
    assert found["data"]
    assert all("Peña" in row["name"] for row in found["data"])
    order = [{"field": "number", "sort": "DESC"}]
    page = await caller.listed("customers", "number", order=order)
    assert [row["number"] for row in page["data"][:2]] == ["00060", "00059"]


async def test_invisible_products_and_variants_are_left_out_where_nothing_asks_for_them(caller):
    plain = await caller.listed("products", "visible parent { productId }")
    assert {row["visible"] for row in plain["data"]} == {1}
    assert {row["parent"] for row in plain["data"]} == {None}
    asked = {"filter": {"field": "visible", "comparison": "in", "value": "[0, 1]"}, "includeVariants": True}
    every = await caller.listed("products", "visible parent { productId }", **asked)
    assert (len(plain["data"]), len(every["data"])) == (31, 40)


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"number": "00001"}, "number", "A customer with that number already exists for your company"),
        ({"vat": "10000001S"}, "vat", "A customer with that vat already exists for your company"),
        ({"vat": "B12345670"}, "vat", "Invalid VAT inserted"),
        ({"name": None}, "name", "Name or VAT is required."),
        ({"countryId": 9999}, "countryId", "The country provided does not exist"),
    ],
)
async def test_a_customer_is_refused_by_field(caller, data, field, words):
    taken = {row["vat"] for row in caller.sandbox.books(COMPANY).tables["customers"].values()}
    found = await caller.customer(**{**data, **({"vat": max(taken)} if "already" in words and "vat" in data else {})})
    assert found == {"data": None, "errors": [{"field": field, "msg": words}]}


async def test_a_foreign_tax_number_is_not_checked(caller):
    assert (await caller.customer(vat="FR40303265045", countryId=75))["errors"] == []


async def test_errors_may_stand_beside_what_was_written(caller):
    caller.sandbox.api.warns = {"customerCreate"}
    found = await caller.customer()
    assert found["data"]["customerId"]
    assert found["errors"]
    assert [row["number"] for row in caller.sandbox.memory()["customers"]] == ["A-1"]


async def test_only_what_is_sent_of_a_customer_changes(caller):
    id = (await caller.customer())["data"]["customerId"]
    query = (
        "mutation customerUpdate($companyId: Int!, $data: CustomerUpdate!) { customerUpdate(companyId: $companyId, "
        "data: $data) { data { name number } errors { field msg } } }"
    )
    found = await caller.ask(query, data={"customerId": id, "name": "Bar Luna"})
    assert found["data"] == {"name": "Bar Luna", "number": "A-1"}
    refused = await caller.ask(query, data={"customerId": 1, "name": "Bar Luna"})
    assert refused["errors"][0]["field"] == "customerId"


async def test_deletions_are_counted_and_the_first_customer_cannot_go(caller):
    first, second, *_ = caller.sandbox.books(COMPANY).tables["customers"]
    query = (
        "mutation customerDelete($companyId: Int!, $customerId: [Int]!) { customerDelete(companyId: $companyId, "
        "customerId: $customerId) { status deletedCount elementsCount errors { field } } }"
    )
    assert await caller.ask(query, customerId=[first, second]) == [
        {"status": 0, "deletedCount": 1, "elementsCount": 2, "errors": [{"field": "customerId"}]}
    ]


async def test_products_are_told_apart_by_reference_and_need_a_tax_or_a_reason(caller):
    query = (
        "mutation productCreate($companyId: Int!, $data: ProductInsert!) { productCreate(companyId: $companyId, "
        "data: $data) { data { productId measurementUnit { name } } errors { field } } }"
    )
    data = {"name": "Codo", "reference": "CODO", "type": 1, "productCategoryId": 100001, "measurementUnitId": 7}
    data["productCategoryId"] = next(iter(caller.sandbox.books(COMPANY).tables["productCategories"]))
    assert (await caller.ask(query, data=data))["errors"][0]["field"] == "exemptionReason"
    tax = [{"taxId": 1, "value": 21, "ordering": 1, "cumulative": False}]
    unit = next(iter(caller.sandbox.books(COMPANY).tables["measurementUnits"]))
    made = await caller.ask(query, data={**data, "taxes": tax, "measurementUnitId": unit})
    assert made["data"]["measurementUnit"] == {"name": "Unidad"}
    again = await caller.ask(query, data={**data, "taxes": tax, "measurementUnitId": unit})
    assert again["errors"][0]["field"] == "reference"
