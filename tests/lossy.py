"""A line to a server that loses a request or an answer: what happens to a store when the network does."""

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import AsyncExitStack
from typing import Self


class LossyLine:
    """A TCP proxy. Loses, once each, the request or the answer to the request that has these bytes in it."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._open = AsyncExitStack()
        self._tasks: set[asyncio.Task[None]] = set()
        self.lose_request = b""
        self.lose_answer = b""
        self.before_losing = asyncio.Event()
        """Set when the server has answered and the answer is held back, if `hold` is not set."""
        self.hold = asyncio.Event()
        self.hold.set()

    async def __aenter__(self) -> Self:
        server = await self._open.enter_async_context(await asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._open.aclose()

    async def _serve(self, asks: StreamReader, answers: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        server, to_server = await asyncio.open_connection(*self._server)
        try:
            await self._carry(asks, answers, server, to_server)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for writer in (answers, to_server):
                writer.close()

    async def _carry(
        self, asks: StreamReader, answers: StreamWriter, server: StreamReader, to_server: StreamWriter
    ) -> None:
        """MongoDB's protocol is a request, then its answer."""
        while request := await _message(asks):
            if self.lose_request and self.lose_request in request:
                self.lose_request = b""
                return
            to_server.write(request)
            answer = await _message(server)
            if self.lose_answer and self.lose_answer in request:
                self.lose_answer = b""
                self.before_losing.set()
                await self.hold.wait()
                return
            answers.write(answer)
            await answers.drain()


async def _message(reader: StreamReader) -> bytes:
    """One message: its first four bytes are its length. Empty at the end."""
    try:
        size = await reader.readexactly(4)
        return size + await reader.readexactly(int.from_bytes(size, "little") - 4)
    except asyncio.IncompleteReadError:
        return b""
