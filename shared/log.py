"""Structured logs with every secret masked, our own and those of the libraries that log URLs (httpx, uvicorn)."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_CONFIDENTIAL = (  # names of secrets, no secret
    "access_token|refresh_token|client_secret|developer_secret|password|passwd|token|secret|code_verifier|api_key"
    "|securitycode1|securitycode2|authorization|assertion"
)
_IN_URL = re.compile(rf"((?:{_CONFIDENTIAL}|code)=)[^&\s\"'#]+", re.IGNORECASE)
_IN_JSON = re.compile(rf"([\"'](?:{_CONFIDENTIAL})[\"']\s*:\s*[\"'])[^\"']+", re.IGNORECASE)
_BEARER = re.compile(r"((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=!-]+", re.IGNORECASE)
_SECRET_KEY = re.compile(rf"^(?:{_CONFIDENTIAL})$", re.IGNORECASE)
MASK = "***"


def mask(text: str) -> str:
    """The text with the values of secrets replaced, wherever they stand: queries, JSON, authorization headers."""
    for pattern in (_IN_URL, _IN_JSON, _BEARER):
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text


def masked(value: Any, name: str = "") -> Any:
    """The value with secrets masked, at any depth."""
    if _SECRET_KEY.match(name) and value:
        return MASK
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value


def _mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: masked(value, key) for key, value in event.items()}


def _text_of_error(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_text_of_error, _mask_event, last])
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
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
