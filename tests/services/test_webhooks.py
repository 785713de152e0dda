"""The gateway: who is let in, what is written down before the answer, and that nothing else comes of anything else."""

import asyncio
import json
from datetime import timedelta

import pytest

from services.webhooks import gateway as gate
from services.webhooks.callers import KEPT
from services.webhooks.gateway import MOST_BYTES, MOST_RECORDS, Gateway
from services.webhooks.line import PAUSE, Line
from shared import metrics, topics
from shared.errors import Unavailable
from shared.login import disconnect
from shared.rate import BURST, Bucket
from shared.webhooks import Changed
from tests.connectors.contract import DAY, synced
from tests.doorbell import PUBLIC, a_call, bodies, closed, opened
from tests.fakes import RecordingBus
from tests.logs import recorded_log

JSON = {"content-type": "application/json"}


def counted(connector, result):
    return metrics.CALLBACKS.labels(connector, result)._value.get()


class TestWhoIsLetIn:
    async def test_a_signed_call_is_written_down_before_it_is_answered(self, billit):
        call = await a_call(billit, "payment")
        answer = await billit.post(call.url, call.body, call.headers)
        assert (answer.status_code, answer.content) == (200, b"")
        (event,) = billit.callbacks
        assert event.headers["ce_tenant"] == "acme"
        order = json.loads(call.body)["UpdatedEntityID"]
        assert event.key == f"{billit.connection.id}|payment|{order}"
        assert bodies([event]) == [{"connection": billit.connection.id, "kind": "payment", "vendor_id": str(order)}]

    async def test_any_other_address_is_unknown_however_near_it_is(self, billit):
        right = await billit.address(billit.connection)
        secret = right.rpartition("/")[2]
        before = counted("unknown", "unknown")
        wrong = [
            right[:-1], right + "x", right.replace(secret, "A" * 43), right.rpartition("/")[0], f"{PUBLIC}/",
            right.replace("billit", "exact_online"), right.replace("billit", "no_such"), f"{PUBLIC}/callbacks/billit",
            f"{PUBLIC}/callbacks", right.replace(billit.connection.id, "somebody"), right.replace("/callbacks", ""),
            right + "/",
        ]  # fmt: skip
        answers = [await billit.post(url, method=method) for url in wrong for method in ("POST", "GET")]
        assert {(one.status_code, one.content, one.headers.get("allow")) for one in answers} == {(404, b"", None)}
        assert counted("unknown", "unknown") == before + len(answers)
        assert billit.callbacks == []

    async def test_the_address_ends_with_the_connection(self, billit, monkeypatch):
        call = await a_call(billit, "payment")
        await disconnect(billit.world.hub, billit.connection.id)
        assert (await billit.post(call.url, call.body, call.headers)).status_code == 404

    async def test_a_wrong_signature_is_refused(self, billit, exact):
        for bell, kind in ((billit, "payment"), (exact, "relation")):
            call = await a_call(bell, kind)
            assert (await bell.post(call.url, call.body.replace(b":", b": ", 1), call.headers)).status_code == 401
            assert (await bell.post(call.url, b"{}", JSON)).status_code == 401
            assert bell.callbacks == []

    async def test_a_copy_of_an_old_call_is_refused_where_the_package_signs_a_time(self, billit):
        call = await a_call(billit, "payment")
        billit.world.sandbox.clock.advance(timedelta(minutes=6))
        assert (await billit.post(call.url, call.body, call.headers)).status_code == 401

    async def test_a_hook_that_was_just_made_is_known_though_its_connection_was_known_before(self, tmp_path):
        bell = await opened("billit", tmp_path)
        connection = await synced(bell.world)
        assert (await bell.post(await bell.address(connection), b"{}", JSON)).status_code == 401  # it is kept now
        await bell.remove(connection, *await bell.hooks(connection))
        bell.world.sandbox.clock.advance(timedelta(hours=2))
        await bell.world.tick(connection, "slot-2")
        await bell.world.quiet(patience=60)
        bell.world.scenario.change(bell.world.sandbox, "payment")
        assert await bell.heard() >= 1
        await closed(bell)

    async def test_the_empty_call_of_a_new_subscription_is_answered_kindly_and_means_nothing(self, exact):
        assert exact.world.sandbox.bells.answers == [200, 200]
        assert exact.callbacks == []
        assert (await exact.post(f"{PUBLIC}/callbacks/exact_online", b"", {})).status_code == 200

    async def test_one_address_of_an_app_serves_all_connections_to_those_books(self, exact):
        second = await exact.world.connected("umbrella", **exact.world.scenario.settings)
        await exact.world.tick(second, "slot-2")
        await exact.world.quiet(patience=DAY)
        exact.world.sandbox.clock.advance(timedelta(minutes=1))  # Exact's limit of calls
        assert len(await exact.hooks(second)) == 2  # both connections found what one of them asked for
        call = await a_call(exact, "relation")
        assert (await exact.post(call.url, call.body, call.headers)).status_code == 200
        assert {one.headers["ce_tenant"] for one in exact.callbacks} == {"acme", "umbrella"}
        exact.world.sandbox.bells.reach_out(exact.transport)
        await disconnect(exact.world.hub, second.id)
        await exact.world.quiet(patience=DAY)
        assert len(await exact.hooks(exact.connection)) == 2  # the other one is still called back

    async def test_without_the_secret_of_the_app_nobody_is_let_in_and_nothing_is_asked_for(self, tmp_path):
        bell = await opened("exact_online", tmp_path)
        bell.world.settings.connectors["exact_online"].webhook_secret = type(
            bell.world.settings.connectors["exact_online"].webhook_secret
        )("")
        connection = await synced(bell.world)
        assert await bell.hooks(connection) == []
        assert (await bell.post(f"{PUBLIC}/callbacks/exact_online", b"", {})).status_code == 404
        await closed(bell)

    async def test_books_that_nobody_is_connected_to_are_answered_and_nothing_is_written(self, exact):
        call = await a_call(exact, "relation")
        await disconnect(exact.world.hub, exact.connection.id)
        assert (await exact.post(call.url, call.body, call.headers)).status_code == 200
        assert exact.callbacks == []


