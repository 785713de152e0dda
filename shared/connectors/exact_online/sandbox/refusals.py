"""How Exact says no (Exact fact sheet, sections 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Refusal(Exception):  # an answer to the caller, not an error of ours
    """An answer of 400 and above. `messages` are joined with CR LF in the envelope; without any the body is empty."""

    def __init__(self, status: int, messages: Iterable[str] = (), headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.message = "\r\n".join(messages)
        self.headers = dict(headers or {})
        super().__init__(f"{status} {self.message}")


def syntax(detail: str = "Bad Request - Error in query syntax.") -> Refusal:
    """400: the query or the body cannot be read."""
    return Refusal(400, [detail])


def bad_body(detail: str) -> Refusal:
    """400 of the OData layer on a body."""
    return syntax(f"Error processing request stream. {detail}")


def business(message: str) -> Refusal:
    """Business refusals are answered 500, in the user's language."""
    return Refusal(500, [message])


def duplicate() -> Refusal:
    """A unique code is taken."""
    return business("Gegeven bestaat reeds.")


def bad_reference(label: str) -> Refusal:
    """A referenced record is not in this division."""
    return business(f"Ongeldige referentie: {label}")


def missing(labels: Iterable[str]) -> Refusal:
    """400: mandatory fields are empty, all named at once."""
    return Refusal(400, [f"Verplicht: {label}" for label in labels])


def forbidden(reason: str) -> Refusal:
    """403 with the reason in a header only."""
    return Refusal(403, headers={"Reason": reason})
