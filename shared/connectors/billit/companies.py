"""Which companies a login may work for, and which headers name them on a call (Billit fact sheet, section 1). Pure.

An administration's code is what the headers hold: `610001`, or `630001/620001` where an accountant's company comes into
it as well. The pages contradict each other on which of the two headers names the client, so that is tried at login, and
the code keeps what worked.
"""

from dataclasses import dataclass

from shared.schemas.connections import Administration

from .models import Account, Company

_ACCOUNTANT = "accountant"


@dataclass(frozen=True)
class Clients:
    """The companies that a user opens as an accountant, and the company from which they do."""

    companies: tuple[Company, ...]
    office: Company


def headers(code: str) -> dict[str, str]:
    """The headers of calls for this administration."""
    party, _, context = code.partition("/")
    return {"PartyID": party} | ({"ContextPartyID": context} if context else {})


def own(account: Account) -> list[Company]:
    """The companies that are the user's own."""
    theirs = _as_accountant(account)
    return [company for company in account.Companies if company.APIAllowed and company.PartyID not in theirs]


def clients(account: Account) -> Clients | None:
    """What the user opens as an accountant; None when there is nothing, or no company from which to do so."""
    theirs, offices = _as_accountant(account), own(account)
    found = tuple(company for company in account.Companies if company.APIAllowed and company.PartyID in theirs)
    return Clients(found, offices[0]) if found and offices else None


def code(client: Company, office: Company, *, swapped: bool) -> str:
    """An accountant's code for a client. `swapped`: the header `PartyID` names the accountant's company."""
    first, second = (office, client) if swapped else (client, office)
    return f"{first.PartyID}/{second.PartyID}"


def administration(company: Company, code: str | None = None) -> Administration:
    """A company as an administration."""
    name = company.Name or company.CommercialName or str(company.PartyID)
    country = company.CountryCode
    return Administration(code=code or str(company.PartyID), name=name, country=country)


def offered(found: Clients, *, swapped: bool) -> list[Administration]:
    """All clients as administrations, named in the way that opens their books."""
    return [administration(client, code(client, found.office, swapped=swapped)) for client in found.companies]


def _as_accountant(account: Account) -> set[int]:
    return {
        role.PartyID
        for role in account.UserCompanyRoles
        if any(_ACCOUNTANT in name.lower() for name in role.UserRoleTypes)
    }
