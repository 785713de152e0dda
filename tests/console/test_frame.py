"""The frame of every page: signing in, and what holds for all routes."""

import httpx

from tests.console.desk import Desk


async def test_an_office_worker_signs_in_and_sees_the_integrations(office: httpx.AsyncClient) -> None:
    page = await office.get("/")
    assert page.status_code == 200
    assert "Integrations" in page.text
    assert "Olivia Office" in page.text


async def test_without_signing_in_every_page_leads_to_the_sign_in(console: Desk) -> None:
    answer = await console.visitor().get("/")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/session?next=%2F"
