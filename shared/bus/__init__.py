"""The way to and from Kafka, decided once for every service: acknowledgements, ordering, retries and dead letters."""

from shared.bus.dead import dead_letter
from shared.bus.intake import Intake, broker, started, subscribe
from shared.bus.publish import Bus, BusUnavailable, TooLarge
from shared.bus.record import Record
from shared.bus.tail import Newest, extent, read_all, read_newest

__all__ = [
    "Bus",
    "BusUnavailable",
    "Intake",
    "Newest",
    "Record",
    "TooLarge",
    "broker",
    "dead_letter",
    "extent",
    "read_all",
    "read_newest",
    "started",
    "subscribe",
]
