"""Sales orders, sales invoices and the action that processes them (Exact fact sheet, section 8)."""

from __future__ import annotations

from .columns import columns
from .kinds import INVOICE_LINES, INVOICES, ORDER_LINES, ORDERS, PRINTED, WRITABLE, Resource, stored

SALES = (
    Resource(
        ORDERS, "SalesOrder", key="OrderID", methods=WRITABLE, entity_type=32, lines=ORDER_LINES,
        sync="sync/SalesOrder/SalesOrderHeaders",
        must_filter=("OrderID", "OrderNumber", "YourRef", "Modified", "OrderedBy", "OrderDate", "Status"),
        columns=stored(
            "OrderID G r", 'OrderedBy G * f ^crm/Accounts "Besteld_door', 'SalesOrderLines Col * f "Regels',
            "OrderNumber I32 f", "OrderDate DT", "DeliveryDate DT", "YourRef S", "Description S", "Remarks S",
            "Currency S =EUR", "PaymentCondition S", 'WarehouseID G ^inventory/Warehouses "Magazijn',
            "DeliveryAddress G", "ShippingMethod G", "Salesperson G", "Document G ^documents/Documents",
            "DeliverTo G f ^crm/Accounts",
            'InvoiceTo G f ^crm/Accounts "Factuur_voor', "Discount D", "AmountDC D r", "AmountFC D r",
            "AmountFCExclVat D r", "AmountDiscount D r", "Status I16 r =12", "DeliveryStatus I16 r =12",
            "InvoiceStatus I16 r =12", "ApprovalStatus I16 =1", "OrderedByName S r",
        ),
    ),
    Resource(
        ORDER_LINES, "SalesOrderLine", methods=WRITABLE, entity_type=33, parent="OrderID",
        sync="sync/SalesOrder/SalesOrderLines",
        must_filter=("ID", "OrderID", "OrderNumber", "Modified", "Item"),
        columns=stored(
            'OrderID G f ^salesorder/SalesOrders "Verkooporder', "ID G r", 'Item G * ^logistics/Items "Artikel',
            "Quantity D =1", "UnitPrice D", "NetPrice D", "Discount D", "VATCode S >3", "VATPercentage D",
            "VATAmount D r", "AmountFC D r", "AmountDC D r", "Description S", "Notes S", "UnitCode S",
            "DeliveryDate DT", "Project G", "CostCenter S", "CostUnit S", "QuantityDelivered D r =0",
            "QuantityInvoiced D r =0", "LineNumber I32 r", "ItemCode S r", "ItemDescription S r", "OrderNumber I32 r",
            "ShopOrder G", "UseDropShipment By =0",
        ),
    ),
    Resource(
        INVOICES, "SalesInvoice", key="InvoiceID", methods=WRITABLE, entity_type=13, lines=INVOICE_LINES,
        must_filter=("InvoiceID", "InvoiceNumber", "YourRef", "Modified", "OrderedBy", "InvoiceDate", "Status"),
        columns=stored(
            "InvoiceID G r", 'OrderedBy G * ^crm/Accounts "Besteld_door', 'Journal S "Dagboek',
            'SalesInvoiceLines Col * f "Regels', 'InvoiceTo G ^crm/Accounts "Factuur_voor',
            "DeliverTo G ^crm/Accounts", "InvoiceDate DT", "OrderDate DT", "DueDate DT", "Type I32 =8020",
            "Status I16 r =20", "InvoiceNumber I32 r", "OrderNumber I32 f", "YourRef S", "Description S", "Remarks S",
            "PaymentCondition S", "PaymentReference S", "Currency S =EUR", "Discount D", "AmountDC D r", "AmountFC D r",
            "AmountFCExclVat D r", "VATAmountFC D r", "VATAmountDC D r", "Salesperson G",
            "Document G ^documents/Documents",
            "Warehouse G ^inventory/Warehouses", "StarterSalesInvoiceStatus I16 r", "OrderedByName S r",
        ),
    ),
    Resource(
        INVOICE_LINES, "SalesInvoiceLine", methods=WRITABLE, parent="InvoiceID",
        must_filter=("ID", "InvoiceID", "Modified", "Item"),
        columns=stored(
            'InvoiceID G f ^salesinvoice/SalesInvoices "Verkoopfactuur', "ID G r",
            'Item G * ^logistics/Items "Artikel', 'GLAccount G ^financial/GLAccounts "Grootboekrekening',
            "Quantity D =1", "NetPrice D", "UnitPrice D", "AmountFC D", "AmountDC D r", "Discount D", "VATCode S >3",
            "VATPercentage D",
            "VATAmountFC D r", "VATAmountDC D r", "Description S", "Notes S", "UnitCode S", "CostCenter S",
            "CostUnit S", "Project G", "Employee G", "StartTime DT", "EndTime DT", "LineNumber I32 r", "ItemCode S r",
            "ItemDescription S r", "SalesOrder G r", "SalesOrderLine G r",
        ),
    ),
)  # fmt: skip
"""Sales orders and sales invoices with their lines."""

ACTIONS = (
    Resource(
        PRINTED, "PrintedSalesInvoice", key="InvoiceID", methods=frozenset({"POST"}), unread=403,
        columns=columns(
            'InvoiceID G * ^salesinvoice/SalesInvoices "Verkoopfactuur', "DocumentLayout G", "EmailLayout G",
            "SendEmailToCustomer B", "SenderEmailAddress S", "SendInvoiceViaPeppol B", "SendInvoiceToCustomerPostbox B",
            "SendOutputBasedOnAccount B", "InvoiceDate DT", "ExtraText S", "ReportingYear I32", "ReportingPeriod I32",
            "Division I32 r", "Document G r", "DocumentCreationSuccess B r", "DocumentCreationError S r",
            "EmailCreationSuccess B r", "EmailCreationError S r", "PeppolCreationSuccess B r",
            "PeppolCreationError S r",
        ),
    ),
)  # fmt: skip
"""What is done by a POST and never stored."""
