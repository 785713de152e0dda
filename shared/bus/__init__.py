"""The way to and from Kafka, decided once for every service: acknowledgements, ordering, retries and dead letters."""

from shared.bus.dead import dead_letter
from shared.bus.intake import Intake, broker, started, subscribe
from shared.bus.publish import Bus, BusUnavailable, TooLarge
from shared.bus.record import Record
from shared.bus.tail import extent, read_all

__all__ = [
    "Bus",
    "BusUnavailable",
    "Intake",
    "Record",
    "TooLarge",
    "broker",
    "dead_letter",
    "extent",
    "read_all",
    "started",
    "subscribe",
]
