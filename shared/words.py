"""Names of kinds, flows and document types as people read them."""

from collections.abc import Mapping

from shared.schemas.documents import Flow

FLOWS: Mapping[Flow, str] = {"workorder": "work order", "invoice": "invoice", "relation": "relation"}
"""What documents of a flow are called."""


def singular(name: str) -> str:
    """`sales_order` as "sales order"."""
    return name.replace("_", " ")


def plural(name: str) -> str:
    """`product_category` as "product categories"."""
    words = singular(name)
    if words.endswith("work"):
        return words  # "planned work" is not counted
    return f"{words.removesuffix('y')}ies" if words.endswith("ry") else f"{words}s"
