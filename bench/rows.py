"""The rows of the table: which sides are compared, at which size, and what is aimed at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

from bench import results
from bench.results import Row, Target
from bench.sides import Measured, Side, alternate, run
from bench.stage import Stage


@dataclass(frozen=True)
class Sizes:
    """How much is measured, and how often."""

    relations: int = 200_000
    work_orders: int = 300_000
    connections: int = 1_000
    documents_each: int = 10
    one_by_one: int = 30
    seconds: int = 30
    log_lines: int = 1_000_000
    page_views: int = 60
    rounds: int = 1

    @classmethod
    def quick(cls) -> "Sizes":
        """A tenth of everything."""
        return cls(
            relations=20_000,
            work_orders=30_000,
            documents_each=1,
            one_by_one=10,
            seconds=6,
            log_lines=100_000,
            page_views=20,
        )


LANES = 200
QUICKLY: Mapping[str, float] = {"low": 0.0, "high": 0.005}
SLOWLY: Mapping[str, float] = {"low": 0.2, "high": 0.2}
HANGING = 30.0
PAGE_MS = 100.0
"""Milliseconds in which a page should answer."""


def imports(stage: Stage, sizes: Sizes) -> list[Row]:
    """First and second sync at both page sizes, and memory at a tenth of the size."""
    thousand = _import(stage, sizes, 1000)
    sixty = _import(stage, sizes, 60)
    return [*thousand, *sixty]


def _import(stage: Stage, sizes: Sizes, page: int) -> list[Row]:
    name = f"import, {page:,} a page"
    with stage.package(accounts=sizes.relations, page=page) as url:
        side = Side("bench.importing:ours", {"bootstrap": stage.bootstrap, "url": url})
        found = _against_bare(stage, name, side, sizes.rounds)
        ours, bare = found["ours"], found["bare"] + found["again"]
        rows = [
            Row(name, results.rate(ours), "relations/s", results.rate(bare), Target(0.5), results.peak(ours)),
            _second(f"second sync, {page:,} a page", ours),
            results.noise(name, found["bare"], found["again"]),
        ]
        stage.explain(rows[:2], side)
    return [*rows, _memory(stage, sizes, page, results.peak(ours))]


def _second(name: str, first: list[Measured]) -> Row:
    second = [Measured(one.count, one.more["second"]) for one in first]
    return Row(name, results.rate(second), "relations/s", results.rate(first), Target(1.5))


def _memory(stage: Stage, sizes: Sizes, page: int, peak: float) -> Row:
    with stage.package(accounts=sizes.relations // 10, page=page) as url:
        small = run(Side("bench.importing:ours", {"bootstrap": stage.bootstrap, "url": url}))
    name = f"memory of {sizes.relations:,} against {sizes.relations // 10:,}, {page:,} a page"
    return Row(name, peak, "MB", small.peak_mb, Target(1.2, at_most=True), peak)


def intake(stage: Stage, sizes: Sizes) -> list[Row]:
    """Work orders of everybody, one in a hundred ours."""
    options = {"bootstrap": stage.bootstrap, "count": sizes.work_orders}
    run(Side("bench.intake:fill", options))
    side = Side("bench.intake:ours", options)
    found = _against_bare(stage, "intake", side, sizes.rounds)
    bare = results.rate(found["bare"] + found["again"])
    row = Row("intake", results.rate(found["ours"]), "events/s", bare, Target(0.5), results.peak(found["ours"]))
    stage.explain([row], side)
    return [row, results.noise("intake", found["bare"], found["again"])]


def delivery(stage: Stage, sizes: Sizes) -> list[Row]:
    """Documents against the same lanes without a ledger, and against one by one."""
    with stage.package() as url:
        side = partial(_delivering, stage, sizes, url)
        return [*_quick_answers(stage, sizes, side), *_slow_answers(stage, side)]


def _quick_answers(stage: Stage, sizes: Sizes, side: Callable[..., Side]) -> list[Row]:
    name = "delivery, answers in 0 to 5 ms"
    found = _against_bare(stage, name, side(QUICKLY), sizes.rounds)
    single = stage.said("delivery, one by one", run(side(QUICKLY, lanes=1, alone=True)))
    ours, bare = found["ours"], found["bare"] + found["again"]
    rows = [
        Row(f"{name}: against lanes without a ledger", results.rate(ours), "documents/s", results.rate(bare),
            Target(0.7), results.peak(ours)),
        Row(f"{name}: against one by one", results.rate(ours), "documents/s", single.rate),
        results.noise(name, found["bare"], found["again"]),
    ]  # fmt: skip
    stage.explain(rows[:1], side(QUICKLY))
    return rows


def _slow_answers(stage: Stage, side: Callable[..., Side]) -> list[Row]:
    name = "delivery, answers in 200 ms: against one by one"
    ours = stage.said("delivery, answers in 200 ms", run(side(SLOWLY)))
    single = stage.said("the same, one by one", run(side(SLOWLY, lanes=1, alone=True)))
    row = Row(name, ours.rate, "documents/s", single.rate, Target(100), ours.peak_mb)
    stage.explain([row], side(SLOWLY))
    return [row]


def hanging(stage: Stage, sizes: Sizes) -> list[Row]:
    """When 95 of 100 documents of the others are delivered, with and without one connection that hangs."""
    with stage.package() as url:
        side = partial(_delivering, stage, sizes, url)
        sides = {"all answer": side(QUICKLY), "one hangs": side({**QUICKLY, "hanging": HANGING}, hangs=True)}
        sides["again"] = sides["all answer"]
        found = stage.all_said("one connection that hangs", alternate(sides, sizes.rounds))
    p95 = {name: median(one.more["p95"] for one in measured) for name, measured in found.items()}
    name = f"one of {sizes.connections:,} connections hangs: p95 of the others"
    return [
        Row(name, p95["one hangs"], "s", (p95["all answer"] + p95["again"]) / 2, Target(1.1, at_most=True)),
        Row("p95 of the others: none hangs, against itself", p95["again"], "s", p95["all answer"]),
    ]


def _delivering(
    stage: Stage,
    sizes: Sizes,
    url: str,
    pace: Mapping[str, float],
    *,
    lanes: int = LANES,
    alone: bool = False,
    hangs: bool = False,
) -> Side:
    """Deliver it all, or `alone`: a few documents of a single connection."""
    load: dict[str, Any] = {"connections": sizes.connections, "per_connection": sizes.documents_each, "hangs": hangs}
    if alone:
        load = {"connections": 1, "per_connection": sizes.one_by_one}
    options = {"bootstrap": stage.bootstrap, "url": url, "lanes": lanes, "load": load, "pace": dict(pace)}
    return Side("bench.delivery:ours", options)


def _against_bare(stage: Stage, name: str, ours: Side, rounds: int) -> dict[str, list[Measured]]:
    """Ours between two times bare; the two tell how much the machine itself sways."""
    bare = Side(ours.function.replace(":ours", ":bare"), ours.options)
    return stage.all_said(name, alternate({"bare": bare, "ours": ours, "again": bare}, rounds))


def callbacks(stage: Stage, sizes: Sizes) -> list[Row]:
    """How long from a callback to its event, how many the gateway takes, and what is left after an outage of Kafka."""
    return [*_latency(stage, sizes), *_gateway(stage, sizes), *_outage(stage, sizes)]


def _latency(stage: Stage, sizes: Sizes) -> list[Row]:
    with stage.package() as url:
        load = {"connections": 100, "second": 100, "seconds": sizes.seconds}
        pace = {"low": 0.005, "high": 0.005}
        side = Side("bench.callbacks:ours", {"bootstrap": stage.bootstrap, "url": url, "load": load, "pace": pace})
        found = stage.said("callback to event", run(side))
    name = "from callback to event, 100 a second over 100 connections"
    row = Row(f"{name}: p99", found.more["p99"], "ms", 500.0, Target(1.0, at_most=True), found.peak_mb)
    return [Row(f"{name}: p50", found.more["p50"], "ms"), row]


def _gateway(stage: Stage, sizes: Sizes) -> list[Row]:
    name = "gateway, 64 callers"
    side = Side("bench.gateway:ours", {"bootstrap": stage.bootstrap, "seconds": sizes.seconds / 3})
    found = _against_bare(stage, name, side, max(sizes.rounds, 3))
    bare = found["bare"] + found["again"]
    rows = [Row(f"{name}", results.rate(found["ours"]), "callbacks/s", results.rate(bare), Target(0.8))]
    for percent in ("p50", "p99"):
        ours, theirs = (median(one.more[percent] for one in side) for side in (found["ours"], bare))
        rows.append(Row(f"{name}: {percent}", ours, "ms", theirs))
    return [*rows, results.noise(name, found["bare"], found["again"])]


def _outage(stage: Stage, sizes: Sizes) -> list[Row]:
    seconds = min(20, sizes.seconds)
    found = stage.said("Kafka stopped", run(Side("bench.gateway:outage", {"seconds": seconds})))
    name = f"Kafka stopped for {seconds} s under load: accepted and not in the topic"
    return [Row(name, found.more["missing"], "callbacks", float(found.count), Target(0.0, at_most=True))]


def console(stage: Stage, sizes: Sizes) -> list[Row]:
    """Every page over a large installation: whether 95 of 100 answers come within 100 ms, and how a bare page does."""
    crowd = {"connections": sizes.connections, "log_lines": sizes.log_lines}
    side = Side("bench.pages:measure", {"rounds": sizes.page_views, "crowd": crowd})
    found = stage.said("pages of the console", run(side)).more
    names = list(dict.fromkeys(name.partition("|")[0] for name in found))
    return [row for name in names for row in _page(name, found)]


def _page(name: str, found: Mapping[str, float]) -> list[Row]:
    """A ratio to the 100 ms that were promised, and one to the bare page of the same run."""
    row = Row(f"page, {name}: p95", found[f"{name}|p95"], "ms", PAGE_MS, Target(1.0, at_most=True))
    if name == "bare":
        return [row]
    return [row, Row(f"page, {name}: p50 against a bare one", found[f"{name}|p50"], "ms", found["bare|p50"])]


GROUPS: Mapping[str, Callable[[Stage, Sizes], list[Row]]] = {
    "import": imports,
    "intake": intake,
    "delivery": delivery,
    "hanging": hanging,
    "callbacks": callbacks,
    "console": console,
}
"""What `ROWS` picks from."""
