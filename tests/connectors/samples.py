"""Golden samples: what each connector makes of one record or document, kept as files that a reviewer reads.

An import case has its input in `<case>.vendor.json` (kind, settings, record) and its result in `<case>.hub.json`.
An export case has its input in `<case>.hub.json` (document, settings ...) and in `reads`, the package's answers to what
is gathered; the result is `draft` in `<case>.vendor.json`.

`python -m tests.connectors.samples NAME` writes the results anew; the diff is what to review.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared import connectors
from shared.access import Answer
from shared.connector import Connector
from shared.mapping import Draft, Job, LeftOut, Receipt
from shared.schemas import documents
from shared.schemas.connections import Administration
from shared.schemas.money import JsonFraction


@dataclass(frozen=True)
class Sample:
    """One case of one connector."""

    connector: Connector
    vendor: Path
    hub: Path

    def __str__(self):
        return f"{self.connector.name}-{self.hub.name.removesuffix('.hub.json')}"


class Answers:
    """A stand-in for the HTTP layer that gives recorded answers, in the order of the reads: JSON, or text (SOAP)."""

    def __init__(self, answers, whose=""):
        self._answers = list(answers)
        self.whose = whose

    async def read(self, *_):
        return self._answers.pop(0)

    search = read

    async def exchange(self, *_, **__):
        return Answer(200, {}, self._answers.pop(0))

    def with_headers(self, _):
        return self


def samples(name: str | None = None) -> Iterator[Sample]:
    """Every sample, or those of one connector."""
    for connector in connectors.all_connectors():
        folder = Path(connectors.__path__[0]) / connector.name / "samples"
        for vendor in sorted(folder.glob("*.vendor.json")):
            if name in (None, connector.name):
                yield Sample(connector, vendor, vendor.with_name(vendor.name.replace(".vendor.", ".hub.")))


def load(path: Path, **options):
    """One file of a sample."""
    return json.loads(path.read_text(), **options)


def expected(sample: Sample) -> object:
    """The result that is kept in the file."""
    hub = load(sample.hub)
    return load(sample.vendor)["draft"] if "document" in hub else hub


def actual(sample: Sample) -> object:
    """The result as the code makes it now. Fractions are read as the HTTP layer reads them: as text."""
    paths = (sample.hub, sample.vendor)
    hub, vendor = (load(path, parse_float=JsonFraction) if path.exists() else {} for path in paths)
    return _exported(sample.connector, hub, vendor) if "document" in hub else _imported(sample.connector, vendor)


def refresh(sample: Sample) -> None:
    """Write the result anew."""
    result = actual(sample)
    if sample.hub.exists() and "document" in load(sample.hub):
        _write(sample.vendor, load(sample.vendor) | {"draft": result})
    else:
        _write(sample.hub, result)


def _imported(connector: Connector, vendor):
    how = connector.import_of(vendor["kind"])
    settings = connector.settings.model_validate(vendor["settings"])
    result = how.map(how.model.model_validate(vendor["record"]), settings)
    if isinstance(result, LeftOut):
        return {"left_out": {"vendor_id": result.vendor_id, "reason": result.reason}}
    return {result.kind: result.model_dump(mode="json", exclude_defaults=True)}


def _exported(connector: Connector, hub, vendor):
    model = getattr(documents, hub["type"])
    job = Job(
        document=model.model_validate(hub["document"]),
        reference=hub["reference"],
        settings=connector.settings.model_validate(hub["settings"]),
        administration=Administration.model_validate(hub["administration"]),
        timezone=hub.get("timezone", "Europe/Amsterdam"),
        ensured=hub["ensured"],
        made={name: Receipt(**receipt) for name, receipt in hub.get("made", {}).items()},
    )
    how = connector.exports[model, hub["as"]]
    client = connector.client(Answers(vendor["reads"], hub.get("whose", "")), job.administration.code)
    return _plain(how.map(job, asyncio.run(how.gather(client, job))))


def _plain(draft: Draft):
    return {
        "method": draft.request.method,
        "path": draft.request.path,
        "body": json.loads(json.dumps(draft.request.body)),
        "customer": draft.customer,
        "total_excl": None if draft.total_excl is None else str(draft.total_excl),
        "currency": draft.currency,
        "day": None if draft.day is None else draft.day.isoformat(),
        "warnings": list(draft.warnings),
    }


def _write(path: Path, content) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    for each in samples(sys.argv[1]):
        refresh(each)
