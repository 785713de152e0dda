"""The pretend Multivers behaves as the fact sheet says, odd behaviour included: login, lists, customers, records."""

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from shared.connectors.multivers.sandbox import MultiversSandbox
from shared.connectors.multivers.sandbox.words import SCOPE
from shared.sandbox import sandbox_approve
from tests.sandbox.multivers_administration import FIRST, SECOND, client, get, post, sandbox_of, words

CALLBACK = "http://127.0.0.1:8765/callback"
APP = {"client_id": "fieldledger-demo", "client_secret": "demo-secret"}


@pytest.fixture
def multivers() -> MultiversSandbox:
    return sandbox_of()


@pytest.fixture
async def http(multivers) -> AsyncIterator[httpx.AsyncClient]:
    async with client(multivers) as http:
        yield http


def page(multivers, **changes):
    asked = {"client_id": APP["client_id"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    return f"{multivers.base_url}/OAuth/Authorize?{urlencode({**asked, 'scope': SCOPE, **changes})}"


async def token(multivers, **form):
    async with httpx.AsyncClient(transport=multivers.transport(), base_url=multivers.base_url) as http:
        return await http.post("/OAuth/Token", data={**APP, **form})


async def test_a_login_walks_the_pages_and_gives_a_token_for_its_code(multivers):
    async with httpx.AsyncClient(transport=multivers.transport()) as browser:
        back = parse_qs(urlsplit(await sandbox_approve(browser, page(multivers), "Joost de Vries")).query)
    answer = await token(multivers, grant_type="authorization_code", code=back["code"][0], redirect_uri=CALLBACK)
    assert back["state"] == ["s"]
    assert answer.json() | {"access_token": "", "refresh_token": ""} == {
        "access_token": "",
        "refresh_token": "",
        "token_type": "bearer",
        "expires_in": 3600,
        "scope": SCOPE,
    }


@pytest.mark.parametrize("scope", ["", "api", SCOPE.lower()])
async def test_any_other_scope_is_refused(multivers, scope):
    async with httpx.AsyncClient(transport=multivers.transport()) as browser:
        assert (await browser.get(page(multivers, scope=scope))).status_code == 400


async def test_credentials_in_a_header_are_not_taken(multivers):
    async with httpx.AsyncClient(transport=multivers.transport(), base_url=multivers.base_url) as http:
        login = multivers.log_in()
        form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token}
        answer = await http.post("/OAuth/Token", data=form, auth=(APP["client_id"], APP["client_secret"]))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


@pytest.mark.parametrize(("strict", "status"), [(False, 200), (True, 400)])
async def test_an_older_refresh_token_goes_on_working_unless_told_otherwise(strict, status):
    multivers = sandbox_of(strict_refresh=strict)
    first = multivers.log_in().refresh_token
    for _ in range(2):
        answer = await token(multivers, grant_type="refresh_token", refresh_token=first)
    assert answer.status_code == status
    assert answer.json().get("error") == ("invalid_grant" if strict else None)


async def test_an_expired_token_is_a_401(multivers, http):
    multivers.clock.advance(timedelta(seconds=3601))
    assert (await http.get("CustomerInfoList")).status_code == 401


async def test_it_answers_with_a_version_before_the_path_with_another_and_without_one(multivers):
    login = multivers.log_in()
    for base in ("http://multivers.sandbox", "http://multivers.sandbox/V221", "http://multivers.sandbox/API_1_9_3"):
        async with httpx.AsyncClient(transport=multivers.transport(), base_url=base) as http:
            headers = {"Authorization": f"Bearer {login.access_token}", "Accept": "application/json"}
            found = await http.get("/api/AdministrationNVL", headers=headers)
        assert found.json() == [
            {"name": FIRST, "value": "De Vries Installatietechniek B.V."},
            {"name": SECOND, "value": "De Vries Onderhoud B.V."},
        ]


async def test_without_a_word_for_json_it_answers_none(multivers):
    async with client(multivers, accept="*/*") as http:
        assert (await http.get("CustomerInfoList")).status_code == 406


@pytest.mark.parametrize(("session", "known"), [(True, "JVRIES"), (False, None)])
async def test_whether_it_says_who_logged_in_can_be_chosen(session, known):
    async with client(sandbox_of(session=session), area="/V22/api/") as http:
        assert (await get(http, "SessionInfo")).get("userId") == known


async def test_an_administration_of_somebody_else_is_closed(multivers):
    async with client(multivers, area="/V22/api/MVL00510/") as http:
        answer = await http.get("CustomerInfoList")
    assert (answer.status_code, words(answer)) == (403, "U heeft geen rechten op administratie MVL00510.")


async def test_ids_repeat_between_administrations(http):
    lists = [await get(http, f"http://multivers.sandbox/V22/api/{where}/CustomerInfoList") for where in (FIRST, SECOND)]
    ours, theirs = ({row["customerId"]: row["name"] for row in rows} for rows in lists)
    assert ours.keys() == theirs.keys()
    assert ours != theirs


async def test_lists_are_plain_arrays_and_can_be_read_in_parts(http):
    every = await get(http, "CustomerInfoList")
    parts = [
        row
        for skip in (0, 3, 6)
        for row in await get(http, "CustomerInfoList", **{"$orderby": "CustomerId", "$top": "3", "$skip": str(skip)})
    ]
    assert [row["customerId"] for row in every] == [row["customerId"] for row in parts]


async def test_lists_that_know_no_paging_give_everything(multivers):
    async with client(sandbox_of(paging=False)) as http:
        assert len(await get(http, "CustomerInfoList", **{"$top": "3"})) == 8


@pytest.mark.parametrize(
    ("filters", "found"),
    [("CustomerId eq '10001'", 1), ("CustomerId eq '10001' or CustomerId eq '10002'", 2), ("Name eq 'a or b'", 0),
     ("CustomerId eq '10001' and Name eq 'x'", 0)],
)  # fmt: skip
async def test_lists_are_filtered_by_names_in_pascal_case(http, filters, found):
    assert len(await get(http, "CustomerInfoList", **{"$filter": filters})) == found


@pytest.mark.parametrize("filters", ["customerId eq '10001'", "CustomerId gt '1'", "nonsense"])
async def test_a_filter_that_makes_no_sense_is_refused(http, filters):
    assert (await http.get("CustomerInfoList", params={"$filter": filters})).status_code == 400


async def test_days_are_written_without_leading_zeros_and_empty_ones_are_empty_text(http):
    (row,) = await get(http, "CustomerInfoList", **{"$filter": "CustomerId eq '10001'"})
    assert row["dateCreated"] == "7-1-2025"
    rows = await get(http, "CustomerInvoiceInfoList/ByFiscalYear/2026/1")
    assert {row["paymentDate"] for row in rows if not row["payments"]} == {""}


async def test_an_id_with_special_characters_is_addressed_in_its_own_way(http):
    await post(http, "Customer", {"customerId": "A/7", "shortName": "A", "name": "Annex"})
    assert (await get(http, "Customer/A!_2F7"))["name"] == "Annex"
    assert (await http.get("Customer/A%2F7")).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shortName": ""}, "Het veld shortName is verplicht."),
        ({"shortName": "NEGEN LET"}, "Het veld shortName mag maximaal 8 tekens bevatten."),
        ({"customerId": "123456789"}, "Het veld customerId mag maximaal 8 tekens bevatten."),
        ({"customerId": ""}, "Het veld customerId is verplicht."),
        ({"customerId": "10001"}, "Debiteur 10001 bestaat al."),
        ({"countryId": "XX"}, "Het veld countryId is onjuist: XX."),
    ],
)
async def test_a_customer_that_breaks_a_rule_is_refused_with_words(http, change, said):
    answer = await post(http, "Customer", {"customerId": "90001", "shortName": "BERG", "name": "Berg", **change})
    assert (answer.status_code, words(answer)) == (400, said)


