"""Every error that decides what happens next to a piece of work, named by exactly that.

FieldledgerError
├── WorkError                 raised by connectors, decided upon in `lanes.py` and `ledger`, never caught in between
│   ├── TryLater              surely not executed; may work at a later moment
│   ├── Uncertain             may have been executed: settled by `find` before anything is sent again
│   ├── Settling              an uncertain write that is looked up at a named moment; costs no attempt
│   ├── Unsure                look-ups cannot tell whether it is there: a person decides
│   ├── RateLimited           the vendor named the moment; costs no attempt
│   ├── Unmappable            this document waits for that setting; the lane goes on
│   ├── Behind                this document waits for that other document
│   ├── Withheld              the ledger was restored: nothing is made before the operator goes on
│   ├── AlreadyBilled         another document bills the same work: this one is left out
│   ├── GiveUp                this will never work as it is
│   │   ├── Rejected          the vendor refused it; carries the vendor's own words
│   │   └── Unsupported       this connector cannot do it
│   └── NeedsOwner            access revoked, licence ended, administration gone: the lane rests
│       └── MissingRight      only this part of the package is closed: an import goes on with its other kinds
├── NothingToDo               of what may follow a document: this one has no need of it; caught where it is asked
├── BadEvent                  an event that cannot be read: dead letter, with the reason
├── Unavailable               our own parts are away: nothing is acknowledged, everything is tried again
│   ├── StoreUnavailable      the store did not answer or could not write
│   └── BusUnavailable        Kafka did not acknowledge (`bus.py`)
├── LostLease                 somebody else owns the lane now: stop, touch nothing
└── Misconfigured             a setting is missing or wrong: said at start, in words
"""

from datetime import datetime, timedelta

from shared.log import mask


class FieldledgerError(Exception):
    """Base of all errors of this project. `str()` is a sentence a user may read; it never holds a secret."""


class WorkError(FieldledgerError):
    """Base of the errors that say what happens next to a piece of work.

    `reason` is a sentence for the user, `vendor_says` the vendor's own words, if there were any. Both are stored and
    published; an answer may quote our call, so secrets are masked here. Nothing else of the words is changed.
    """

    def __init__(self, reason: str, *, vendor_says: str | None = None) -> None:
        self.reason = mask(reason)
        self.vendor_says = mask(vendor_says) if vendor_says else vendor_says
        super().__init__(self.reason)


class TryLater(WorkError):
    """Surely not executed. Tried again after `after` (or with growing pauses), a limited number of times."""

    def __init__(self, reason: str, *, after: timedelta | None = None, vendor_says: str | None = None) -> None:
        super().__init__(reason, vendor_says=vendor_says)
        self.after = after


class Uncertain(WorkError):
    """A write that may have been executed: time-out after sending, 5xx, a cut line, an unreadable answer."""


class Settling(WorkError):
    """An earlier write may still arrive; it is looked up at `until`."""

    def __init__(self, reason: str, *, until: datetime) -> None:
        super().__init__(reason)
        self.until = until


class Unsure(WorkError):
    """Several records, a different one, or none after two resends: a person says "it is there" or "send again".

    `step` is the write in doubt. Other documents may need it too: a customer's relation.
    """

    def __init__(self, reason: str, *, step: str | None = None, vendor_says: str | None = None) -> None:
        super().__init__(reason, vendor_says=vendor_says)
        self.step = step


class RateLimited(WorkError):
    """The vendor asks for a pause until `until`. The lane rests; no attempt is counted."""

    def __init__(self, reason: str, *, until: datetime, vendor_says: str | None = None) -> None:
        super().__init__(reason, vendor_says=vendor_says)
        self.until = until


class Unmappable(WorkError):
    """A mapping or setting is missing. `setting` names the field of the connection's settings that heals it.

    `key` is what has no value yet, where the setting is a mapping: `21` of `vat_codes`.
    """

    def __init__(self, setting: str, reason: str, *, key: str | None = None) -> None:
        super().__init__(reason)
        self.setting = setting
        self.key = key


class Behind(WorkError):
    """Another document has to be in the package first. `document` is its id on the platform, `flow` its kind."""

    def __init__(self, flow: str, document: str, reason: str) -> None:
        super().__init__(reason)
        self.waits_for = f"{flow}:{document}"


RESTORED = "restored"
"""What documents wait for while a restored ledger is being checked."""


class Withheld(WorkError):
    """The ledger came from a backup: this was looked for and not found, and is made when the operator goes on."""

    waits_for = RESTORED


class AlreadyBilled(WorkError):
    """The same work order becomes revenue by another document: this one must not be sent."""


class GiveUp(WorkError):
    """This work will never succeed as it is: dead letter and a log line at once.

    `look_up_first`: the package refused, but with an answer that may also follow a write that was made (Exact: 500), so
    the package is asked once before the refusal is believed.
    """

    look_up_first: bool = False


class Rejected(GiveUp):
    """The vendor looked at it and refused."""


class Unsupported(GiveUp):
    """The connector cannot do what is asked."""


class NeedsOwner(WorkError):
    """Only the owner can go on: log in again, renew the licence, restore the administration."""


EXPIRED = "Authentication expired. Reconnect the integration to sync data."
"""What the owner reads when the package takes the login no more; users know this sentence."""


class MissingRight(NeedsOwner):
    """The login lacks a right (or the app a scope) for this one thing; others may be allowed."""


class NothingToDo(FieldledgerError):
    """Of what follows a document: there is nothing to write for this one."""


class BadEvent(FieldledgerError):
    """A message that is not a readable event of ours. The text is the reason written to the dead letters."""


class Unavailable(FieldledgerError):
    """One of our own parts is away. Nobody's document is to blame; everything is tried again."""


class StoreUnavailable(Unavailable):
    """The store did not answer or could not write."""


class LostLease(FieldledgerError):
    """The lease ran out or somebody else took the lane over."""


class Misconfigured(FieldledgerError):
    """A setting is missing or wrong; the text says which, and what to set."""
