"""The one path of the service: `/soap.asmx` (e-Boekhouden fact sheet, section 1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import envelopes
from .envelopes import Malformed, Spelling, TooLong, Values, element
from .queries import Reading
from .sessions import Session, Sessions
from .store import Books
from .words import Refused
from .writes import Writing

if TYPE_CHECKING:
    from shared.sandbox.lag import Lag

    from .seed import Company

PATH = "/soap.asmx"


def operation(headers: Mapping[str, str], _body: bytes) -> str:
    """The operation a call asks for, by its SOAPAction (section 1)."""
    return headers.get("soapaction", "").strip('"').rpartition("/")[2]


class Api:
    """Answers calls. `books` gives an administration by GUID, `lag` what searches do not show yet."""

    def __init__(
        self,
        sessions: Sessions,
        companies: Mapping[str, Company],
        books: Callable[[str], Books],
        lag: Callable[[], Lag],
        today: Callable[[], date],
        reading: Reading,
        writing: Writing,
    ) -> None:
        self._sessions = sessions
        self._companies = companies
        self._books = books
        self._lag = lag
        self._today = today
        self.reading = reading
        self.writing = writing
        self.routes = [Route(PATH, self._serve, methods=["POST"])]

    @property
    def _spelling(self) -> Spelling:
        return self.reading.spelling

    async def _serve(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "text/xml":
            return Response(status_code=415)
        action = operation({"soapaction": request.headers.get("soapaction", "")}, b"")
        try:
            result = self._result(action, envelopes.read(await request.body(), action))
        except Malformed as problem:
            return Response(envelopes.fault("Client", str(problem)), 500, media_type="text/xml")
        except TooLong as field:
            refused = Refused("SANDBOX.LENGTH", field=field)
            result = self._spelling.error(refused.code, refused.words)
        return Response(envelopes.answer(action, result), media_type="text/xml")

    def _result(self, action: str, asked: Values) -> str:
        try:
            match action:
                case "OpenSession":
                    return self._opened(self._sessions.open(asked))
                case "OpenSessionSub":
                    return self._opened(self._sessions.open_sub(asked))
            return self._in_session(action, asked, self._sessions.find(asked))
        except Refused as refused:
            return self._spelling.error(refused.code, refused.words)

    def _opened(self, session: str) -> str:
        return self._spelling.error("", "") + element("SessionID", session)

    def _in_session(self, action: str, asked: Values, session: Session) -> str:
        books, lag = self._books(session.administration), self._lag()
        operations: Mapping[str, Callable[[], str]] = {
            "GetAdministraties": lambda: self._administrations(session),
            "GetRelaties": lambda: self.reading.relations(books, asked, lag.search("relations")),
            "AddRelatie": lambda: self.writing.add_relation(
                books, asked, self._today(), lambda id: lag.note("relations", id)
            ),
            "GetArtikelen": lambda: self.reading.article_list(books, asked),
            "AddFactuur": lambda: self.writing.add_invoice(books, asked, lambda number: lag.note("invoices", number)),
            "GetFacturen": lambda: self.reading.invoices(books, asked, lag.search("invoices")),
            "GetGrootboekrekeningen": lambda: self.reading.ledgers(books, asked),
            "GetKostenplaatsen": lambda: self.reading.cost_centres(books),
        }
        return operations[action]()

    def _administrations(self, session: Session) -> str:
        """Those the user may open; for anybody but an accountant that is their own (the sheet does not say)."""
        rows = [self._companies[guid] for guid in session.user.administrations]
        records = [
            self._spelling.record(
                "cAdministratie",
                {"Bedrijf": one.name, "Plaats": one.city, "Guid": one.guid, "StartBoekjaar": "01-01-2026"},
            )
            for one in rows
        ]
        return self._spelling.error("", "") + self._spelling.container("Administraties", records)
