from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from shared.connectors.exact_online.sandbox import create
from shared.sandbox import SandboxClock
from tests.sandbox.conftest import START, client, message, rows

ROOT = "http://exact.sandbox/api/v1"


async def test_me_is_a_list_of_one_with_the_servers_local_time(http):
    me = (await http.get(f"{ROOT}/current/Me")).json()["d"]["results"][0]
    assert (me["FullName"], me["CurrentDivision"], me["Legislation"]) == ("Anouk de Vries", 900001, "1")
    assert (me["ServerTime"], me["ServerUtcOffset"]) == ("2026-11-20T10:00:00", 3600)
    assert me["__metadata"]["uri"].endswith("/api/v1/current/Me(guid'" + me["UserID"] + "')")


async def test_the_current_division_moves_when_the_user_clicks(exact, http):
    exact.switch_division("Anouk de Vries", 900002)
    assert (await rows(http, f"{ROOT}/current/Me"))[0]["CurrentDivision"] == 900002


async def test_divisions_are_those_granted_whatever_the_path_says(exact, http):
    found = await rows(http, f"{ROOT}/12345/system/Divisions", select="Code,Country,CustomerCode")
    assert [(row["Code"], row["Country"]) for row in found] == [(900001, "NL "), (900002, "BE ")]
    assert found[0]["CustomerCode"] == "1001".rjust(18)
    assert (await http.get(f"{ROOT}/1/system/Divisions(900002)")).json()["d"]["Code"] == 900002


async def test_a_division_that_was_not_granted_is_refused_with_a_reason(exact):
    async with client(exact, divisions=(900002,)) as http:
        answer = await http.get("crm/Accounts")
    assert (answer.status_code, answer.headers["Reason"], answer.text) == (403, "NoDivisionAccess", "")


async def test_a_caller_without_a_token_is_asked_to_log_in(exact, http):
    del http.headers["Authorization"]
    assert (await http.get("crm/Accounts")).status_code == 401


@pytest.mark.parametrize("path", ["crm/Nothing", "crm", "crm/Accounts(guid'00000000-0000-4000-8000-00000000dead')"])
async def test_unknown_paths_and_keys_are_not_found(http, path):
    assert (await http.get(path)).status_code == 404


async def test_read_only_resources_do_not_take_writes(http):
    assert (await http.post("vat/VATCodes", json={})).status_code == 405


async def test_plain_lists_come_in_pages_of_sixty(http):
    page = (await http.get("crm/Accounts", params={"$select": "ID"})).json()["d"]
    assert len(page["results"]) == 60
    assert page["__next"].startswith(f"{ROOT}/900001/crm/Accounts?$select=ID&$skiptoken=guid'")
    found = await rows(http, "crm/Accounts", select="ID")
    assert len({row["ID"] for row in found}) == 130


async def test_top_over_the_page_size_carries_the_rest_to_the_next_page(http):
    page = (await http.get("crm/Accounts", params={"$top": "100", "$select": "ID"})).json()["d"]
    assert "$top=40" in page["__next"]
    assert len(await rows(http, "crm/Accounts", top="100", select="ID")) == 100


async def test_a_small_top_gets_a_bare_list(http):
    assert len((await http.get("crm/Accounts", params={"$top": "2"})).json()["d"]) == 2


async def test_lists_can_be_sorted_and_paged_without_losing_rows(http):
    found = await rows(http, "crm/Accounts", orderby="City desc,Name", select="ID,City,Name")
    assert len({row["ID"] for row in found}) == 130
    assert all((a["City"], b["Name"]) >= (b["City"], a["Name"]) for a, b in pairwise(found))


async def test_pages_sorted_by_change_carry_the_moment_in_their_token(http):
    page = (await http.get("crm/Accounts", params={"$orderby": "Modified", "$select": "ID"})).json()["d"]
    assert "$skiptoken=datetime'2024-01-02T" in page["__next"]
    assert len({row["ID"] for row in await rows(http, "crm/Accounts", orderby="Modified", select="ID")}) == 130


async def test_rows_can_be_counted(http):
    assert (await http.get("crm/Accounts/$count")).text == "130"
    counted = (await http.get("crm/Accounts", params={"$top": "0", "$inlinecount": "allpages"})).json()["d"]
    assert counted == {"results": [], "__count": "130"}


