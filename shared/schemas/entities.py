"""Normalized records of an accounting package, as the importers publish them."""

from datetime import date, time
from decimal import Decimal
from typing import ClassVar, Literal

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


class ProductCategory(Entity):
    """A group of products; `Product.category` and `HourType.category` hold its code. `parent` is a code too."""

    kind: ClassVar[str] = "product_category"

    name: str
    parent: str | None = None


class HourType(Entity):
    """What worked hours are booked on. `price` (to the customer) and `cost_price` are per hour, without VAT."""

    kind: ClassVar[str] = "hour_type"

    name: str
    price: Exact | None = None
    cost_price: Exact | None = None
    currency: Currency | None = None
    category: str | None = None
    vat_code: str | None = None
    active: bool = True


class Employee(Entity):
    """Somebody who works for the administration's company. `name` is the full name, as the package shows it."""

    kind: ClassVar[str] = "employee"

    name: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    active: bool = True


class Payment(Entity):
    """The settlement state of one invoice, as it is now: an invoice that was paid may be open again.

    `document_id` is the package's id of the booked invoice, `reference` what its maker wrote on it (for a document of
    the platform: its number); the event's `platform_id` is the platform's id of the document, when it came from there.
    Amounts include VAT, are in `currency` and have no sign: a credit note is open for what is still to be paid back.
    """

    kind: ClassVar[str] = "payment"

    invoice_number: str | None = None
    document_id: str | None = None
    reference: str | None = None
    paid: bool
    open_amount: Exact
    total: Exact
    currency: Currency | None = None
    due_date: date | None = None
    last_payment_date: date | None = None


class OrderLine(Frozen):
    """What is to be done or delivered: `quantity` x `unit_price` less `discount_percentage`, without VAT.

    `code` is that of the product or hour type, where the line names one.
    """

    code: str | None = None
    description: str = ""
    quantity: Exact | None = None
    unit: str | None = None
    unit_price: Exact | None = None
    discount_percentage: Exact = Decimal(0)
    vat_code: str | None = None


class Order(Entity):
    """Work that the package knows of before the platform does; a work order made of it names it (`WorkOrder.order`).

    `order_type` is what it is, in one word of ours (`service_list`, `sales_order`, `shop_order`, `assembly_order`),
    `code` its number. `status`: `draft` can still change, `open` is agreed upon, `done` is delivered, invoiced or
    closed; `vendor_status` is the package's own word or code for it. `customer` is the vendor id of its relation,
    `due_date` when it is to be done or delivered. Totals are in `currency`. The event's `platform_id` is that of the
    document of the platform that the order was made of, if it was.
    """

    kind: ClassVar[str] = "order"

    order_type: str
    status: Literal["draft", "open", "done", "cancelled"]
    vendor_status: str | None = None
    order_date: date
    due_date: date | None = None
    customer: str | None = None
    customer_name: str | None = None
    reference: str | None = None
    description: str | None = None
    project: str | None = None
    currency: Currency | None = None
    total_excl: Exact | None = None
    total_incl: Exact | None = None
    lines: tuple[OrderLine, ...] = ()


class QuotationLine(OrderLine):
    """What is offered. `optional`: the customer may leave it out."""

    optional: bool = False


class Quotation(Entity):
    """What was offered to a customer; `code` is its number, `version` counts how often it was changed.

    `status`: `draft` is still being written, `open` is with the customer; `vendor_status` is the package's own code.
    `customer` is the vendor id of its relation. The total is in `currency`.
    """

    kind: ClassVar[str] = "quotation"

    version: int | None = None
    status: Literal["draft", "open", "accepted", "rejected", "closed"]
    vendor_status: str | None = None
    quotation_date: date
    valid_until: date | None = None
    customer: str | None = None
    customer_name: str | None = None
    reference: str | None = None
    description: str | None = None
    currency: Currency | None = None
    total_incl: Exact | None = None
    lines: tuple[QuotationLine, ...] = ()


class Warehouse(Entity):
    """Where stock is kept: a building, a van. `main`: the one that is meant where none is named."""

    kind: ClassVar[str] = "warehouse"

    name: str
    main: bool = False


class PriceAgreement(Entity):
    """What one customer pays for a product or an hour type, from `from_quantity` on; `price` excludes VAT.

    `customer` and `product` are vendor ids, `product_code` the code of the latter where the package tells it.
    """

    kind: ClassVar[str] = "price_agreement"

    customer: str
    customer_name: str | None = None
    product: str
    product_code: str | None = None
    price: Exact
    currency: Currency | None = None
    unit: str | None = None
    from_quantity: Exact | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class DeliveryLine(Frozen):
    """What was delivered. `order_number` is the `code` of the order that it was delivered on."""

    code: str | None = None
    description: str = ""
    quantity: Exact
    ordered: Exact | None = None
    order_number: str | None = None


class GoodsDelivery(Entity):
    """Goods that left a warehouse for a customer; `code` is its number, `customer` the vendor id of the relation."""

    kind: ClassVar[str] = "goods_delivery"

    delivery_date: date
    customer: str | None = None
    customer_name: str | None = None
    warehouse: str | None = None
    description: str | None = None
    tracking_number: str | None = None
    lines: tuple[DeliveryLine, ...] = ()


class PlannedWork(Entity):
    """Somebody's work that was planned in the package: by whom, on what, from when to when.

    Dates and times are the clock on the wall there. `employee`, `hour_type` and `customer` are vendor ids, `project`
    the package's id of the project. `confirmed` False: the time is only reserved.
    """

    kind: ClassVar[str] = "planned_work"

    description: str
    confirmed: bool = True
    employee: str
    hour_type: str | None = None
    project: str | None = None
    customer: str | None = None
    start_date: date
    start_time: time | None = None
    end_date: date
    end_time: time | None = None
    hours: Exact | None = None
    remark: str | None = None


_KINDS: tuple[type[Entity], ...] = (
    Relation, Product, ProductCategory, HourType, Employee, Payment, Order,
    Quotation, Warehouse, PriceAgreement, GoodsDelivery, PlannedWork,
)  # fmt: skip

ENTITY_KINDS: dict[str, type[Entity]] = {entity.kind: entity for entity in _KINDS}
"""Every kind there is, by name."""
