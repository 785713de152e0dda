"""The address a package sends the user back to."""

import httpx
import pytest

from services.cli.callback import code_in_address, is_local, listening
from shared.errors import Misconfigured, NeedsOwner
from tests.services.cli.support import free_port


class TestCallback:
    async def test_a_code_counts_once(self) -> None:
        uri = f"http://127.0.0.1:{free_port()}/back"
        async with listening(uri, "s") as code, httpx.AsyncClient() as http:
            first, second = [await http.get(uri, params={"state": "s", "code": text}) for text in ("one", "two")]
            assert await code == "one"
        assert (first.status_code, second.status_code) == (200, 410)

    async def test_other_paths_are_not_answered(self) -> None:
        port = free_port()
        async with listening(f"http://127.0.0.1:{port}/back", "s"), httpx.AsyncClient() as http:
            assert (await http.get(f"http://127.0.0.1:{port}/favicon.ico")).status_code == 404

    async def test_what_a_stranger_sends_never_becomes_html(self) -> None:
        uri = f"http://127.0.0.1:{free_port()}/back"
        async with listening(uri, "s") as code, httpx.AsyncClient() as http:
            page = await http.get(uri, params={"state": "s", "error": "<script>"})
            with pytest.raises(NeedsOwner):
                await code
        assert "<script>" not in page.text

    def test_a_pasted_address_gives_its_code_only_for_its_own_login(self) -> None:
        address = " https://office.example/back?code=abc&state=s \n"
        assert code_in_address(address, "s") == "abc"
        with pytest.raises(Misconfigured, match="does not belong"):
            code_in_address(address, "other")
        with pytest.raises(Misconfigured, match="no code"):
            code_in_address("https://office.example/back?state=s", "s")

    @pytest.mark.parametrize(
        ("uri", "local"),
        [
            ("http://127.0.0.1:8765/callback", True),
            ("http://localhost:1/", True),
            ("https://localhost:1/", False),
            ("http://office.example/", False),
        ],
    )
    def test_only_a_plain_loopback_address_is_answered_here(self, uri: str, *, local: bool) -> None:
        assert is_local(uri) is local
