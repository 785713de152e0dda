"""Callbacks as Exact signs them, and the barest client that makes them: what rings must not be what is measured."""

import asyncio
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from time import perf_counter
from uuid import UUID

SECRET = "bench-webhook-secret"  # noqa: S105  # signs what the bench rings, and nothing else
_END_OF_HEAD = b"\r\n\r\n"


def signed(division: str, key: str) -> bytes:
    """The body of a callback about one relation."""
    content = json.dumps({"Topic": "Accounts", "Division": int(division), "Action": "Update", "Key": key}).encode()
    code = hmac.new(SECRET.encode(), content, sha256).hexdigest().upper()
    return b'{"Content":' + content + b',"HashCode":"' + code.encode() + b'"}'


def key_of(n: int) -> str:
    """A record's key by number."""
    return str(UUID(int=n + 1))


@dataclass
class Rung:
    """What came of it: how long each answer took, how many there were of each status, and which keys were accepted."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    accepted: list[int] = field(default_factory=list)


class Line:
    """One kept connection; `post` sends a body and gives the status of the answer, which must have no body."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self._place = host, port
        self._head = f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n".encode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._busy = asyncio.Lock()

    async def post(self, body: bytes) -> int:
        """The status; a line that was closed is opened again. Whoever comes while it is busy waits."""
        async with self._busy:
            return await self._post(body)

    async def _post(self, body: bytes) -> int:
        reader, writer = self._streams = self._streams or await asyncio.open_connection(*self._place)
        writer.write(self._head + f"content-length: {len(body)}".encode() + _END_OF_HEAD + body)
        head = (await reader.readuntil(_END_OF_HEAD)).lower()
        if b"connection: close" in head:
            self.close()
        return int(head[9:12])

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def ring(
    lines: list[Line], bodies: Callable[[int], bytes], numbers: Iterator[int], until: Callable[[], bool]
) -> Rung:
    """Every line rings as fast as it is answered, until told to end."""
    rung = Rung()

    async def work(line: Line) -> None:
        while not until():
            number = next(numbers)
            begun = perf_counter()
            status = await line.post(bodies(number))
            rung.seconds.append(perf_counter() - begun)
            rung.statuses[status] = rung.statuses.get(status, 0) + 1
            if status == 200:  # noqa: PLR2004  # accepted
                rung.accepted.append(number)
        line.close()

    await asyncio.gather(*map(work, lines))
    return rung