async def test_account_codes_are_padded_and_compared_padded(http):
    assert await rows(http, "crm/Accounts", filter="Code eq '8'") == []
    padded = await rows(http, "crm/Accounts", filter=f"Code eq '{'8'.rjust(18)}'")
    trimmed = await rows(http, "crm/Accounts", filter="trim(Code) eq '8'")
    assert padded == trimmed
    assert padded[0]["Code"] == "8".rjust(18)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Status eq 'C' and not (Country eq 'NL ')", lambda r: r["Status"] == "C" and r["Country"] != "NL "),
        ("Status eq 'P' or Status eq 'S'", lambda r: r["Status"] in "PS"),
        ("substringof('bakker',Name) eq true", lambda r: "bakker" in r["Name"].lower()),
        ("startswith(Name,'Ho')", lambda r: r["Name"].startswith("Ho")),
        ("Blocked eq true", lambda r: r["Blocked"]),
        ("VATNumber eq null", lambda r: r["VATNumber"] is None),
        ("VATNumber ne null and Name gt 'M'", lambda r: r["VATNumber"] and r["Name"] > "M"),
        ("Modified ge datetime'2024-01-02T10:00:00'", lambda r: int(r["Modified"][6:-2]) >= 1704189600000),
        ("Division eq 900001 and Remarks eq null", lambda r: r["Division"] == 900001),
    ],
)
async def test_filters_choose_what_they_say(http, text, holds):
    every = await rows(http, "crm/Accounts")
    assert await rows(http, "crm/Accounts", filter=text) == [row for row in every if holds(row)]


async def test_a_filter_on_ids_finds_just_those(http):
    ids = sorted(row["ID"] for row in (await rows(http, "crm/Accounts", top="3", select="ID")))
    found = await rows(http, "crm/Accounts", filter=" or ".join(f"ID eq guid'{id}'" for id in ids), select="ID")
    assert [row["ID"] for row in found] == ids


async def test_quotes_in_a_literal_are_doubled(http):
    created = await http.post("crm/Accounts", json={"Name": "'t Hoekje"})
    found = await rows(http, "crm/Accounts", filter="Name eq '''t Hoekje'", select="ID")
    assert found[0]["ID"] == created.json()["d"]["ID"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Name eq", "Error in query syntax"),
        ("Name eq 'a' or", "Error in query syntax"),
        ("(Name eq 'a'", "Error in query syntax"),
        ("Name", "Error in query syntax"),
        ("Name eq 'a' 'b'", "Error in query syntax"),
        ("Division eq 8800000000", "Error in query syntax"),
        ("floor(Name) eq 'a'", "Error in query syntax"),
        ("Modified gt datetime'yesterday'", "Error in query syntax"),
        ("Nmae eq 'a'", "not supported for this resource"),
        ("ID eq 5", "'System.Guid' and 'System.Int32'"),
    ],
)
async def test_a_filter_that_cannot_be_read_is_refused(http, text, said):
    answer = await http.get("crm/Accounts", params={"$filter": text})
    assert answer.status_code == 400
    assert said in message(answer)


@pytest.mark.parametrize("options", [{"$select": "Nmae"}, {"$top": "x"}, {"$orderby": "Nmae"}, {"$format": "json"}])
async def test_query_options_that_cannot_be_read_are_refused(http, options):
    assert (await http.get("crm/Accounts", params=options)).status_code == 400


async def test_sync_pages_hold_a_thousand_and_follow_the_row_version():
    exact = create(accounts=2300, items=20, clock=SandboxClock(lambda: START))
    async with client(exact) as http:
        query = {"$select": "ID", "$filter": "Timestamp gt 1"}
        page = (await http.get("sync/CRM/Accounts", params=query)).json()["d"]
        found = await rows(http, "sync/CRM/Accounts", select="ID,Timestamp", filter="Timestamp gt 1")
    assert (len(page["results"]), len(found)) == (1000, 2300)
    stamps = [int(row["Timestamp"]) for row in found]
    assert stamps == sorted(set(stamps))


async def test_a_changed_row_appears_once_with_its_newest_version(exact, http):
    before = await rows(http, "sync/CRM/Accounts", select="ID,Timestamp", filter="Timestamp gt 1")
    await http.put(f"crm/Accounts(guid'{before[0]['ID']}')", json={"City": "Breda"})
    last = before[-1]["Timestamp"]
    news = await rows(http, "sync/CRM/Accounts", select="ID,City", filter=f"Timestamp gt {last}L")
    assert [(row["ID"], row["City"]) for row in news] == [(before[0]["ID"], "Breda")]
    after = await rows(http, "sync/CRM/Accounts", select="ID,Timestamp", filter="Timestamp gt 1")
    assert [row["ID"] for row in after].count(before[0]["ID"]) == 1


async def test_all_tables_of_a_division_share_one_row_version(http):
    await http.post("crm/Accounts", json={"Name": "Een"})
    await http.post("logistics/Items", json={"Code": "NIEUW", "Description": "Nieuw"})
    accounts = await rows(http, "sync/CRM/Accounts", select="Timestamp", filter="Timestamp gt 1")
    items = await rows(http, "sync/Logistics/Items", select="Timestamp", filter="Timestamp gt 1")
    assert int(items[-1]["Timestamp"]) == int(accounts[-1]["Timestamp"]) + 1


