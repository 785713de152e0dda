"""The kinds of documents that are made, and their operations (Moloni Spain fact sheet, section 4). Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentKind:
    """A kind by its name in Moloni, and what it is called in sentences.

    The operations named `proven` ask for nothing but what a source proves.
    """

    code: str
    title: str

    @property
    def create(self) -> str:
        """Makes one."""
        return f"{self.code}Create"

    @property
    def update(self) -> str:
        """Changes one, or closes it."""
        return f"{self.code}Update"

    @property
    def one(self) -> str:
        """Reads one."""
        return self.code

    @property
    def many(self) -> str:
        """Lists them."""
        return f"{self.code}s"

    @property
    def proven_one(self) -> str:
        """Reads one."""
        return f"proven{self._capital}"

    @property
    def proven_many(self) -> str:
        """Lists them."""
        return f"proven{self._capital}s"

    @property
    def _capital(self) -> str:
        return self.code[0].upper() + self.code[1:]


INVOICE = DocumentKind("invoice", "invoice")
ORDER = DocumentKind("purchaseOrder", "purchase order")
"""A customer's order: the official plugin makes it for customers (section 4)."""
