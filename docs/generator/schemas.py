"""JSON Schemas of bodies and headers: exactly what the code reads and writes, with a sentence for every field."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from docs.generator.events import Event

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
DECIMAL = r"^-?\d+(\.\d+)?$"
TIME = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"

SENTENCES: Mapping[str, Mapping[str, str]] = tomllib.loads((Path(__file__).parent / "fields.toml").read_text())
"""Model -> field -> what it means, as the platform's engineers read it."""

ENVELOPE: Mapping[str, str] = {
    "specversion": "Always 1.0",
    "id": "The event's identity; the same event published twice keeps it",
    "type": "What happened, with the major version at its end",
    "source": "Who published it",
    "subject": "What it is about: the key again",
    "time": "When it happened, ISO 8601 with a time zone",
    "tenant": "Whose it is: the platform's id of the customer",
}
"""The CloudEvents attributes of every event; each is a header with `ce_` before its name."""

ALWAYS = ("specversion", "id", "type", "source", "tenant")
"""Those without which a message is unreadable (`shared/envelope.py`)."""


class _Wire(GenerateJsonSchema):
    """Types as they stand on the wire, in the same words in both directions."""

    schema_dialect = DRAFT

    def decimal_schema(self, _schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Written as text, always; read as a number too."""
        text = {"type": "string", "pattern": DECIMAL}
        return text if self.mode == "serialization" else {"anyOf": [text, {"type": "number"}]}

    def time_schema(self, _schema: core_schema.TimeSchema) -> JsonSchemaValue:
        """The clock on the wall; the format `time` would demand an offset."""
        return {"type": "string", "pattern": TIME}

    def ser_schema(self, _schema: Any) -> JsonSchemaValue | None:
        """What we write is what we read: how a type is serialized says less than the type itself."""
        return None

    def field_title_should_be_set(self, _schema: Any) -> bool:
        """A title that repeats the name says nothing."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """The model with the sentences of its fields. Its own docstring speaks to readers of the code, not to these."""
        found = super().model_schema(schema)
        described = _sentences(schema["cls"])
        fields = found["properties"]
        found["properties"] = {name: {**field, "description": described[name]} for name, field in fields.items()}
        found.pop("description", None)
        return found


def _sentences(model: type[BaseModel]) -> Mapping[str, str]:
    """What each field means; a field without a sentence is an error."""
    named = [SENTENCES.get(one.__name__.partition("[")[0], {}) for one in reversed(model.__mro__)]
    found = {name: text for sentences in named for name, text in sentences.items()}
    missing = [name for name in model.model_fields if name not in found]
    if missing:
        raise LookupError(f"docs/generator/fields.toml has no sentence for {', '.join(missing)} of {model.__name__}")
    return found


def body_schema(event: Event) -> Schema:
    """What the body of an event holds, complete in itself."""
    head = {"$schema": DRAFT, "$id": event.type, "title": event.title}
    if event.model is None:
        return {**head, "description": "A tombstone: the message has no body.", "type": "null"}
    mode: JsonSchemaMode = "serialization" if event.direction == "published" else "validation"
    schema = event.model.model_json_schema(mode=mode, schema_generator=_Wire)
    return {**head, **{name: value for name, value in schema.items() if name not in head}}


def header_schema(event: Event) -> Schema:
    """The headers of an event: the CloudEvents attributes and its own."""
    properties = {f"ce_{name}": _header(event, name, text) for name, text in (*ENVELOPE.items(), *event.attributes)}
    required = ALWAYS if event.direction != "published" else tuple(ENVELOPE)
    own = [name for name, _ in event.attributes if name not in event.optional]
    return {"type": "object", "properties": properties, "required": [f"ce_{name}" for name in (*required, *own)]}


def _header(event: Event, name: str, text: str) -> Schema:
    fixed = {"specversion": "1.0", "type": event.type}
    shape = {"const": fixed[name]} if name in fixed else {"format": "date-time"} if name == "time" else {}
    return {"type": "string", **shape, "description": text}