class TestLimits:
    async def test_only_json_by_post_and_of_a_moderate_size_is_taken(self, billit):
        call = await a_call(billit, "payment")
        assert (await billit.post(call.url, call.body, call.headers, method="GET")).status_code == 405
        assert (await billit.post(call.url, call.body, call.headers, method="PUT")).headers["allow"] == "POST"
        for kind in ("text/html", "multipart/form-data; boundary=x", "application/xml", "application/jsonp"):
            assert (await billit.post(call.url, call.body, {**call.headers, "Content-Type": kind})).status_code == 415
        large = b'{"a":"' + b"x" * MOST_BYTES + b'"}'
        assert (await billit.post(call.url, large, call.headers)).status_code == 413
        assert billit.callbacks == []
        for kind in ("application/json; charset=utf-8", "Application/JSON", "text/json", "application/vnd.billit+json"):
            assert (await billit.post(call.url, call.body, {**call.headers, "Content-Type": kind})).status_code == 200

    async def test_a_body_that_lies_about_its_length_is_cut_off(self, billit):
        sent = []
        answer = await by_hand(billit, [b"x" * 40_000] * 40, sent, {b"content-length": b"10"})
        assert answer == 413
        assert sum(sent) <= MOST_BYTES + 40_000

    async def test_a_slow_sender_is_told_so_and_keeps_no_place(self, billit):
        billit.gateway._body_time = 0.01
        assert await by_hand(billit, None, []) == 408
        assert billit.gateway._open == 0

    async def test_a_caller_that_hangs_up_leaves_nothing_behind(self, billit):
        assert await by_hand(billit, [b"{", "gone"], []) == 408
        assert billit.gateway._open == 0

    async def test_one_connection_cannot_take_the_room_of_the_others(self, tmp_path):
        bell = await opened("billit", tmp_path, callback_rate=0.2)
        connection = await synced(bell.world)
        url = await bell.address(connection)
        answers = [(await bell.post(url, b"{}", JSON)) for _ in range(6)]
        assert [one.status_code for one in answers] == [401] * 4 + [429] * 2
        assert answers[-1].headers["retry-after"]
        await closed(bell)

    async def test_when_all_places_are_taken_callers_are_asked_to_come_back(self, billit):
        call = await a_call(billit, "payment")
        full = Gateway(billit.world.hub, billit.world.bus, at_once=0)
        billit.transport.app = full
        answer = await billit.post(call.url, call.body, call.headers)
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)

    def test_a_bucket_takes_a_burst_and_fills_steadily(self):
        now = [0.0]
        bucket = Bucket(2, lambda: now[0])
        assert [bucket.take() for _ in range(int(2 * BURST) + 1)][-2:] == [True, False]
        now[0] = 1.0
        assert [bucket.take() for _ in range(3)] == [True, True, False]
        now[0] = 10_000
        assert sum(bucket.take() for _ in range(1000)) == 2 * BURST


