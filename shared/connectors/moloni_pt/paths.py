"""The addresses of calls. Pure (Moloni PT fact sheet, section 2, URL and human_errors)."""


def path(cls: str, method: str) -> str:
    """A call whose body is JSON, and whose errors come with a description."""
    return f"/v1/{cls}/{method}/?json=true&human_errors=true"


INSERT_CUSTOMER = path("customers", "insert")
