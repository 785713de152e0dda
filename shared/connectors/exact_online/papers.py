"""The calls that process invoices, and those for documents and their attachments (Exact fact sheet, section 8)."""

from __future__ import annotations

from shared.errors import Rejected, Uncertain, WorkError
from shared.mapping import Receipt, Request

from . import odata
from .calls import Calls
from .models import Id, Row, SalesInvoice, Text

PROCESSED = 50
"""`SalesInvoices.Status` of an invoice that is numbered and booked."""


class PrintedInvoice(Row):
    """`salesinvoice/PrintedSalesInvoices`: the answer. A success status says nothing, these fields do (section 8)."""

    DocumentCreationError: Text = None
    EmailCreationError: Text = None
    PeppolCreationError: Text = None

    @property
    def problems(self) -> str:
        """What went wrong, in Exact's words; empty when nothing did."""
        told = (self.DocumentCreationError, self.EmailCreationError, self.PeppolCreationError)
        return " ".join(error for error in told if error)


class Paper(Row):
    """`documents/Documents`: a sheet in the archive."""

    ID: Id


class Attachment(Row):
    """`documents/DocumentAttachments`. The file itself is null in every answer (section 8)."""

    ID: Id
    FileName: Text = None


class Papers(Calls):
    """What a client does with printed invoices, documents and attachments."""

    async def print_invoice(self, request: Request) -> Receipt:
        """Process an invoice. Its number is read from the invoice itself, which also tells whether it was processed.

        What went wrong stands in fields of a successful answer (section 8): `Rejected` with them if the invoice is
        still open, nothing if only its paper failed.
        """
        answer = await self._create(request, PrintedInvoice)
        try:
            done = await self.processed_invoices(request.body["InvoiceID"])
        except WorkError as error:
            raise Uncertain(f"it was processed, but could not be read back: {error.reason}") from error
        if done:
            return done[0]
        if answer.problems:
            raise Rejected(f"Exact Online refused: {answer.problems}", vendor_says=answer.problems)
        raise Uncertain("Exact Online did not say whether it processed the invoice.")

    async def processed_invoices(self, id: str) -> list[Receipt]:
        """The invoice if it is processed, else nothing. Read by its key: a search may lag behind the write."""
        path = f"{self._path('salesinvoice/SalesInvoices')}({odata.guid(id)})"
        row = await self._one(path, SalesInvoice)
        if row.Status != PROCESSED or row.InvoiceNumber is None:
            return []
        return [Receipt(row.InvoiceID, str(row.InvoiceNumber), customer=row.OrderedBy, total_excl=row.AmountFCExclVat)]

    async def create_document(self, request: Request) -> Receipt:
        """Create a document: an empty sheet in the archive that files are attached to."""
        return Receipt((await self._create(request, Paper)).ID)

    async def documents_by_subject(self, subject: str) -> list[Receipt]:
        """All documents with this subject."""
        filters = f"Subject eq {odata.text(subject)}"
        return [Receipt(row.ID) for row in await self._all(self._path("documents/Documents"), Paper, filters)]

    async def attach(self, request: Request) -> Receipt:
        """Attach a file to a document."""
        return Receipt((await self._create(request, Attachment)).ID)

    async def attachments(self, document: str, file_name: str) -> list[Receipt]:
        """The files of this name on a document."""
        filters = f"Document eq {odata.guid(document)}"
        rows = await self._all(self._path("documents/DocumentAttachments"), Attachment, filters)
        return [Receipt(row.ID) for row in rows if row.FileName == file_name]

    async def tie(self, request: Request) -> Receipt:
        """Change the one field that ties a document of the archive to one of the books. The answer is empty."""
        await self._http.write(request)
        return Receipt(odata.key_of(request.path))

    async def tied(self, request: Request) -> list[Receipt]:
        """The record that `request` changes, if it says what `request` would make it say."""
        (field, wanted), *_ = request.body.items()
        row = odata.single(await self._http.read(request.path, {"$select": field}))
        is_so = str(row.get(field) or "").lower() == str(wanted).lower()
        return [Receipt(odata.key_of(request.path))] if is_so else []
