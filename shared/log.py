"""Structured logs with every secret masked, our own and those of the libraries that log URLs (httpx, uvicorn)."""

import contextlib
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_CONFIDENTIAL = (  # names of secrets, no secret
    "access[-_]?token|refresh[-_]?token|id[-_]?token|client[-_]?secret|developer[-_]?secret|password|passwd|token|secret"
    "|code[-_]?verifier|api[-_]?key|securitycode1|securitycode2|assertion|authorization|x-api-key|set-cookie|cookie"
)
MASK = "***"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        # In a query or a form, also of an address inside another.
        rf"((?:{_CONFIDENTIAL}|code|sig|signature)(?:=|%3D))[^&\s\"'#]+",
        # In JSON, or a dict or pairs as Python shows them; a quote inside the value is escaped.
        rf"([\"'](?:{_CONFIDENTIAL})[\"']\s*[:,]\s*b?)(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')",
        # In JSON inside a JSON text, where every quote and backslash has one more backslash.
        rf"(\\\"(?:{_CONFIDENTIAL})\\\"\s*:\s*\\\")(?:[^\"\\]|\\\\(?:\\.|[^\\]))*",
        # The password of an address.
        r"(://[^/\s:@]*:)[^@/\s]+(?=@)",
        # The secret of a callback address.
        r"(callbacks(?:\\*/|%2F)\w+(?:\\*/|%2F)[\w-]+?(?:\\*/|%2F))[\w-]+",
        # In a header.
        r"((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=!-]+",
        r"(\b(?:authorization|x-api-key|cookie)\s*:\s*)[^\r\n\"']+",
    )
)
_SECRET_KEY = re.compile(rf"^(?:{_CONFIDENTIAL})$", re.IGNORECASE)


def mask(text: str) -> str:
    """The text with the values of secrets replaced, wherever they stand: queries, JSON, authorization headers."""
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def masked(value: Any, name: str = "") -> Any:
    """The value with secrets masked, at any depth. An object of any other type becomes the masked text of it."""
    if _SECRET_KEY.match(name) and value:
        return MASK
    match value:
        case None | bool() | int() | float():
            return value
        case dict():
            return {key: masked(item, str(key)) for key, item in value.items()}
        case list() | tuple():
            return [masked(item) for item in value]
        case bytes():
            return mask(value.decode(errors="replace"))
        case _:
            return mask(value if isinstance(value, str) else repr(value))


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: masked(value, key) for key, value in event.items()}


def _text_of_error(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the standard library's name
        """Say that a line was lost, not what it said: the standard library would print its arguments unmasked."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(f"a log line of {record.name} could not be written\n")


def configure(level: str = "INFO", *, as_json: bool = True) -> None:
    """Route structlog and the standard library's logging through one masking pipeline to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    handler = _Handler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_text_of_error, _mask_event, last])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for own_ways in ("uvicorn", "uvicorn.access", "uvicorn.error"):
        # uvicorn's default configuration gives these handlers of their own, past the mask.
        logging.getLogger(own_ways).handlers.clear()
        logging.getLogger(own_ways).propagate = True
    for noisy in ("aiokafka", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
