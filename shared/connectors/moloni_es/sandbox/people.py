"""Who may log in to the pretend Moloni Spain, and which companies they may open (fact sheet, section 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.sandbox.oauth import User


@dataclass(frozen=True)
class Company:
    """A company. `confirmed` False: nobody has finished making it; the official plugins skip it."""

    id: int
    name: str
    slug: str
    vat: str
    city: str = "Madrid"
    confirmed: bool = True
    currency: str = "EUR"

    @property
    def shown(self) -> dict[str, Any]:
        """As `company` gives it."""
        return {
            "companyId": self.id, "isConfirmed": self.confirmed, "name": self.name, "slug": self.slug,
            "email": f"info@{self.slug}.example", "address": "Calle Mayor 1", "city": self.city, "zipCode": "28013",
            "vat": self.vat, "country": {"countryId": 70},
            "fiscalZone": {"fiscalZone": "ES", "fiscalZoneFinanceTypes": [{"id": 1, "name": "IVA"}]},
            "currency": {"currencyId": 1, "iso4217": self.currency},
            "subscription": {"subscriptionId": self.id * 7, "plan": {"planId": 4, "code": "FLEX"}},
        }  # fmt: skip


COMPANIES = {
    company.id: company
    for company in (
        Company(501, "Instalaciones Sierra SL", "instalaciones-sierra", "B12345674"),
        Company(502, "Sierra Mantenimiento SL", "sierra-mantenimiento", "B87654321", city="Toledo"),
        Company(503, "Sierra en formación", "sierra-formacion", "", confirmed=False),
        Company(504, "Talleres Prado SA", "talleres-prado", "A58818501", city="Barcelona"),
    )
}
ROLES = {"9001": (501, 502, 503), "9002": (504,)}
"""By user: the companies they may open."""

USERS = tuple(
    User(id, name, email, {str(company): COMPANIES[company].name for company in ROLES[id]})
    for id, name, email in (
        ("9001", "Lucía Sierra", "lucia@example.test"),
        ("9002", "Jorge Prado", "jorge@example.test"),
    )
)
