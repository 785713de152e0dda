"""What our documents carry so that they are made once and found again. Pure."""

import re
from hashlib import sha256

from stdnum.be import ogm_vcs

from shared.mapping import Job
from shared.schemas.documents import SourceDocument

from .settings import Settings

AnyJob = Job[SourceDocument, Settings]

_LENGTH = 40
_BASE = 10
"""Digits of a structured payment reference, without the check digits."""


def idempotency(job: AnyJob, what: str) -> dict[str, str]:
    """The key of one write: what it is of which revision, in which company (section 2, Idempotency header).

    The documentation has two spellings, and only one of them can be right: both are sent. Whether keys count per
    company is not known (section 6), so the company is in it. Letters and digits only.
    """
    document = job.document
    parts = (job.administration.code, type(document).__name__, document.id, document.revision, job.reference, what)
    key = sha256("|".join(map(str, parts)).encode()).hexdigest()[:_LENGTH]
    return {"Idempotency-Key": key, "Idempotent-Key": key}


def payment_reference(number: str) -> str | None:
    """The structured reference of an invoice number: its digits, filled up to ten, and two check digits.

    None when the number has no digits, or more than ten: Billit then makes one of its own.
    """
    digits = re.sub(r"[^0-9]", "", number)
    if not 0 < len(digits) <= _BASE:
        return None
    base = digits.rjust(_BASE, "0")
    structured: str = ogm_vcs.format(base + ogm_vcs.calc_check_digits(base))
    return f"+++{structured.strip('+')}+++"
