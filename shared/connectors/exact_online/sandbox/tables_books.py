"""What is booked, what is owed and the papers to it (Exact fact sheet, section 8)."""

from __future__ import annotations

from .columns import columns
from .kinds import (
    ATTACHMENTS,
    COST_TYPES,
    DOCUMENTS,
    ENTRIES,
    ENTRY_LINES,
    HOUR_TYPES,
    ITEMS,
    RECEIVABLES,
    RECEIVABLES_LIST,
    TERMS,
    TRANSACTION_LINES,
    WEBHOOKS,
    WRITABLE,
    Resource,
    stored,
)

_TERM = stored(
    "ID G r", "Account G", "AccountCode S <18", "AccountName S", "InvoiceNumber I32", "InvoiceDate DT", "DueDate DT",
    "TransactionDueDate DT", "AmountDC D", "AmountFC D", "TransactionAmountDC D", "TransactionAmountFC D", "Currency S",
    "IsFullyPaid B =false", "LastPaymentDate DT", "EndDate DT", "Status I16 =20", "Journal S", "EntryNumber I32",
    "EntryID G", "TransactionEntryID G", "TransactionID G", "PaymentCondition S", "PaymentMethod S =B",
    "PaymentReference S", "Description S", "YourRef S",
)  # fmt: skip

BOOKS = (
    Resource(
        WEBHOOKS, "Webhooks.WebhookSubscription", methods=frozenset({"GET", "POST", "DELETE"}), unique=("Topic",),
        columns=stored("ID G r", "CallbackURL S *", "Topic S *", "UserID G", "IsInstant B =false", "Description S r"),
    ),
    Resource(
        ENTRIES, "SalesEntry", key="EntryID", methods=WRITABLE, lines=ENTRY_LINES,
        columns=stored(
            "EntryID G r", 'Customer G * ^crm/Accounts "Klant', "CustomerName S r", 'Journal S * f "Dagboek',
            'SalesEntryLines Col * f "Regels', "EntryDate DT", "DueDate DT", "EntryNumber I32 f", "InvoiceNumber I32",
            "YourRef S", "Description S", "PaymentCondition S", "PaymentReference S", "Currency S =EUR", "Rate D",
            "ReportingYear I16", "ReportingPeriod I16", 'Document G ^documents/Documents "Document', "Status I16 r =20",
            "Type I32 r =20", "AmountDC D r", "AmountFC D r", "VATAmountDC D r", "VATAmountFC D r", "OrderNumber I32",
        ),
    ),
    Resource(
        ENTRY_LINES, "SalesEntryLine", methods=WRITABLE, parent="EntryID",
        columns=stored(
            'EntryID G f ^salesentry/SalesEntries "Verkoopboeking', "ID G r",
            'GLAccount G * ^financial/GLAccounts "Grootboekrekening', "GLAccountCode S r", "AmountFC D",
            "AmountDC D r", "VATCode S >3", "VATPercentage D r", "VATAmountFC D", "VATAmountDC D r", "Description S",
            "Notes S", "Quantity D", "CostCenter S", "CostUnit S", "Project G", "From DT", "To DT", "LineNumber I32 r",
        ),
    ),
    Resource(
        TRANSACTION_LINES, "Financial.TransactionLine", sync="sync/Financial/TransactionLines", entity_type=1,
        parent="EntryID",
        must_filter=("ID", "EntryID", "InvoiceNumber", "YourRef", "Date", "Modified", "Account", "GLAccount"),
        columns=stored(
            "ID G r", "EntryID G", "EntryNumber I32", "LineNumber I32", "LineType I16", "Type I32", "Status I16",
            "Date DT", "DueDate DT", "FinancialYear I16", "FinancialPeriod I16", "JournalCode S", "GLAccount G",
            "GLAccountCode S", "Account G", "AccountCode S <18", "AmountDC D", "AmountFC D", "AmountVATFC D",
            "VATCode S >3", "VATPercentage D", "Description S", "InvoiceNumber I32", "OrderNumber I32", "YourRef S",
            "PaymentReference S", "Item G", "Project G", "ShopOrder G", "Subscription G", "Document G", "OffsetID G",
            "CostCenter S", "CostUnit S", "Quantity D", "Currency S",
        ),
    ),
    Resource(
        # Read by its sync path and through the views below; there is no plain list of both sides.
        TERMS, "PaymentTerm", methods=frozenset(), unread=404, sync="sync/Cashflow/PaymentTerms", entity_type=10,
        parent="TransactionEntryID",
        columns=_TERM | columns("LineType I16 =20", "ApprovalStatus I16"),
    ),
    Resource(
        DOCUMENTS, "Document", methods=WRITABLE, sync="sync/Documents/Documents", entity_type=6,
        columns=stored(
            "ID G r", 'Subject S * "Onderwerp', 'Type I32 * ^documents/DocumentTypes "Type',
            'Account G ^crm/Accounts "Relatie', "Contact G", "Project G", "Item G ^logistics/Items", "DocumentDate DT",
            "Body S", "Category G", "DocumentFolder G", "HID I32 r", "FinancialTransactionEntryID G",
            "SalesInvoiceNumber I32", "SalesOrderNumber I32", "AmountFC D", "Currency S", "DocumentViewUrl S r",
        ),
    ),
    Resource(
        ATTACHMENTS, "DocumentAttachment", methods=WRITABLE - {"PUT"}, sync="sync/Documents/DocumentAttachments",
        entity_type=4,
        columns=stored(
            "ID G r", 'Document G * ^documents/Documents "Document', 'FileName S * "Bestandsnaam',
            'Attachment Bin * "Bijlage', "FileSize D r", "Url S r",
        ),
    ),
)  # fmt: skip
"""Sales entries, the ledger, payment terms and documents: all stored."""

VIEWS = (
    Resource(
        HOUR_TYPES, "HourType", key="ItemId", base=ITEMS, columns=columns("ItemId G", "ItemCode S", "ItemDescription S")
    ),
    Resource(
        COST_TYPES, "CostType", key="ItemId", base=ITEMS, columns=columns("ItemId G", "ItemCode S", "ItemDescription S")
    ),
    Resource(RECEIVABLES, "Receivable", base=TERMS, needs_select=True, columns=_TERM),
    Resource(
        RECEIVABLES_LIST, "ReceivablesList", key="HID", base=TERMS,
        columns=columns(
            "HID I64", "AccountId G", "AccountCode S <18", "AccountName S", "Amount D", "AmountInTransit D =0",
            "CurrencyCode S", "Description S", "DueDate DT", "InvoiceDate DT", "EntryNumber I32", "InvoiceNumber I32",
            "JournalCode S", "YourRef S",
        ),
    ),
)  # fmt: skip
"""Other looks at stored tables; nothing of their own is kept."""
