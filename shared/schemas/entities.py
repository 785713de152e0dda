"""Normalized records of an accounting package, as the importers publish them."""

from typing import ClassVar

from pydantic import Field

from shared.schemas.base import Frozen
from shared.schemas.documents import Address
from shared.schemas.money import Currency, Exact


class Entity(Frozen):
    """Base of all kinds. `kind` names the topic (`entities.<kind>`); `vendor_id` is the package's own key."""

    kind: ClassVar[str]

    vendor_id: str = Field(min_length=1)
    code: str | None = None
    """The number or code a user knows the record by; also how a document line names it."""


class Relation(Entity):
    """A customer (or supplier, or prospect) of the administration."""

    kind: ClassVar[str] = "relation"

    name: str
    address: Address = Address()
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    vat_number: str | None = None
    coc_number: str | None = None
    language: str | None = None
    relation_type: str | None = None
    active: bool = True
    blocked: bool = False


class Product(Entity):
    """An article. `price` excludes VAT; `vat_code` and `vat_percentage` are the package's own for this article."""

    kind: ClassVar[str] = "product"

    description: str
    extra_description: str | None = None
    unit: str | None = None
    price: Exact | None = None
    currency: Currency | None = None
    category: str | None = None
    vat_code: str | None = None
    ledger: str | None = None
    barcode: str | None = None
    active: bool = True


ENTITY_KINDS: dict[str, type[Entity]] = {entity.kind: entity for entity in (Relation, Product)}
"""Every kind there is, by name."""