async def test_sync_wants_a_select(http):
    answer = await http.get("sync/CRM/Accounts", params={"$filter": "Timestamp gt 1"})
    assert message(answer) == "Please add a $select or a $top=1 statement to the query string."
    assert (await http.get("sync/CRM/Accounts", params={"$top": "1"})).status_code == 200


async def test_sync_filters_on_the_row_version_only(http):
    answer = await http.get("sync/CRM/Accounts", params={"$select": "ID", "$filter": "Name eq 'a'"})
    assert message(answer) == "Filtering on these fields is not supported: Name"
    assert (await http.post("sync/CRM/Accounts", json={"Name": "a"})).status_code == 405


async def test_deletions_are_told_in_their_own_feed_for_two_months(exact, http):
    id = (await http.post("crm/Accounts", json={"Name": "Weg"})).json()["d"]["ID"]
    await http.delete(f"crm/Accounts(guid'{id}')")
    query = {"select": "EntityKey,EntityType", "filter": "Timestamp gt 1 and EntityType eq 2"}
    told = await rows(http, "sync/Deleted", **query)
    assert [(row["EntityKey"], row["EntityType"]) for row in told] == [(id, 2)]
    exact.clock.advance(timedelta(days=62))
    async with client(exact) as later:
        assert await rows(later, "sync/Deleted", **query) == []


async def test_mandatory_filtering_can_be_switched_on():
    exact = create(accounts=1, items=20, mandatory_filter=True)
    async with client(exact) as http:
        bare = await http.get("crm/Accounts")
        assert message(bare).startswith("This endpoint has mandatory filtering applied.")
        assert (await http.get("crm/Accounts", params={"$filter": "Status eq 'C'"})).status_code == 200
        assert (await http.get("vat/VATCodes")).status_code == 200


async def test_who_does_not_ask_for_json_gets_atom(http):
    feed = ET.fromstring((await http.get("crm/Accounts", headers={"Accept": "*/*"})).text)
    names = {"a": "http://www.w3.org/2005/Atom", "d": "http://schemas.microsoft.com/ado/2007/08/dataservices"}
    assert len(feed.findall("a:entry", names)) == 60
    assert len(feed.find(".//d:Code", names).text) == 18
    assert "$skiptoken" in feed.find("a:link[@rel='next']", names).get("href")


async def test_errors_in_atom_are_atom_too(http):
    answer = await http.get("crm/Accounts", params={"$top": "x"}, headers={"Accept": "application/atom+xml"})
    assert ET.fromstring(answer.text).find("{*}message").text == "Bad Request - Error in query syntax."


async def test_rate_headers_count_down_and_reset_on_the_whole_minute(http):
    first, second = await http.get("vat/VATCodes"), await http.get("vat/VATCodes")
    assert int(first.headers["X-RateLimit-Remaining"]) == int(second.headers["X-RateLimit-Remaining"]) + 1 == 4999
    assert int(first.headers["X-RateLimit-Minutely-Reset"]) == int((START.timestamp() + 60) * 1000)
    assert int(first.headers["X-RateLimit-Reset"]) == int((START.timestamp() + 15 * 3600) * 1000)


@pytest.mark.parametrize(
    ("limits", "present", "missing", "wait"),
    [
        ({"minutely_limit": 2}, "X-RateLimit-Minutely-Reset", "X-RateLimit-Reset", timedelta(minutes=1)),
        ({"daily_limit": 2}, "X-RateLimit-Reset", "X-RateLimit-Minutely-Reset", timedelta(days=1)),
    ],
)
async def test_a_full_window_answers_429_with_its_own_headers_only(limits, present, missing, wait):
    exact = create(accounts=1, items=20, clock=SandboxClock(lambda: START), **limits)
    async with client(exact) as http:
        answers = [await http.get("vat/VATCodes") for _ in range(3)]
        other = await http.get(f"{ROOT}/900002/vat/VATCodes")
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].text, present in answers[2].headers, missing in answers[2].headers) == ("", True, False)
    assert other.status_code == 200
    exact.clock.advance(wait)
    async with client(exact) as http:
        assert (await http.get("vat/VATCodes")).status_code == 200


async def test_ten_errors_in_an_hour_block_the_endpoint_for_an_hour():
    exact = create(accounts=1, items=20, clock=SandboxClock(lambda: START), error_limit=10)
    async with client(exact) as http:
        errors = [(await http.get("crm/Accounts", params={"$top": "x"})).status_code for _ in range(11)]
        assert errors == [400] * 10 + [429]
        assert (await http.get("logistics/Items")).status_code == 200
    exact.clock.advance(timedelta(hours=1))
    async with client(exact) as http:
        assert (await http.get("crm/Accounts")).status_code == 200


async def test_maintenance_answers_html(exact, http):
    exact.api.maintenance = True
    answer = await http.get("crm/Accounts")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
