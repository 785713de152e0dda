"""Pure: the contract as released and as it is now -> sentences on what would break whom. Empty is good.

Readers must survive what we publish: nothing they rely on goes away, and no value comes that they were never told of.
Writers must survive in what we consume: whatever they were allowed to write stays readable, and none of it is lost.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
Contract = Mapping[str, Any]

_LEAST = ("minimum", "minLength", "minItems", "exclusiveMinimum")
_MOST = ("maximum", "maxLength", "maxItems", "exclusiveMaximum")
_STRUCTURE = {"type", "enum", "const", "anyOf", "properties", "required", "items", "prefixItems", "default"}
_WORDS = {"title", "description", "examples", "$schema", "$id", "$defs"}
"""What a person reads; no program depends on it."""


def breaks(released: Contract, present: Contract) -> list[str]:
    """What breaks readers or writers of `released`; each sentence says what, where and what to do."""
    return [
        *_topic_breaks(released["topics"], present["topics"]),
        *_event_breaks(released["events"], present["events"]),
    ]


def without_words(schema: Any) -> Any:
    """A schema as programs see it: references resolved, titles and descriptions left out."""
    return _resolved(schema, schema.get("$defs", {}))


def _resolved(part: Any, parts: Mapping[str, Schema]) -> Any:
    if isinstance(part, list):
        return [_resolved(one, parts) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        target = parts[part["$ref"].rpartition("/")[2]]
        part = {**target, **{word: value for word, value in part.items() if word != "$ref"}}
    return {word: _keyword(word, value, parts) for word, value in part.items() if word not in _WORDS}


def _keyword(word: str, value: Any, parts: Mapping[str, Schema]) -> Any:
    """What a word of JSON Schema says. The keys of `properties` are fields, whatever they are called."""
    if word == "properties":
        return {field: _resolved(schema, parts) for field, schema in value.items()}
    return value if word == "default" else _resolved(value, parts)


def _topic_breaks(released: Contract, present: Contract) -> Iterator[str]:
    for name, before in released.items():
        if name not in present:
            yield f"Topic {name} is gone: who reads or writes it stands still. Keep it."
            continue
        yield from (f"Topic {name}: {what}" for what in _topic_changes(before, present[name]))


def _topic_changes(before: Contract, now: Contract) -> Iterator[str]:
    for what in ("key", "partitions", "cleanup"):
        if before[what] != now[what]:
            yield f"its {what} was {before[what]} and is {now[what]}, which order and keeping go by. Make a new topic."
    if _days(now) < _days(before):
        yield f"it kept messages for {_days(before):.0f} days and now for {_days(now):.0f}: readers may miss some."
    for type in sorted(set(before["events"]) - set(now["events"])):
        yield f"{type} does not travel on it any more: who reads or writes it there is not told. Keep it."


def _days(topic: Contract) -> float:
    return float("inf") if topic["days"] is None else float(topic["days"])


def _event_breaks(released: Contract, present: Contract) -> Iterator[str]:
    for type, before in released.items():
        if type not in present:
            yield f"{type} is gone. Keep it as long as anybody uses it; then take it out of the released contract too."
            continue
        comparison = _Comparison(published=before["direction"] == "published")
        for part in ("headers", "payload"):
            for what in comparison.of(before[part], present[type][part], f"{type}, {part}"):
                yield f"{what} Take it back, or make it {_raised(type)}, beside this one."


def _raised(type: str) -> str:
    """The next major version of a type: `...v2` for `...v1`."""
    name, _, version = type.rpartition(".v")
    return f"{name}.v{int(version) + 1}"


@dataclass(frozen=True)
class _Comparison:
    """`published`: the released schema is what readers know. Else it is what writers write."""

    published: bool

    def of(self, released: Schema, present: Schema, path: str) -> Iterator[str]:
        """What the change from `released` to `present` breaks; both without words."""
        written, read = self._sides(released, present)
        for one in _alternatives(written):
            # What may be written must be readable as one of the things that are known.
            found = [list(self._one(one, other, path)) for other in _alternatives(read) if _type_fits(one, other)]
            yield from min(found, key=len, default=[f"{path}: {_named(one)} {self._verdict}."])
        if "default" in released and "default" in present and not _same(released["default"], present["default"]):
            yield f"{path}: absent, it meant {released['default']!r} and now means {present['default']!r}."

    def _sides(self, released: Schema, present: Schema) -> tuple[Schema, Schema]:
        """Written and read, given released and present; and the other way round."""
        return (present, released) if self.published else (released, present)

    @property
    def _verdict(self) -> str:
        return "is new to readers" if self.published else "is not accepted any more"

    def _one(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        yield from self._values(written, read, path)
        yield from self._limits(written, read, path)
        yield from self._fields(*self._sides(written, read), path)
        yield from self._items(*self._sides(written, read), path)

    def _values(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        known, used = _values(read), _values(written)
        if known is None:
            return
        if used is None:
            yield f"{path}: any value {self._verdict}, only {', '.join(map(repr, known))}."
        else:
            yield from (f"{path}: the value {value!r} {self._verdict}." for value in used if value not in known)

    def _limits(self, written: Schema, read: Schema, path: str) -> Iterator[str]:
        """Limits that the reading side sets and the writing side does not keep; what we do not know must be equal."""
        for word in sorted(read.keys() - _STRUCTURE - _WORDS):
            asked, kept = read[word], written.get(word, "nothing")
            if word not in written or not _keeps(word, kept, asked):
                before, now = (asked, kept) if self.published else (kept, asked)
                yield f"{path}: its {word} was {before} and is {now}."

    def _fields(self, released: Schema, present: Schema, path: str) -> Iterator[str]:
        before, now = released.get("properties", {}), present.get("properties", {})
        must_before, must_now = set(released.get("required", ())), set(present.get("required", ()))
        for name, field in before.items():
            if name not in now:
                yield f"{path}, {name}: it is gone."
            else:
                yield from self.of(field, now[name], f"{path}, {name}")
        if self.published:
            yield from (
                f"{path}, {name}: it may be absent now." for name in sorted((must_before - must_now) & set(now))
            )
        else:
            yield from (f"{path}, {name}: it must be there now." for name in sorted(must_now - must_before))

    def _items(self, released: Schema, present: Schema, path: str) -> Iterator[str]:
        if "items" in released or "items" in present:
            yield from self.of(released.get("items", {}), present.get("items", {}), f"{path}, each")
        before, now = released.get("prefixItems", []), present.get("prefixItems", [])
        if len(before) != len(now):
            yield f"{path}: it had {len(before)} places and has {len(now)}."
            return
        for place, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from self.of(one, other, f"{path}, place {place}")


def _alternatives(schema: Schema) -> list[Schema]:
    return list(schema["anyOf"]) if "anyOf" in schema else [schema]


def _type_fits(written: Schema, read: Schema) -> bool:
    if "type" not in read or written.get("type") == read["type"]:
        return True
    return (written.get("type"), read["type"]) == ("integer", "number")


def _keeps(word: str, kept: Any, asked: Any) -> bool:
    """Whether whatever keeps the one limit keeps the other."""
    if word in _LEAST:
        return bool(kept >= asked)
    return bool(kept <= asked) if word in _MOST else bool(kept == asked)


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _same(released: Any, present: Any) -> bool:
    """Whether two defaults mean the same; a new field in one that is an object changes nothing."""
    if isinstance(released, dict) and isinstance(present, dict):
        return all(name in present and _same(value, present[name]) for name, value in released.items())
    return bool(released == present)


def _named(schema: Schema) -> str:
    return str(schema.get("type", "anything"))