async def test_where_it_numbers_customers_itself_a_number_of_ours_does_not_count():
    async with client(sandbox_of(auto_number=True)) as http:
        made = (await post(http, "Customer", {"customerId": "90001", "shortName": "BERG", "name": "Berg"})).json()
    assert made["customerId"] == "10009"


async def test_broken_rules_may_come_as_messages_of_a_success():
    async with client(sandbox_of(refuses_in_200=True)) as http:
        answer = await post(http, "Customer", {"customerId": "90001", "name": "Berg"})
    assert (answer.status_code, words(answer)) == (200, "Het veld shortName is verplicht.")


async def test_products_have_other_names_for_their_prices_when_they_are_read(http):
    row = await get(http, "ProductInfo/UUR-MONT")
    assert (row["priceExclVat"], row["priceVatExcl"], row["projectEntryType"]) == (62.5, None, "6")


async def test_labour_categories_have_their_vat_code_as_text(http):
    assert {row["vatCodeId"] for row in await get(http, "HourTypeInfoList")} == {"1"}


async def test_a_vat_code_tells_its_percentage_by_date(http):
    (low,) = [row for row in await get(http, "VatCodeInfoList") if row["vatCodeId"] == 2]
    assert [one["vatPercentage"] for one in low["vatPercentagesByDate"]] == [6, 9]


async def test_a_list_of_invoices_is_asked_with_other_states_than_it_answers_with(http):
    by_state = {state: await get(http, f"CustomerInvoiceInfoList/ByFiscalYear/2026/{state}") for state in (0, 1, 2)}
    assert {row["state"] for row in by_state[1]} == {0}
    assert {row["state"] for row in by_state[2]} == {1}
    assert len(by_state[0]) == len(by_state[1]) + len(by_state[2])


async def test_a_body_that_is_not_json_is_refused(http):
    assert (await http.post("Customer", content="shortName=A")).status_code == 415
    assert (await post(http, "Customer", ["A"])).status_code == 400
