"""One write to a package, exactly once: intent stored, sent, settled. See docs/exactly-once.md, section "The protocol".

A step has one identity whoever asks for it (`<entry>|document`, `<scope>|relation|<debtor number>`), so two documents
that need the same new relation share one step.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NoReturn

from shared.clock import EPOCH, stamp
from shared.errors import GiveUp, LostLease, Rejected, Settling, Uncertain, Unsure, WorkError
from shared.ledger.states import LOOKUPS_UNTIL_ABSENT, MAX_RESENDS, StepEvent, StepState, next_step_state
from shared.ledger.writes import Expected, Step, Write, expected_of, matches
from shared.mapping import Receipt
from shared.store import Is, Store
from shared.store.collections import STEPS
from shared.turns import Held

UNSURE: frozenset[StepState] = frozenset({"unsure"})


class Steps:
    """Runs writes through the protocol. Every transition is a compare-and-set on the step's version."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, id: str) -> Step | None:
        """A step as stored."""
        found = await self._store.get(STEPS, id)
        return Step.of(found) if found else None

    async def once(self, write: Write, held: Held) -> Receipt:
        """Make the write, or find out that it was made. Raises the `WorkError` that says what happens next."""
        step = await self._load(write)
        if step.state == "confirmed":
            return step.receipt
        if step.state == "unsure":
            raise Unsure(f"it is not clear whether the {write.what} is in the package", step=step.id)
        if step.state == "rejected":
            step = await self._reconsider(step, write)
            if step.state == "confirmed":
                return step.receipt
        if step.state == "sending":
            step = await self._doubt(step, held, write)
        if step.state == "uncertain":
            settled = await self._settle(step, write)
            if settled.state == "confirmed":
                return settled.receipt
            step = settled
        elif hit := await self._before_first_send(step, write):
            return hit
        return await self._send(step, write, held)

    async def _load(self, write: Write) -> Step:
        step = await self.get(write.id)
        if step is None:
            step = Step(id=write.id, entry=write.entry, what=write.what)
            if not await self._store.insert(STEPS, step.stored()):
                return await self._load(write)
        return step

    async def _move(self, step: Step, event: StepEvent, **changes: Any) -> Step:
        changes |= {"state": next_step_state(step.state, event), "version": step.version + 1}
        return await self._replace(step, step.model_copy(update=changes))

    async def _replace(self, step: Step, newer: Step) -> Step:
        where = {"version": step.version}
        if await self._store.update(STEPS, step.id, where=where, set=step.changes(newer)) is None:
            raise LostLease(f"somebody else is working on {step.id}")
        return newer

    async def _before_first_send(self, step: Step, write: Write) -> Receipt | None:
        if write.adopt is not None:
            return await self._adopted(step, write, write.adopt)
        return await self._already_there(write) if write.find_before_first_send else None

    async def _adopted(self, step: Step, write: Write, adopt: Callable[[], Awaitable[Expected]]) -> Receipt | None:
        """A restored ledger may have forgotten that it sent this; what is there is taken over, never made again."""
        hits = await self._found(step, write)
        if hits:
            return (await self._recognise(step, write, hits, await adopt(), "found")).receipt
        if not write.find_proves_absence:
            await self._ask_owner(step, f"it cannot be told whether the {write.what} was sent after the backup")
        return None

    async def _already_there(self, write: Write) -> Receipt | None:
        hits = await write.find()
        if len(hits) > 1:
            raise Rejected(
                f"the package has {len(hits)} records for the {write.what}; keep one of them: {_named(hits)}"
            )
        return hits[0] if hits else None

    async def _send(self, step: Step, write: Write, held: Held) -> Receipt:
        draft = await write.prepare()
        await held.room_for(write.timeout)
        step = await self._move(
            step,
            "send",
            fence=held.lane.fence,
            revision=write.revision,
            attempt=step.attempt + 1,
            absences=0,
            expected=expected_of(draft),
            sent=write.sent,
            settle_at=await self._later(write.timeout + write.settle_after),
        )
        try:
            receipt = await write.send(draft.request)
        except WorkError as error:
            return await self._after_error(step, write, error)
        return (await self._confirm(step, write, receipt)).receipt

    async def _after_error(self, step: Step, write: Write, error: WorkError) -> Receipt:
        if isinstance(error, Uncertain):
            step = await self._move(
                step, "doubt", settle_at=await self._later(write.settle_after), vendor_says=error.vendor_says
            )
            raise Settling(_looking_up(write.what, step.settle_at, error.reason), until=step.settle_at) from error
        if isinstance(error, GiveUp):
            return await self._refused(step, write, error)
        await self._move(step, "not_executed")
        raise error

    async def _refused(self, step: Step, write: Write, error: GiveUp) -> Receipt:
        """Exact says 500 both for a business refusal and for real faults, so it is looked up once (decision 3)."""
        if error.look_up_first and (hit := self._ours(await self._found(step, write), step.expected)):
            return (await self._confirm(step, write, hit)).receipt
        settle_at = step.settle_at if error.look_up_first else EPOCH
        await self._move(step, "refuse", settle_at=settle_at, vendor_says=error.vendor_says)
        raise error

    async def _confirm(
        self, step: Step, write: Write, receipt: Receipt, event: StepEvent = "confirm", **more: Any
    ) -> Step:
        return await self._move(
            step,
            event,
            **more,
            sent=None,
            vendor_id=receipt.vendor_id,
            vendor_number=receipt.number,
            url=receipt.url,
            total_excl=receipt.total_excl,
            remote_key=f"{write.scope}|{receipt.vendor_id}" if write.makes_record else None,
        )

    async def _doubt(self, step: Step, held: Held, write: Write) -> Step:
        """Found in `sending`: its sender crashed or lost the lease, so the write may still be under way until then."""
        lease_end = held.lane.previous_lease if held.lane.taken_over else EPOCH
        return await self._move(step, "doubt", settle_at=max(step.settle_at, lease_end + write.settle_after))

    async def _settle(self, step: Step, write: Write) -> Step:
        """Once the vendor can no longer be working on it, ask. Confirmed, or planned again, or an error that waits."""
        self._wait_until_settled(step, write, await self._store.now())
        hits = await self._found(step, write)
        if not hits:
            return await self._absent(step, write)
        return await self._recognise(step, write, hits, step.expected)

    async def _reconsider(self, step: Step, write: Write) -> Step:
        """Refused before: it may have been made all the same (a 500), or by hand since. Then it is not sent again."""
        if write.find_before_first_send:
            return await self._move(step, "again")
        self._wait_until_settled(step, write, await self._store.now())
        hits = await self._found(step, write)
        return await (self._recognise(step, write, hits, step.expected) if hits else self._move(step, "again"))

    async def _recognise(
        self, step: Step, write: Write, hits: Sequence[Receipt], expected: Expected, event: StepEvent = "confirm"
    ) -> Step:
        """One hit that is like what was sent is it; about anything else a person decides."""
        ours = self._ours(hits, expected)
        if len(hits) == 1 and ours:
            revision = step.revision or write.revision
            return await self._confirm(step, write, ours, event, expected=expected, revision=revision)
        return await self._ask_owner(
            step, f"the package has something else under the reference of the {write.what}: {_named(hits)}"
        )

    async def _ask_owner(self, step: Step, why: str) -> NoReturn:
        await self._move(step, "several")
        raise Unsure(why, step=step.id, vendor_says=step.vendor_says)

    @staticmethod
    def _wait_until_settled(step: Step, write: Write, now: datetime) -> None:
        if now < step.settle_at:
            why = "an earlier try may have arrived"
            raise Settling(_looking_up(write.what, step.settle_at, why), until=step.settle_at)

    async def _absent(self, step: Step, write: Write) -> Step:
        if not write.find_proves_absence:
            why = f"no answer came for the {write.what}, and the package's search cannot tell that it is not there"
            await self._ask_owner(step, why)
        if step.absences + 1 < LOOKUPS_UNTIL_ABSENT:
            again = await self._later(write.settle_after / 4)
            newer = step.model_copy(
                update={"absences": step.absences + 1, "settle_at": again, "version": step.version + 1}
            )
            await self._replace(step, newer)
            raise Settling(_looking_up(write.what, again, "the package does not show it yet"), until=again)
        if step.resends >= MAX_RESENDS:
            why = f"the {write.what} was sent {step.attempt} times, and the package never shows it"
            await self._ask_owner(step, why)
        return await self._move(step, "absent", resends=step.resends + 1)

    async def _found(self, step: Step, write: Write) -> list[Receipt]:
        """What the package has under our reference, without what other steps made."""
        return [hit for hit in await write.find() if not await self._taken(hit, write, step)]

    async def _taken(self, hit: Receipt, write: Write, step: Step) -> bool:
        """Two documents may carry one reference; what another step made is not ours."""
        if not write.makes_record:
            return False
        found = await self._store.find(STEPS, {"remote_key": f"{write.scope}|{hit.vendor_id}"}, limit=2)
        return any(other["id"] != step.id for other in found)

    @staticmethod
    def _ours(hits: Sequence[Receipt], expected: Expected) -> Receipt | None:
        same = [hit for hit in hits if matches(hit, expected)]
        return same[0] if len(same) == 1 else None

    async def _later(self, span: timedelta) -> datetime:
        return await self._store.now() + span

    async def gone(self, scope: str, kind: str, vendor_ids: Sequence[str]) -> None:
        """Records that documents need were deleted in the package: the next one looks for it, or makes it, anew."""
        keys = [f"{scope}|{vendor_id}" for vendor_id in vendor_ids]
        found = await self._store.find(STEPS, {"remote_key": Is("in", keys)}, limit=2 * len(keys) + 1)
        for step in map(Step.of, found):
            if step.state == "confirmed" and step.id.startswith(f"{scope}|{kind}|"):
                await self._move(step, "gone", remote_key=None, absences=0, resends=0)

    async def make_again(self, id: str) -> None:
        """What this step made, if it did, is not there any more, or a second one would do no harm: it is made anew."""
        step = await self.get(id)
        event: dict[StepState, StepEvent] = {"confirmed": "gone", "unsure": "again"}
        if step is not None and step.state in event:
            await self._move(step, event[step.state], absences=0, resends=0)

    async def under_way(self, entry: str) -> Sequence[Step]:
        """The writes of an entry that may not have arrived yet."""
        where = {"entry": entry, "state": Is("in", ["sending", "uncertain"])}
        return [Step.of(row) for row in await self._store.find(STEPS, where, limit=1000)]

    async def doubt_sent(self, entry: str) -> int:
        """Writes of an entry that are under way: whether they arrived is looked up later; their number."""
        sent = [Step.of(row) for row in await self._store.find(STEPS, {"entry": entry, "state": "sending"})]
        for step in sent:
            with suppress(LostLease):  # its answer was stored at this very moment
                await self._move(step, "doubt")
        return len(sent)

    async def unsure(self, entry: str, shared: str | None = None) -> Sequence[Step]:
        """The writes of an entry that only a person can settle; `shared` is one that another entry may have begun."""
        found = {row["id"]: row for row in await self._store.find(STEPS, {"entry": entry, "state": "unsure"})}
        other = await self.get(shared) if shared and shared not in found else None
        return [*map(Step.of, found.values()), *([other] if other and other.state == "unsure" else [])]

    async def decide(
        self,
        id: str,
        event: StepEvent,
        scope: str,
        there: Receipt | None = None,
        *,
        asked_in: Collection[StepState] = UNSURE,
    ) -> Step:
        """A person's word on an unsure step: `there` (with what is there) or `again`. The first word on it counts.

        `asked_in`: the states the word is about; of an ended connection also those that nobody looks up any more.
        """
        step = await self.get(id)
        assert step is not None, "steps are never deleted"
        if step.state not in asked_in:
            return step
        made: dict[str, Any] = {"absences": 0, "resends": 0}
        if there is not None:
            made |= {
                "sent": None,
                "vendor_id": there.vendor_id,
                "vendor_number": there.number,
                "remote_key": f"{scope}|{there.vendor_id}",
            }
        try:
            return await self._move(step, event, **made)
        except LostLease:  # documents share it, and a word on another one of them came first
            return await self.decide(id, event, scope, there, asked_in=asked_in)


def _looking_up(what: str, at: datetime, why: str) -> str:
    return f"{why.rstrip('.')}; whether the {what} is in the package is looked up at {stamp(at)[11:16]} UTC"


def _named(hits: Sequence[Receipt]) -> str:
    return ", ".join(hit.number or hit.vendor_id for hit in hits)
