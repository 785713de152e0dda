"""The health page: what a probe and Prometheus read."""

import asyncio
import socket

import httpx
import pytest

from services.health import Check, Survey, health_app
from shared import metrics
from shared.errors import Misconfigured, StoreUnavailable
from shared.serving import serving


async def _yes() -> bool:
    return True


async def _no() -> bool:
    return False


async def _away() -> bool:
    raise StoreUnavailable("the disk is full")


async def _unreachable() -> bool:
    raise ConnectionResetError


async def _get(path: str, **checks: Check) -> httpx.Response:
    transport = httpx.ASGITransport(health_app(["importer.exact_online"], checks))
    async with httpx.AsyncClient(transport=transport, base_url="http://health") as http:
        return await http.get(path)


async def test_a_healthy_process_answers_200_with_its_services_and_parts() -> None:
    answer = await _get("/health", store=_yes, kafka=_yes)
    assert answer.status_code == 200
    assert answer.json() == {"services": ["importer.exact_online"], "ok": True, "store": True, "kafka": True}


@pytest.mark.parametrize("check", [_no, _away, _unreachable])
async def test_a_part_that_is_away_makes_it_503_and_names_the_part(check: Check) -> None:
    answer = await _get("/health", store=check, kafka=_yes)
    assert answer.status_code == 503
    assert answer.json() == {"services": ["importer.exact_online"], "ok": False, "store": False, "kafka": True}


async def test_a_part_that_never_answers_counts_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck() -> bool:
        return await asyncio.Event().wait()

    monkeypatch.setattr("services.health.CHECK_TIMEOUT", 0.01)
    assert (await _get("/health", store=stuck)).status_code == 503


async def test_metrics_are_those_of_this_process() -> None:
    metrics.TURNS.labels("health_test", "export").inc()
    answer = await _get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'fieldledger_turns_total{connector="health_test",kind="export"} 1.0' in answer.text


async def _survey() -> bytes:
    return b"fieldledger_lanes 3.0\n"


async def _stuck_survey() -> bytes:
    await asyncio.Event().wait()
    return b""


async def _failing_survey() -> bytes:
    raise StoreUnavailable("the disk is full")


async def _metrics(survey: Survey) -> httpx.Response:
    transport = httpx.ASGITransport(health_app(["scheduler"], {}, survey))
    async with httpx.AsyncClient(transport=transport, base_url="http://health") as http:
        return await http.get("/metrics")


async def test_numbers_about_the_whole_installation_stand_behind_those_of_the_process() -> None:
    answer = await _metrics(_survey)
    assert "fieldledger_turns" in answer.text
    assert answer.text.endswith("fieldledger_lanes 3.0\n")


@pytest.mark.parametrize("survey", [_failing_survey, _stuck_survey])
async def test_while_the_store_is_away_those_of_the_process_are_still_told(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.health.CHECK_TIMEOUT", 0.01)
    answer = await _metrics(survey)
    assert answer.status_code == 200
    assert "fieldledger_turns" in answer.text
    assert "fieldledger_lanes" not in answer.text


async def test_it_is_served_over_a_real_socket_and_gone_afterwards() -> None:
    async with serving(health_app([], {"store": _yes}), "127.0.0.1", 0) as url, httpx.AsyncClient() as http:
        assert (await http.get(f"{url}/health")).status_code == 200
    async with httpx.AsyncClient() as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"{url}/health")


async def test_a_taken_port_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"Port {port} of 127.0.0.1 cannot be used"):
            async with serving(health_app([], {}), "127.0.0.1", port):
                pass