class TestKafkaAway:
    async def test_nothing_is_half_done_the_caller_is_asked_to_come_back(self, billit):
        call = await a_call(billit, "payment")
        billit.world.bus.fail_next()
        answer = await billit.post(call.url, call.body, call.headers)
        assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        assert billit.callbacks == []
        assert (await billit.post(call.url, call.body, call.headers)).status_code == 200

    async def test_an_outage_does_not_fill_the_log(self, billit):
        call = await a_call(billit, "payment")
        billit.world.bus.fail_next(50)
        with recorded_log() as logged:
            answers = [await billit.post(call.url, call.body, call.headers) for _ in range(50)]
        assert {one.status_code for one in answers} == {503}
        assert 1 <= logged().count("callbacks cannot be written down") <= 3

    async def test_so_it_is_while_the_store_is_away(self, billit, monkeypatch):
        call = await a_call(billit, "payment")

        async def away(*_, **__):
            raise Unavailable("the store is away")

        monkeypatch.setattr(billit.world.hub.doors, "get", away)
        assert (await billit.post(call.url, call.body, call.headers)).status_code == 503

    async def test_after_a_failure_nobody_waits_for_a_moment(self):
        now, bus = [0.0], RecordingBus()
        line = Line(bus, lambda: now[0])
        bus.fail_next(2)
        for moment, left in ((0.0, 1), (0.5, 1), (PAUSE, 0)):
            now[0] = moment
            with pytest.raises(Unavailable):
                await line.publish(["a callback"])
            assert bus.failures == left
        now[0] = 2 * PAUSE
        await line.publish(["a callback"])
        await line.publish(["another"])
        assert bus.messages == ["a callback", "another"]


class TestWhatIsWritten:
    async def test_a_call_about_nothing_of_ours_is_answered_and_not_written(self, exact):
        exact.world.sandbox.bells.calls.clear()
        await exact.make(exact.connection, "SalesOrders", f"{PUBLIC}/callbacks/exact_online")
        row = {"Topic": "SalesOrders", "Action": "Update", "Key": exact.connection.id}
        hooks = exact.world.sandbox.hooks
        division = exact.world.sandbox.division(900001)
        call = hooks._signed(
            f"{PUBLIC}/callbacks/exact_online", hooks._content(division, "salesorder/SalesOrders", row)
        )
        assert (await exact.post(call.url, call.body, call.headers)).status_code == 200
        assert exact.callbacks == []

    @pytest.mark.parametrize("id", ["", "x" * 101, "a\0b", "\ud800", "a\nb"])
    def test_an_id_that_can_be_none_is_dropped(self, id):
        assert not gate._sound(Changed("relation", id))
        assert gate._sound(Changed("relation", "7-é"))

    def test_the_number_of_records_of_one_call_is_bounded(self):
        assert MOST_RECORDS <= 100

    async def test_no_secret_stands_in_log_metrics_or_answers(self, billit):
        call = await a_call(billit, "payment")
        secrets = [call.url.rpartition("/")[2], *billit.world.hub.doors.secrets(await billit.door(billit.connection))]
        with recorded_log() as logged:
            answers = [await billit.post(call.url, b"no json", JSON), await billit.post(call.url + "x", call.body)]
            billit.world.bus.fail_next()
            answers.append(await billit.post(call.url, call.body, call.headers))
            answers.append(await billit.post(call.url, call.body, call.headers))
        told = logged() + "".join(f"{one.headers}{one.text}" for one in answers)
        told += "".join(str(sample) for metric in metrics.CALLBACKS.collect() for sample in metric.samples)
        assert len(secrets) == 5
        assert not [secret for secret in secrets if secret in told]


async def by_hand(bell, parts, sent, headers=None):
    """The status of a request whose body comes in these parts; None: it never comes."""
    path = (await bell.address(bell.connection)).removeprefix(PUBLIC)
    pieces, status = list(parts or []), []

    async def receive():
        if parts is None:
            await asyncio.Event().wait()
        piece = pieces.pop(0)
        if piece == "gone":
            return {"type": "http.disconnect"}
        sent.append(len(piece))
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message):
        status.append(message.get("status"))

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": list({b"content-type": b"application/json", **(headers or {})}.items()),
    }
    await bell.gateway(scope, receive, send)
    return status[0]


def test_a_caller_is_kept_for_seconds_only():
    assert KEPT <= 10


def test_the_topic_of_callbacks_is_of_the_connector():
    assert topics.callbacks("billit") == "callbacks.billit"
