"""Who may log in to the pretend Billit, and on whose books they may work (Billit fact sheet, section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.sandbox.oauth import User

from .refusals import Refusal

Spelling = Literal["client", "office"]
"""Which company the header `PartyID` names when an accountant works for a client; `ContextPartyID` names the other."""


@dataclass(frozen=True)
class Company:
    """A company with its VAT number. `api` False: Billit does not let apps in."""

    id: int
    name: str
    vat_number: str
    country: str = "BE"
    api: bool = True

    @property
    def shown(self) -> dict[str, Any]:
        """As `accountInformation` lists it."""
        return {
            "PartyID": self.id, "Name": self.name, "VATNumber": self.vat_number, "CountryCode": self.country,
            "APIAllowed": self.api,
        }  # fmt: skip


COMPANIES = {
    company.id: company
    for company in (
        Company(610001, "Atelier Noord BV", "BE0999999922"),
        Company(610002, "Noord Projecten BV", "BE0477472701"),
        Company(610003, "Noord Archief BV", "BE0403170701", api=False),
        Company(620001, "Fiduciaire Claes", "BE0428759497"),
        Company(630001, "Garage Maes", "BE0776091951"),
    )
}
ROLES: Mapping[str, Mapping[int, str]] = {
    "k.peeters@example.test": {610001: "Admin", 610002: "User", 610003: "Admin"},
    "l.claes@example.test": {630001: "Accountant", 620001: "Admin"},
    "s.maes@example.test": {630001: "Admin"},
}
"""By user: the companies they can open, and as what."""
USERS = tuple(
    User(email, name, email)
    for email, name in (
        ("k.peeters@example.test", "Karel Peeters"),
        ("l.claes@example.test", "Lotte Claes"),
        ("s.maes@example.test", "Sofie Maes"),
    )
)


def account(user: User) -> dict[str, Any]:
    """`accountInformation`."""
    first, _, last = user.name.partition(" ")
    roles = ROLES[user.id]
    return {
        "Email": user.email, "FirstName": first, "LastName": last,
        "Companies": [COMPANIES[id].shown for id in roles],
        "UserCompanyRoles": [{"PartyID": id, "UserRoleTypes": [role]} for id, role in roles.items()],
    }  # fmt: skip


def company_of(user: User, headers: Mapping[str, str], spelling: Spelling) -> int:
    """Whose books a call is about; 401 for those that the user may not open, or may open only as an accountant."""
    roles = ROLES[user.id]
    party, context = (_id(headers.get(name)) for name in ("partyid", "contextpartyid"))
    client, office = (party, context) if spelling == "client" else (context, party)
    if context is None:
        # Without a header: the only company, else nobody knows (section 1, No PartyID header).
        client = party or (next(iter(roles)) if len(roles) == 1 else None)
    allowed = roles.get(client or 0) is not None and COMPANIES[client or 0].api
    as_accountant = roles.get(client or 0) == "Accountant"
    with_office = context is not None and roles.get(office or 0) not in {None, "Accountant"}
    if client is None or not allowed or as_accountant != with_office:
        raise Refusal(401, "Unauthorized", "This company can not be opened.")
    return client


def _id(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
