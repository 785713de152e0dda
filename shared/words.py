"""Names of kinds and document types as people read them."""


def singular(name: str) -> str:
    """`sales_order` as "sales order"."""
    return name.replace("_", " ")


def plural(name: str) -> str:
    """`product_category` as "product categories"."""
    words = singular(name)
    return f"{words.removesuffix('y')}ies" if words.endswith("ry") else f"{words}s"
