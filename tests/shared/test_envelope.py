"""The envelope and the dead letter: what consumers may rely on without parsing a body."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import clock, envelope, topics
from shared.bus import Record, dead_letter
from shared.errors import BadEvent
from shared.schemas.messages import DeadLetter, LicenseChanged, SyncTick

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TICK = SyncTick(connection="c-1", slot="2026-11-21T12:00")


def tick(**changes: object) -> envelope.Message:
    given_ = {"type": envelope.SYNC_TICK, "source": "fieldledger/scheduler", "tenant": "t-1", "id": "e-1", "time": NOON}
    return envelope.message("sync.ticks.exact_online", "c-1", TICK, **(given_ | changes))


def raw(message: envelope.Message) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode()) for name, value in message.headers.items())


def received(headers: tuple[tuple[str, bytes], ...], body: bytes | None = b"{}", key: str | None = "c-1") -> Record:
    return Record("sync.ticks.exact_online", 3, 42, key, headers, body)


def test_an_event_carries_the_cloudevents_attributes_as_headers_and_json_as_body() -> None:
    message = tick()
    assert message.headers == {
        "ce_specversion": "1.0",
        "ce_id": "e-1",
        "ce_type": "fieldledger.sync.tick.v1",
        "ce_source": "fieldledger/scheduler",
        "ce_subject": "c-1",
        "ce_time": "2026-11-21T12:00:00.000000Z",
        "ce_tenant": "t-1",
        "content-type": "application/json",
    }
    assert SyncTick.model_validate_json(message.body) == TICK


def test_a_tombstone_has_headers_and_neither_body_nor_content_type() -> None:
    message = envelope.message("entities.relation", "k", None, type="gone", source="s", tenant="t")
    assert message.body is None
    assert "content-type" not in message.headers


def test_what_was_written_is_read_back() -> None:
    read = envelope.read_headers(raw(tick(extra={"sequence": "7"})))
    assert (read.type, read.source, read.subject) == (envelope.SYNC_TICK, "fieldledger/scheduler", "c-1")
    assert (read.tenant, read.id, read.time, read.attributes) == ("t-1", "e-1", NOON, {"sequence": "7"})


def test_events_without_an_id_get_different_ones() -> None:
    assert tick(id=None).headers["ce_id"] != tick(id=None).headers["ce_id"]


@pytest.mark.parametrize("missing", ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_tenant"])
def test_a_missing_required_attribute_is_named(missing: str) -> None:
    headers = [(name, value) for name, value in raw(tick()) if name != missing]
    with pytest.raises(BadEvent, match=missing):
        envelope.read_headers(headers)


def test_an_empty_tenant_is_a_missing_tenant() -> None:
    with pytest.raises(BadEvent, match="ce_tenant"):
        envelope.read_headers(raw(tick(tenant="")))


def test_time_and_subject_may_be_left_out() -> None:
    read = envelope.read_headers([one for one in raw(tick()) if one[0] not in {"ce_time", "ce_subject"}])
    assert (read.time, read.subject) == (clock.EPOCH, "")


@pytest.mark.parametrize("value", [b"yesterday", b"2026-11-21T12:00:00"])
def test_a_time_that_is_no_moment_is_refused(value: bytes) -> None:
    headers = [(name, value if name == "ce_time" else text) for name, text in raw(tick())]
    with pytest.raises(BadEvent, match="ce_time"):
        envelope.read_headers(headers)


def test_headers_that_are_not_text_are_refused() -> None:
    with pytest.raises(BadEvent, match="not text"):
        envelope.read_headers([("ce_id", b"\xff")])


def test_a_header_without_a_value_is_refused() -> None:
    with pytest.raises(BadEvent, match="not text"):
        envelope.read_headers([("ce_id", None)])


def test_moments_are_written_in_utc() -> None:
    cet = timezone(timedelta(hours=1))
    body = LicenseChanged(connector="exact_online", active=True, changed_at=datetime(2026, 1, 1, tzinfo=cet))
    assert b"2025-12-31T23:00:00.000000Z" in body.model_dump_json().encode()


def dead(record: Record, topic: str = "imports.exact_online.dead") -> tuple[envelope.Message, DeadLetter]:
    message = dead_letter(record, topic=topic, reason="no such kind", error="BadEvent", vendor_says="foei")
    return message, DeadLetter.model_validate_json(message.body)


def test_a_dead_letter_keeps_the_whole_message_and_the_reason() -> None:
    message, letter = dead(received(raw(tick()), b"\xff{"))
    assert (letter.reason, letter.error, letter.vendor_says) == ("no such kind", "BadEvent", "foei")
    assert (letter.topic, letter.partition, letter.offset, letter.key) == ("sync.ticks.exact_online", 3, 42, "c-1")
    assert b64decode(letter.body) == b"\xff{"
    assert dict(letter.headers) == tick().headers
    assert (message.topic, message.key) == ("imports.exact_online.dead", "c-1")


def test_a_dead_letter_is_an_event_of_its_own_that_names_the_original() -> None:
    message, _ = dead(received(raw(tick(extra={"sequence": "7"}))))
    read = envelope.read_headers(raw(message))
    assert (read.type, read.tenant, read.source) == (envelope.DEAD_LETTER, "t-1", "fieldledger/scheduler")
    assert read.id == "dead:sync.ticks.exact_online-3-42"
    assert read.attributes == {"sequence": "7", "originaltype": envelope.SYNC_TICK, "originalid": "e-1"}


def test_groups_that_meet_the_same_unreadable_event_make_one_entry() -> None:
    message, _ = dead(received((("ce_id", b"\xff"),)), topics.EVENTS_DEAD)
    assert message.key == "sync.ticks.exact_online-3-42"
    assert message.headers["ce_id"] == "dead:sync.ticks.exact_online-3-42"


def test_a_message_without_a_key_is_dead_under_its_place() -> None:
    message, letter = dead(received(raw(tick()), key=None))
    assert (message.key, letter.key) == ("sync.ticks.exact_online-3-42", None)


@given(
    st.lists(
        st.tuples(st.sampled_from(["ce_id", "ce_tenant", "ce_time", "ce_type", "other"]), st.binary() | st.none())
    ),
    st.binary() | st.none(),
)
def test_any_message_whatever_its_headers_becomes_a_readable_dead_letter(headers, body) -> None:
    message, letter = dead(received(tuple(headers), body))
    assert envelope.read_headers(raw(message)).type == envelope.DEAD_LETTER
    assert b64decode(letter.body) == (body or b"")
