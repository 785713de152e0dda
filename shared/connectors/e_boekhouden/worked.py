"""The lines of a work order: materials and worked hours. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from shared.billed import materials, worked
from shared.errors import Rejected, Unmappable, Unsupported
from shared.schemas.documents import HoursLine, MaterialLine

from .gathered import Gathered, WorkOrderJob, hour_article
from .lines import Line, line, named
from .models import Artikel


def lines(job: WorkOrderJob, gathered: Gathered) -> list[Line]:
    """What is billed, in the order the user chose; `Unsupported` when there is nothing."""
    used = [_material(one, job, gathered) for one in materials(job.document)]
    worked = list(_hours(job, gathered))
    found = [*worked, *used] if job.settings.line_order == "hours_first" else [*used, *worked]
    if not found:
        raise Unsupported(f"Work order {job.document.number} has no lines to bill, so there is no document to make.")
    return found


def _material(used: MaterialLine, job: WorkOrderJob, gathered: Gathered) -> Line:
    """A material need not be an article: then its own words, price, VAT and ledger are all there is."""
    article = gathered.articles.get(used.code)
    return line(
        job,
        gathered,
        article,
        code=used.code,
        text=used.description,
        quantity=used.quantity,
        price=_material_price(used, article, job),
        percentage=used.vat_percentage,
        discount=used.discount_percentage,
        own_vat_code=used.vat_code,
        own_ledger=used.ledger,
    )


def _material_price(used: MaterialLine, article: Artikel | None, job: WorkOrderJob) -> Decimal:
    if used.unit_price is not None:
        return used.unit_price
    if article is None:
        raise Rejected(
            f"Item {used.code} on {named(job)} has no price, and is not in e-Boekhouden. Give it a price on the "
            "platform, or add the article, and send the work order again."
        )
    return article.VerkoopprijsExclBTW


def _hours(job: WorkOrderJob, gathered: Gathered) -> Iterator[Line]:
    """One line for each worked period, none of zero hours. Raises `Unmappable` for what a setting has to decide."""
    for period, quantity in worked(job.document, job.settings):
        article = _hour_article(period, job, gathered)
        yield line(
            job,
            gathered,
            article,
            code=article.ArtikelCode or "",
            text=period.remark,
            quantity=quantity,
            price=_hour_price(period, article, job),
            percentage=period.vat_percentage,
        )


def _hour_article(period: HoursLine, job: WorkOrderJob, gathered: Gathered) -> Artikel:
    code = hour_article(period.hour_type, job.settings)
    if article := gathered.articles.get(code or ""):
        return article
    if period.hour_type:
        # Nothing else is taken for them: hours at the wrong price are worse than hours that wait.
        raise Unmappable(
            "hour_types",
            f"Hour type {period.hour_type} on {named(job)} is not in e-Boekhouden (article {code}). Choose an article "
            "for it in the settings.",
            key=period.hour_type,
        )
    if code:
        raise Unmappable(
            "default_hour_type", f"Article {code}, chosen for hours, is not in e-Boekhouden. Choose another."
        )
    raise Unmappable(
        "default_hour_type", f"Hours on {named(job)} have no hour type. Choose an article for them in the settings."
    )


def _hour_price(period: HoursLine, article: Artikel, job: WorkOrderJob) -> Decimal:
    """Per hour: the work order's, the article's unless that is zero, the chosen one."""
    price = period.unit_price if period.unit_price is not None else article.VerkoopprijsExclBTW or None
    price = job.settings.hour_price if price is None else price
    if price is None:
        raise Unmappable(
            "hour_price",
            f"Hours on {named(job)} have no price, and article {article.ArtikelCode} has none in e-Boekhouden. Set an "
            "hour price in the settings.",
        )
    return price
