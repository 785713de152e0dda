"""The log as a service writes it, at its most talkative, for tests that look for secrets in it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO

import structlog

from shared import log

_QUIET = ("httpx", "httpcore", "aiokafka")


@contextmanager
def recorded_log(*, as_json: bool = True) -> Iterator[Callable[[], str]]:
    """Configure logging as a service does; gives a function that takes what was logged since its last call."""
    root = logging.getLogger()
    loggers = [root, *map(logging.getLogger, _QUIET)]
    before = [(logger, logger.handlers[:], logger.level) for logger in loggers]
    log.configure("DEBUG", as_json=as_json)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG)
    buffer = StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(buffer)
    try:
        yield lambda: _taken(buffer)
    finally:
        for logger, handlers, level in before:
            logger.handlers = handlers
            logger.setLevel(level)
        structlog.reset_defaults()


def _taken(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
