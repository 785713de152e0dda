"""Who may log in to the pretend Moloni, and the companies they open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.sandbox.oauth import User

DEMO_COMPANY = 5
"""The vendor's own, which every user sees (Moloni PT fact sheet, section 1, Choosing)."""


@dataclass(frozen=True)
class Company:
    """One company; `place` tells its ids from those of others."""

    id: int
    name: str
    place: int


COMPANIES = {
    one.id: one
    for one in (
        Company(9001, "Instalações do Norte Lda", 0),
        Company(9002, "Climatização do Tejo Lda", 1),
        Company(DEMO_COMPANY, "Empresa de Demonstração", 2),
    )
}

USERS = (
    User("301", "Joana Ferreira", "joana@example.test"),
    User("302", "Rui Marques", "rui@example.test"),
)
_OPENED = {"301": (DEMO_COMPANY, 9001, 9002), "302": (DEMO_COMPANY, 9002)}


def opened(user: User) -> list[Company]:
    """The companies a user may work in."""
    return [COMPANIES[id] for id in _OPENED[user.id]]


def company_row(company: Company) -> dict[str, Any]:
    """A company as `companies/getAll` lists it."""
    return {
        "company_id": company.id, "name": company.name, "email": "geral@example.test", "vat": "500000000",
        "address": "Rua do Almada 10", "city": "Porto", "zip_code": "4050-030", "country_id": 1, "image": "",
        "country": {"country_id": 1, "iso_3166_1": "pt", "name": "Portugal"}, "confirmed": 1, "currency_id": 1,
        "currency": {"currency_id": 1, "symbol": "€", "symbol_right": 1},
    }  # fmt: skip


def me(user: User) -> dict[str, Any]:
    """`users/getMe`."""
    return {"user_id": int(user.id), "name": user.name, "email": user.email, "language_id": 1}
