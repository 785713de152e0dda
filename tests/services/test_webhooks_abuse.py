"""The gateway and those who mean no good: no crash, no event, no memory that grows."""

import gc
import random
import tracemalloc

from services.webhooks.gateway import Gateway
from tests.doorbell import PUBLIC

JSON = {"content-type": "application/json"}


class TestAbuse:
    async def test_ten_thousand_random_bodies_make_no_event_and_fill_no_memory(self, billit, exact):
        dice = random.Random(7)  # a seed, no secret
        urls = [(billit, await billit.address(billit.connection)), (exact, f"{PUBLIC}/callbacks/exact_online")]
        for bell, _ in urls:
            bell.world.settings.callback_rate = 1e9
            bell.gateway._callers._buckets.clear()
            bell.gateway._callers._kept.clear()
            await bell.world.sandbox.bells.close()
        statuses = set()
        await abuse(urls, dice, 500, statuses)
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        await abuse(urls, dice, 9500, statuses)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert statuses <= {200, 400, 401, 404, 405, 408, 413, 415}
        assert grown < 512 * 1024
        assert billit.callbacks == exact.callbacks == []
        assert billit.gateway._open == exact.gateway._open == 0

    async def test_json_that_is_too_deep_is_unreadable_and_no_crash(self, billit, monkeypatch):
        monkeypatch.setattr(Gateway, "_verify", _nothing)
        url = await billit.address(billit.connection)
        for body in (b"[" * 60_000, b'{"a":' * 10_000, b"1" * 60_000, b"\xff\xfe", b'"\\ud800"', b"", b"nan"):
            assert (await billit.post(url, body, JSON)).status_code in {200, 400}
        assert billit.callbacks == []


async def _nothing(*_):
    return None


async def abuse(urls, dice, times, statuses):
    """Random bodies, mutilated true ones, truncated ones, odd headers, wrong secrets."""
    true = [
        b'{"Content":{"Topic":"Accounts","Division":900001,"Key":"x"},"HashCode":"',
        b'{"UpdatedEntityType":"Order"}',
    ]
    kinds = ["application/json", "text/plain", "", "application/json;" + "x" * 100]
    for _ in range(times):
        bell, url = dice.choice(urls)
        body = bytearray(dice.randbytes(dice.randrange(200)) if dice.random() < 0.5 else dice.choice(true))
        if body and dice.random() < 0.5:
            body[dice.randrange(len(body))] = dice.randrange(256)
        headers = {"content-type": dice.choice(kinds), "billit-signature": f"t={dice.randrange(10**12)},s={'0' * 64}"}
        wrong = url + dice.choice(["", "", "", "x", "/.."])
        method = dice.choice(["POST", "POST", "POST", "GET", "DELETE"])
        answer = await bell.post(wrong, bytes(body[: dice.randrange(len(body) + 1)]), headers, method)
        statuses.add(answer.status_code)
