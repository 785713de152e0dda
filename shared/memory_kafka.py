"""Kafka in this process's memory, for a first try without Java or containers: the mock cluster inside librdkafka.

It speaks the Kafka protocol to any client. It makes topics (of four partitions) as soon as somebody asks for them,
bears one member per consumer group, lets a group wait three seconds for its first member, keeps the newest 5 MB of each
partition, and forgets everything when the process ends.
"""

import logging
from types import TracebackType
from typing import Any, Self

from shared.errors import Misconfigured

_log = logging.getLogger(__name__)

_TIMEOUT = 5.0


class MemoryKafka:
    """Use as `with MemoryKafka() as kafka:`; clients connect to `kafka.bootstrap` while the block runs.

    `Misconfigured` when the optional package is not installed.
    """

    bootstrap: str

    def __init__(self) -> None:
        self._owner: Any = None

    def __enter__(self) -> Self:
        self._owner = _mock_cluster()
        node = next(iter(self._owner.list_topics(timeout=_TIMEOUT).brokers.values()))
        self.bootstrap = f"{node.host}:{node.port}"
        _log.warning("Kafka runs in memory at %s: EVERYTHING IN IT IS GONE when this process ends.", self.bootstrap)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The cluster lives exactly as long as the client that asked for it.
        self._owner = None


def _mock_cluster() -> Any:
    try:
        from confluent_kafka import Producer  # noqa: PLC0415  # optional: the extra `memory`
    except ImportError as error:
        raise Misconfigured(
            "Kafka in memory needs an optional package: pip install 'fieldledger[memory]'. "
            "Or set FIELDLEDGER_KAFKA to a real Kafka."
        ) from error
    return Producer({"test.mock.num.brokers": 1, "log_level": 0})
