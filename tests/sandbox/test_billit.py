"""The pretend Billit behaves as the fact sheet says, odd behaviour included: login, lists, parties, callbacks."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from shared.connectors.billit.sandbox import BillitSandbox
from shared.sandbox.payload import decode
from tests.sandbox.billit_company import (
    COMPANY,
    client,
    customer,
    error,
    get,
    made,
    order,
    post,
    sandbox_of,
)


@pytest.fixture
def billit() -> BillitSandbox:
    return sandbox_of()


@pytest.fixture
async def http(billit) -> AsyncIterator[httpx.AsyncClient]:
    async with client(billit) as http:
        yield http


async def test_a_create_answers_with_a_bare_number(http):
    assert isinstance(decode((await order(http)).content), int)


async def test_a_page_has_120_at_most_and_a_link_to_the_next(http):
    first = await get(http, "parties", **{"$top": "500"})
    assert (len(first["Items"]), first["Count"]) == (120, 130)
    second = await get(http, first["NextPageLink"])
    assert "NextPageLink" not in second
    ids = {row["PartyID"] for row in (*first["Items"], *second["Items"])}
    assert len(ids) == 130


@pytest.mark.parametrize(("count", "shown"), [("total", 130), ("page", 5), ("none", None)])
async def test_what_the_count_is_can_be_chosen(count, shown):
    async with client(sandbox_of(count=count)) as http:
        assert (await get(http, "parties", **{"$top": "5"})).get("Count") == shown


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("PartyType eq 'Supplier'", 12),
        ("PartyType eq 'Supplier' and Nr eq '10000'", 1),
        ("Nr eq '10000' or Nr eq '10001'", 2),
        ("(Nr eq '10000' or Nr eq '10001') and PartyType eq 'Customer'", 1),
        ("Nr ne '10000'", 129),
        ("LastModified ge DateTime'2026-11-20'", 0),
        ("LastModified lt datetime'2026-11-20T10:00:00.5'", 130),
        ("Nr eq 'O''Hara'", 0),
    ],
)
async def test_lists_are_filtered(http, filters, found):
    assert (await get(http, "parties", **{"$filter": filters}))["Count"] == found


async def test_quotes_are_doubled_in_filters(http):
    id = await customer(http, Nr="O'Hara")
    rows = (await get(http, "parties", **{"$filter": "Nr eq 'O''Hara'"}))["Items"]
    assert [row["PartyID"] for row in rows] == [id]


@pytest.mark.parametrize(
    "filters", ["Nr", "Nr eq", "Nr eq 'a", "Nr like 'a'", "(Nr eq 'a'", "Nr eq 'a' Nr", "Nr eq x", "Nr eq DateTime'x'"]
)
async def test_a_filter_that_makes_no_sense_is_refused(http, filters):
    assert error(await http.get("parties", params={"$filter": filters})) == (400, "GenericError")


async def test_a_property_that_cannot_be_filtered_on_is_named(http):
    answer = await http.get("orders", params={"$filter": "VATNumber eq 'x'"})
    assert "Could not find a property named 'VATNumber' on type" in answer.json()["errors"][0]["Description"]


async def test_what_no_page_lists_can_be_switched_off():
    async with client(sandbox_of(filters_more=False)) as http:
        assert error(await http.get("products", params={"$filter": "Reference eq 'x'"})) == (400, "GenericError")


async def test_a_list_can_be_searched_and_ordered(http):
    rows = (await get(http, "parties", fullTextSearch="INFO7@"))["Items"]
    assert [row["Email"] for row in rows] == ["info7@example.test"]
    rows = (await get(http, "parties", **{"$orderby": "LastModified desc", "$top": "2"}))["Items"]
    assert rows[0]["LastModified"] >= rows[1]["LastModified"]


async def test_dates_have_no_zone_and_as_many_digits_as_they_need(billit, http):
    row = next(iter(billit.books(COMPANY).tables["Party"].values()))
    for microsecond, text in ((720_000, "09:00:00.72"), (123_000, "09:00:00.123"), (0, "09:00:00")):
        row["LastModified"] = datetime(2026, 2, 10, 9, 0, microsecond=microsecond)  # noqa: DTZ001  # as Billit has them
        assert (await get(http, f"parties/{row['PartyID']}"))["LastModified"] == f"2026-02-10T{text}"


async def test_moments_are_those_of_belgium(http):
    assert (await made(http))["Created"] == "2026-11-20T10:00:00"


async def test_nulls_are_left_out_and_refused(http):
    assert None not in (await get(http, "parties"))["Items"][0].values()
    assert error(await post(http, "parties", {"Name": "x", "PartyType": "Customer", "Nr": None})) == (
        400,
        "GenericError",
    )


async def test_names_may_be_written_in_any_case(http):
    id = decode((await post(http, "parties", {"name": "x", "PARTYTYPE": "Customer", "Unknown": 1})).content)
    assert (await get(http, f"parties/{id}"))["Name"] == "x"


@pytest.mark.parametrize("body", [b"{", b"[]"])
async def test_a_body_that_is_no_object_is_refused(http, body):
    assert error(await http.post("parties", content=body)) == (400, "GenericError")


async def test_what_another_company_has_is_401_and_what_nobody_has_404(billit, http):
    theirs = next(iter(billit.books(610002).tables["Party"]))
    assert error(await http.get(f"parties/{theirs}"))[0] == 401
    assert error(await http.get("parties/1"))[0] == 404
    assert (await order(http, CustomerID=theirs)).status_code == 401


@pytest.mark.parametrize("spelling", ["Idempotent-Key", "Idempotency-Key"])
async def test_a_repeated_key_is_refused_and_not_replayed(http, spelling):
    body = {"Name": "x", "PartyType": "Customer"}
    assert (await post(http, "parties", body, **{spelling: "abc1"})).status_code == 200
    assert error(await post(http, "parties", body, **{spelling: "abc1"})) == (409, "Idempotent token already exists")


async def test_a_key_is_kept_after_a_success_only_and_has_letters_and_digits(http):
    assert (await post(http, "parties", {}, **{"Idempotent-Key": "abc1"})).status_code == 400
    good = {"Name": "x", "PartyType": "Customer"}
    assert (await post(http, "parties", good, **{"Idempotent-Key": "abc1"})).status_code == 200
    assert (await post(http, "parties", good, **{"Idempotent-Key": "a-b"})).status_code == 400


@pytest.mark.parametrize(("company_tokens", "status"), [(True, 200), (False, 409)])
async def test_whether_keys_count_per_company_can_be_chosen(company_tokens, status):
    sandbox = sandbox_of(company_tokens=company_tokens)
    body, key = {"Name": "x", "PartyType": "Customer"}, {"Idempotent-Key": "abc1"}
    async with client(sandbox) as http:
        await post(http, "parties", body, **key)
        assert (await post(http, "parties", body, PartyID="610002", **key)).status_code == status


@pytest.mark.parametrize(
    ("matched_by", "same"), [((), False), (("Email",), True), (("Address",), True), (("VATNumber",), True)]
)
async def test_a_new_party_is_put_onto_one_that_is_alike(matched_by, same):
    address = {"Street": "Quay", "StreetNumber": "1", "Zipcode": "1000", "City": "Brussel"}
    alike = {"Email": "a@b.example", "VATNumber": "BE0999999922", "Addresses": [address]}
    async with client(sandbox_of(matched_by=matched_by)) as http:
        first, second = await customer(http, **alike), await customer(http, Name="Other", **alike)
        assert (first == second) == same
        assert (await get(http, f"parties/{first}"))["Name"] == ("Other" if same else "Bos")


async def test_a_party_needs_a_name_and_a_type_and_only_some_of_it_may_be_changed(http):
    assert error(await post(http, "parties", {"Name": "x"}))[0] == 400
    assert error(await post(http, "parties", {"Name": "x", "PartyType": "Friend"}))[0] == 400
    id = await customer(http)
    await http.patch(f"parties/{id}", json={"City": "Gent", "PartyType": "Supplier"})
    row = await get(http, f"parties/{id}")
    assert (row["City"], row["PartyType"]) == ("Gent", "Customer")


async def test_products_come_alone_or_as_a_list_and_are_changed_by_their_id(http):
    id = decode((await post(http, "products", {"Description": "a"})).content)
    await post(http, "products", {"Items": [{"ProductID": id, "Description": "b"}]})
    assert (await get(http, f"products/{id}"))["Description"] == "b"
    assert error(await post(http, "products", {"Reference": "x"}))[0] == 400


async def test_webhooks_are_subscribed_listed_renewed_and_ended(billit, http):
    body = {"EntityType": "Order", "EntityUpdateType": "I", "WebhookURL": "https://a.example"}
    hook = (await post(http, "webhooks", body)).json()
    assert (await get(http, "webhooks")) == [{name: value for name, value in hook.items() if name != "Secret"}]
    renewed = (await post(http, f"webhooks/refresh/{hook['WebhookID']}", {})).json()
    assert renewed != hook["Secret"]
    await made(http)
    assert [call.url for call in billit.bells.calls] == ["https://a.example"]
    assert (await http.delete(f"webhooks/{hook['WebhookID']}")).json() is True
    assert (await http.delete(f"webhooks/{hook['WebhookID']}")).status_code == 404


async def test_webhooks_are_https_of_known_kinds_and_twenty_at_most(http):
    good = {"EntityType": "Order", "EntityUpdateType": "I", "WebhookURL": "https://a.example"}
    assert error(await post(http, "webhooks", good | {"WebhookURL": "http://a.example"}))[0] == 400
    assert error(await post(http, "webhooks", good | {"EntityType": "Party"}))[0] == 400
    answers = [(await post(http, "webhooks", good)).status_code for _ in range(21)]
    assert answers == [200] * 20 + [400]


async def test_a_call_names_its_company(billit):
    async with client(billit, PartyID=None) as http:
        assert (await http.get("parties")).status_code == 401
        assert (await http.get("account/accountInformation")).status_code == 200
    async with client(billit, "Sofie Maes", PartyID=None) as http:
        assert (await http.get("parties")).status_code == 200
    async with client(billit, PartyID="610003") as http:
        assert (await http.get("parties")).status_code == 401


@pytest.mark.parametrize(("spelling", "right"), [("client", ("630001", "620001")), ("office", ("620001", "630001"))])
async def test_which_header_names_an_accountants_client_can_be_chosen(spelling, right):
    sandbox = sandbox_of(spelling=spelling)
    async with client(sandbox, "Lotte Claes", PartyID=right[0], ContextPartyID=right[1]) as http:
        ids = {row["PartyID"] for row in (await get(http, "parties"))["Items"]}
    assert ids <= sandbox.books(630001).tables["Party"].keys()
    async with client(sandbox, "Lotte Claes", PartyID=right[1], ContextPartyID=right[0]) as http:
        answer = await http.get("parties")
    assert answer.status_code == 200, "the other way round, the accountant's own books open"
    assert answer.json()["Items"][0]["PartyID"] in sandbox.books(620001).tables["Party"]
    async with client(sandbox, "Lotte Claes", PartyID="630001") as http:
        assert (await http.get("parties")).status_code == 401


async def test_a_token_lasts_an_hour_and_a_refresh_token_for_one_use(billit):
    app = {"client_id": "fieldledger-demo", "client_secret": "demo-secret", "grant_type": "refresh_token"}
    issued = billit.log_in()
    async with httpx.AsyncClient(transport=billit.transport(), base_url=billit.base_url) as http:
        billit.clock.advance(timedelta(hours=1))
        bearer = {"Authorization": f"Bearer {issued.access_token}"}
        stale = await http.get("/v1/account/accountInformation", headers=bearer)
        assert stale.json() == {"errors": [{"Code": "InvalidAccessToken"}]}
        billit.clock.advance(timedelta(days=3000))
        renewed = await http.post("/OAuth2/token", json=app | {"refresh_token": issued.refresh_token})
        assert renewed.json().keys() == {"token_type", "expires_in", "access_token", "refresh_token"}
        again = await http.post("/OAuth2/token", json=app | {"refresh_token": issued.refresh_token})
        assert error(again) == (400, "InvalidGrant")


@pytest.mark.parametrize(
    "instruction",
    [
        {"pay": 0},
        {"unpay": 0},
        {"delete": True, "table": "Party", "id": 0},
        {"table": "Party", "id": 0, "values": {"Name": "x"}},
        {"morning_run": True},
    ],
)
async def test_somebody_works_in_it_by_hand(billit, instruction):
    books = billit.books(COMPANY)
    order_id, party = next(iter(books.tables["Order"])), next(iter(books.tables["Party"]))
    named = {name: order_id for name in ("pay", "unpay") if name in instruction}
    billit.unpay(COMPANY, order_id)
    billit.edit({"company": COMPANY, **instruction, **named, **({"id": party} if "id" in instruction else {})})
    state = (
        books.tables["Order"][order_id]["Paid"],
        books.tables["Party"].get(party, {}).get("Name") == "x",
        party in books.tables["Party"],
    )
    assert state == ("pay" in instruction, "values" in instruction, "delete" not in instruction)
