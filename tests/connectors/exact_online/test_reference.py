"""What settings may choose from, as Exact Online offers it."""

from urllib.parse import parse_qs

import httpx

from shared.connectors.exact_online import reference
from shared.connectors.exact_online.client import Client
from shared.connectors.exact_online.errors import classify
from shared.connectors.exact_online.limits import LIMIT
from shared.http import Unlimited, VendorHttp
from shared.mapping import Choice


class Exact:
    """Answers calls in their order, and keeps what was asked."""

    url = "https://start.exactonline.nl"

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def paths(self):
        return [request.url.path for request in self.asked]

    @property
    def queries(self):
        return [{name: values[0] for name, values in parse_qs(r.url.query.decode()).items()} for r in self.asked]

    def client(self, administration="900001"):
        line = httpx.AsyncClient(base_url=self.url, transport=httpx.MockTransport(self))
        http = VendorHttp(
            line, auth=httpx.Auth(), classify=classify, budget=Unlimited(), windows=LIMIT.read, name="exact_online"
        )
        return Client(http, administration)

    def link(self, token):
        return f"{self.url}/api/v1/900001/next?$skiptoken={token}"


def _list(*rows, after=None):
    return {"d": {"results": list(rows), **({"__next": after} if after else {})}}


async def test_vat_codes_for_sales_are_offered_with_their_exact_percentage():
    code = {"Description": "High", "Type": "E", "VATTransactionType": "S", "IsBlocked": False}
    exact = Exact(
        _list(
            code | {"Code": "4  ", "Percentage": 0.21},
            code | {"Code": "5  ", "Percentage": 0.055, "VATTransactionType": "B"},
            code | {"Code": "6  ", "Percentage": 0.21, "VATTransactionType": "P"},
            code | {"Code": "7  ", "Percentage": 0.21, "IsBlocked": True},
            code | {"Code": "8  ", "Percentage": None},
        )
    )
    assert await reference.vat_codes(exact.client()) == [
        Choice("4", "High", {"percentage": "21", "type": "E"}),
        Choice("5", "High", {"percentage": "5.5", "type": "E"}),
        Choice("8", "High", {"percentage": None, "type": "E"}),
    ]


async def test_only_open_sales_journals_are_offered():
    exact = Exact(
        _list(
            {"Code": "70", "Description": "Sales", "Type": 20},
            {"Code": "60", "Description": "Purchase", "Type": 22},
            {"Code": "71", "Description": "Old", "Type": 20, "IsBlocked": True},
        )
    )
    assert await reference.journals(exact.client()) == [Choice("70", "Sales")]


async def test_item_groups_are_offered():
    assert await reference.item_groups(Exact(_list({"Code": "P", "Description": "Parts"})).client()) == [
        Choice("P", "Parts")
    ]
