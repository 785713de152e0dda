"""Direct debit, for customers whose mandate the user has named. Pure (e-Boekhouden fact sheet, section 4, cFactuur)."""

from typing import Any

from shared.errors import Rejected

from . import lengths
from .gathered import BillJob, Gathered, payer
from .lines import named

_CONTINUOUS = "D"


def direct_debit(job: BillJob, gathered: Gathered) -> dict[str, Any]:
    """The fields of a direct debit; none for customers without a mandate.

    The mandate's id is the customer's number, the account that of the relation. Whether it is the first collection is
    not known to us: it is sent as a later one. Raises `Rejected` when the relation does not say what a debit needs.
    """
    customer = payer(job.document)
    signed = job.settings.mandates.get(customer.debtor_number)
    if signed is None:
        return {}
    lengths.must_fit(job.reference, lengths.NUMBER, f"The number of {named(job)}")
    account = gathered.relation
    if account is None or not (account.IBAN and account.Plaats and account.Bedrijf):
        raise Rejected(
            f"{named(job).capitalize()} is to be collected from {customer.name} ({customer.debtor_number}), whose "
            "relation in e-Boekhouden lacks a name, a place or an IBAN. Enter them there and send the document again."
        )
    return {
        "AutomatischeIncasso": True,
        "IncassoIBAN": account.IBAN,
        "IncassoMachtigingSoort": _CONTINUOUS,
        "IncassoMachtigingID": customer.debtor_number,
        "IncassoMachtigingDatumOndertekening": signed.isoformat(),
        "IncassoRekeningNummer": account.IBAN,
        "IncassoTnv": account.Bedrijf,
        "IncassoPlaats": account.Plaats,
        "IncassoOmschrijvingRegel1": job.reference,
    }
