"""What the platform publishes in one run, drawn from the seed: documents, and everything a real stream does to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from shared.envelope import Message
from shared.schemas.documents import Customer, Flow, InvoiceLine, MaterialLine
from tests.factories import completed, finalized, make_customer, make_invoice, make_work_order

PRICE = Decimal("12.50")
VAT = Decimal(21)


@dataclass
class Published:
    """One document. `totals`: of each revision, excluding VAT.

    By number: `work` is the work order that it is or bills, `credits` the invoice that it takes back.
    """

    tenant: str
    number: str
    debtor: str
    totals: dict[int, Decimal] = field(default_factory=dict)
    work: str | None = None
    credits: str | None = None


@dataclass(frozen=True)
class Sent:
    """One event: when, and what."""

    at: float
    message: Message


class Platform:
    """Plans one tenant's events for the next `span` seconds; `dense`: a turn's length apart, and each once.

    `flows`: which documents its package takes; all are about one `item`.
    """

    def __init__(
        self, tenant: str, random: Random, span: float, *, dense: bool, flows: Collection[Flow], item: str
    ) -> None:
        self.tenant = tenant
        self._item = item
        self._random = random
        self._span = 20.0 if dense else span
        self._gaps = [0.0, 0.5, 2.0] if dense else [0.0, 0.5, 30.0, 200.0]
        self._repeats = 0.0 if dense else 0.3
        self.documents: dict[str, Published] = {}
        self.sent: list[Sent] = []
        orders = random.choice([4, 6] if dense else [1, 2, 2, 3, 4])
        for n in range(orders if "workorder" in flows else 0):
            self._work_order(f"W{n}")
        invoices = random.choice([0, 0, 1, 1, 2]) if "workorder" in flows else orders
        for n in range(invoices if "invoice" in flows else 0):
            self._invoice(f"I{n}")
        self.sent.sort(key=lambda sent: sent.at)

    def again(self) -> list[Message]:
        """Every event once more: a back-fill."""
        return [sent.message for sent in self.sent]

    def _customer(self) -> Customer:
        """One of two, so that documents need the same new relation."""
        debtor = f"{self._random.choice([7001, 7002])}"
        return make_customer(debtor_number=debtor, name=f"Customer {debtor}", email=None)

    def _document(self, number: str, customer: Customer) -> Published:
        name = f"{self.tenant}-{number}"
        self.documents[name] = Published(self.tenant, name, customer.debtor_number)
        return self.documents[name]

    def _quantity(self, document: Published, revision: int, sign: int = 1) -> Decimal:
        quantity = Decimal(sign * self._random.randint(1, 9))
        document.totals[revision] = quantity * PRICE
        return quantity

    def _work_order(self, number: str) -> None:
        customer = self._customer()
        document = self._document(number, customer)
        document.work = document.number
        revisions = self._random.choices([1, 2, 3], [6, 3, 1])[0]
        messages = []
        for revision in range(1, revisions + 1):
            line = MaterialLine(
                code=self._item, quantity=self._quantity(document, revision), unit_price=PRICE, vat_percentage=VAT
            )
            order = make_work_order(document.number, customer=customer, revision=revision, materials=(line,), hours=())
            messages.append(completed(order, self.tenant))
        self._spread(messages)

    def _invoice(self, number: str) -> None:
        customer = self._customer()
        document = self._document(number, customer)
        orders = [name for name in self.documents if "-W" in name]
        if orders and self._random.random() < 0.4:
            document.work = self._random.choice(orders)
        quantity = self._quantity(document, 1)
        work = f"row-{document.work}" if document.work else None
        invoice = make_invoice(document.number, customer=customer, lines=(self._line(quantity),), work_order=work)
        self._spread([finalized(invoice, self.tenant)])
        if self._random.random() < 0.5:
            credit = self._document(f"C{number[1:]}", customer)
            credit.credits = document.number
            self._quantity(credit, 1, -1)
            note = make_invoice(
                credit.number,
                customer=customer,
                lines=(self._line(credit.totals[1] / PRICE),),
                type="credit",
                credits=invoice.id,
            )
            self._spread([finalized(note, self.tenant)])

    def _spread(self, messages: list[Message]) -> None:
        """In their order, mostly; now and then an older one comes late, or one comes twice."""
        moments = sorted(self._moments(len(messages)))
        if self._random.random() < 0.15:
            self._random.shuffle(messages)
        for at, message in zip(moments, messages, strict=True):
            self.sent.append(Sent(at, message))
            if self._random.random() < self._repeats:
                self.sent.append(Sent(at + self._random.random() * self._gaps[-1], message))

    def _moments(self, count: int) -> Iterator[float]:
        """Often close together: races need company."""
        begin = self._random.random() * self._span
        return (begin + self._random.choice(self._gaps) * self._random.random() for _ in range(count))

    def _line(self, quantity: Decimal) -> InvoiceLine:
        return InvoiceLine(
            code=self._item, description="Call-out", quantity=quantity, unit_price=PRICE, vat_percentage=VAT
        )
