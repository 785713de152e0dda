"""PDFs come from the hosts the operator named; no other host is ever asked, and no signature is ever told."""

import asyncio
import traceback
from collections.abc import AsyncIterator

import httpx
import pytest

from shared.errors import Rejected, TryLater
from shared.pdf import PdfSource
from tests.logs import recorded_log
from tests.trial import Files

HOST = "https://files.example.com"
URL = f"{HOST}/w/1.pdf?X-Amz-Signature=s3cr3t&sig=s3cr3t"
PDF = b"%PDF-1.7 work order"


def source(files: Files, hosts: tuple[str, ...] = (HOST,), **options: float) -> PdfSource:
    return PdfSource(hosts, **{"max_bytes": 100, **options}, transport=files.transport())


async def test_a_pdf_of_a_named_host_is_fetched() -> None:
    files = Files(httpx.Response(200, content=PDF))
    assert await source(files).fetch(URL) == PDF
    assert files.asked == [URL]


@pytest.mark.parametrize(
    "url",
    [
        "https://FILES.example.com/1.pdf",
        "HTTPS://files.example.com:443/1.pdf",
        "https://files.example.com",
    ],
)
async def test_one_origin_may_be_written_in_many_ways(url: str) -> None:
    assert await source(Files()).fetch(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.com/1.pdf",
        "https://files.example.com:8443/1.pdf",
        "https://example.com/1.pdf",
        "https://evil.files.example.com/1.pdf",
        "https://files.example.com.evil.net/1.pdf",
        "https://files.example.com./1.pdf",
        "https://files.example.com@evil.net/1.pdf",
        "https://evil.net#@files.example.com/1.pdf",
        "https://evil.net/?https://files.example.com/1.pdf",
        "https://evil.net\\@files.example.com/1.pdf",
        "https://files.example.com\\@evil.net/1.pdf",
        "https://somebody@files.example.com/1.pdf",
        "https://:s3cr3t@files.example.com/1.pdf",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:9092/1.pdf",
        "https://[::1]/1.pdf",
        "file:///etc/passwd",
        "ftp://files.example.com/1.pdf",
        "//files.example.com/1.pdf",
        "/1.pdf",
        "files.example.com/1.pdf",
        "https://",
        "https://[",
        "https://files.example.com\0/1.pdf",
        "https://files.example.com\n/1.pdf",
        "",
    ],
)
async def test_no_request_goes_to_any_other_origin(url: str) -> None:
    files = Files()
    with pytest.raises(Rejected, match="which this installation does not fetch files from") as caught:
        await source(files).fetch(url)
    assert files.asked == []
    assert "s3cr3t" not in str(caught.value)
    assert "/1.pdf" not in str(caught.value)


@pytest.mark.parametrize("hosts", [(), ("",), ("files.example.com",), ("https://a:b@files.example.com",)])
async def test_a_host_that_is_named_in_no_readable_way_allows_nothing(hosts: tuple[str, ...]) -> None:
    files = Files()
    for url in (URL, *hosts, "/1.pdf", "https://[", "https://a:b@files.example.com/1.pdf"):
        with pytest.raises(Rejected):
            await source(files, hosts).fetch(url)
    assert files.asked == []


async def test_a_plain_host_may_be_named_with_its_port() -> None:
    files = Files()
    assert await source(files, ("http://127.0.0.1:9000",)).fetch("http://127.0.0.1:9000/1.pdf")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["https://evil.net/1.pdf", f"{HOST}/2.pdf"])
async def test_a_redirect_is_not_followed(status: int, to: str) -> None:
    files = Files(httpx.Response(status, headers={"Location": to}))
    with pytest.raises(Rejected, match=f"its host answered {status}"):
        await source(files).fetch(URL)
    assert files.asked == [URL]


@pytest.mark.parametrize("status", [204, 206, 400, 401, 403, 404, 410])
async def test_what_is_not_there_is_refused(status: int) -> None:
    with pytest.raises(Rejected, match=f"its host answered {status}"):
        await source(Files(httpx.Response(status, content=PDF))).fetch(URL)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_a_host_in_trouble_is_asked_later(status: int) -> None:
    with pytest.raises(TryLater, match=f"its host answered {status}"):
        await source(Files(httpx.Response(status))).fetch(URL)


@pytest.mark.parametrize(
    "trouble", [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")]
)
async def test_a_host_that_does_not_answer_is_asked_later(trouble: httpx.TransportError) -> None:
    with pytest.raises(TryLater, match=f"from {HOST} .{type(trouble).__name__}"):
        await source(Files(trouble)).fetch(URL)


async def test_the_file_is_asked_for_unpacked() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx.Response(200, content=PDF)

    await PdfSource((HOST,), 100, transport=httpx.MockTransport(answer)).fetch(URL)


async def test_an_answer_that_cannot_be_unpacked_is_asked_for_later() -> None:
    answer = httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Stream([b"not gzip at all"]))
    with pytest.raises(TryLater, match="DecodingError"):
        await source(Files(answer)).fetch(URL)


async def test_a_host_that_answers_a_byte_at_a_time_holds_nobody_up() -> None:
    dripping = Stream([PDF[:1], None])
    with pytest.raises(TryLater, match="TimeoutError"):
        await source(Files(httpx.Response(200, stream=dripping)), timeout=0.05).fetch(URL)


class Stream(httpx.AsyncByteStream):
    """An answer in pieces, without its length; None hangs. Counts what was read."""

    def __init__(self, pieces: list[bytes | None]) -> None:
        self.pieces = pieces
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            if piece is None:
                await asyncio.Event().wait()
            yield piece or b""


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
async def test_a_file_is_taken_up_to_the_limit(size: int, fits: bool) -> None:
    files = Files(httpx.Response(200, content=PDF.ljust(size, b" ")))
    if fits:
        assert len(await source(files).fetch(URL)) == size
    else:
        with pytest.raises(Rejected, match="the PDF is larger than 100 bytes"):
            await source(files).fetch(URL)


async def test_a_file_that_hides_its_length_is_read_no_further_than_the_limit() -> None:
    endless = Stream([PDF, *[b" " * 50] * 1000])
    with pytest.raises(Rejected, match="the PDF is larger than 100 bytes"):
        await source(Files(httpx.Response(200, stream=endless))).fetch(URL)
    assert endless.read == 3


@pytest.mark.parametrize("content", [b"", b"<html>log in</html>", b"%PD", b" %PDF-1.7"])
async def test_what_is_no_pdf_is_refused(content: bytes) -> None:
    with pytest.raises(Rejected, match="what is at the PDF's address is not a PDF"):
        await source(Files(httpx.Response(200, content=content))).fetch(URL)


@pytest.mark.parametrize(
    "answer", [httpx.Response(200, content=PDF), httpx.Response(404), httpx.Response(500), httpx.ConnectError(URL)]
)
async def test_no_signature_stands_in_an_error_or_a_log_line(answer: httpx.Response | Exception) -> None:
    with recorded_log() as written:
        told = await failure(source(Files(answer)))
        assert "s3cr3t" not in told + written()


async def failure(source: PdfSource) -> str:
    """All that is known of why the file was not fetched; empty when it was."""
    try:
        await source.fetch(URL)
    except (Rejected, TryLater):
        return traceback.format_exc()
    return ""
