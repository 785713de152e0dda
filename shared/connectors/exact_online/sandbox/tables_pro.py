"""What only the larger editions have: quotations, production, deliveries, projects (Exact fact sheet, section 8)."""

from __future__ import annotations

from .columns import columns
from .kinds import (
    ASSEMBLY_ORDERS,
    COMPLETE_ORDER,
    COSTS,
    DELIVERIES,
    DELIVERY_LINES,
    FINISH_ASSEMBLY,
    PLANNING,
    PRICES,
    PROJECTS,
    QUOTATION_LINES,
    QUOTATIONS,
    SHOP_ORDERS,
    TIMES,
    WRITABLE,
    Resource,
    stored,
)

_TRANSACTION = (
    "ID G r", 'Item G * ^logistics/Items "Artikel', 'Quantity D * "Aantal', 'Project G ^project/Projects "Project',
    'Account G ^crm/Accounts "Relatie', "Subscription G", 'Employee G ^payroll/Employees "Medewerker', "Date DT",
    "StartTime DT", "EndTime DT", "HourStatus I16 =1", "Notes S", "AmountFC D r", "Currency S =EUR",
    "EntryNumber I32 r", "Attachment G", "SkipValidation B", "ErrorText S r",
)  # fmt: skip

PRO = (
    Resource(
        QUOTATIONS, "Quotation", key="QuotationID", methods=WRITABLE, entity_type=34, lines=QUOTATION_LINES,
        sync="sync/CRM/QuotationHeaders",
        columns=stored(
            "QuotationID G r", 'OrderAccount G * ^crm/Accounts "Besteld_door', 'QuotationLines Col * f "Regels',
            "QuotationNumber I32 f", "VersionNumber I32 r =1", "QuotationDate DT", "DueDate DT", "ClosingDate DT",
            "DeliveryDate DT", "InvoiceAccount G", "DeliveryAccount G", "OrderAccountContact G", "Project G",
            "Opportunity G", "Document G", "YourRef S", "Description S", "Remarks S", "PaymentCondition S",
            "Currency S =EUR", "AmountDC D r", "AmountFC D r", "Status I16 r =20", "OrderAccountName S r",
        ),
    ),
    Resource(
        QUOTATION_LINES, "QuotationLine", methods=WRITABLE, entity_type=35, parent="QuotationID",
        sync="sync/CRM/QuotationLines",
        columns=stored(
            'QuotationID G f ^crm/Quotations "Offerte', "ID G r", 'Item G * ^logistics/Items "Artikel', "Quantity D =1",
            "UnitPrice D", "NetPrice D", "Discount D", "VATCode S >3", "Description S", "Notes S", "UnitCode S",
            "Optional B =false", "LineNumber I32 r",
        ),
    ),
    Resource(
        SHOP_ORDERS, "Manufacturing.ShopOrder", methods=WRITABLE, entity_type=36, sync="sync/Manufacturing/ShopOrders",
        columns=stored(
            "ID G r", 'Item G * ^logistics/Items "Artikel', 'PlannedQuantity D * "Aantal', "ShopOrderNumber I32 r",
            "ShopOrderNumberString S r", "PlannedDate DT", "PlannedStartDate DT", "EntryDate DT",
            "ProducedQuantity D r =0", "ReadyToShipQuantity D", "Status I32 r =10", "Type I32 r =9040",
            "Warehouse G ^inventory/Warehouses", "Project G ^project/Projects", "ItemVersion G", "YourRef S",
            "Description S", "Unit S r",
        ),
    ),
    Resource(
        ASSEMBLY_ORDERS, "Inventory.AssemblyOrder",
        columns=stored(
            "ID G r", "OrderNumber I32 r", "OrderDate DT", "AssemblyDate DT", "FinishedAssemblyDate DT",
            "Item G ^logistics/Items", "Warehouse G ^inventory/Warehouses", "PlannedQuantity D",
            "FinishedQuantity D =0", "OrderStatus I16 =20", "Type I16 =8060", "Description S", "PartItems Col r",
        ),
    ),
    Resource(
        DELIVERIES, "GoodsDelivery", key="EntryID", methods=frozenset({"GET", "POST", "PUT"}), entity_type=16,
        lines=DELIVERY_LINES, sync="sync/SalesOrder/GoodsDeliveries",
        columns=stored(
            "EntryID G r", 'DeliveryDate DT * "Leverdatum', 'GoodsDeliveryLines Col * f "Regels', "Description S",
            "Remarks S", "TrackingNumber S", "ShippingMethod G", "Document G", "DeliveryNumber I32 r",
            "EntryNumber I32 r", "DeliveryAccount G r", "DeliveryAccountCode S r <18", "DeliveryAccountName S r",
            "DeliveryAddress G r", "Warehouse G r", "WarehouseCode S r",
        ),
    ),
    Resource(
        DELIVERY_LINES, "GoodsDeliveryLine", methods=frozenset({"GET", "PUT"}), entity_type=17, parent="EntryID",
        sync="sync/SalesOrder/GoodsDeliveryLines",
        columns=stored(
            'EntryID G f ^salesorder/GoodsDeliveries "Levering', "ID G r",
            'SalesOrderLineID G * ^salesorder/SalesOrderLines "Orderregel', 'QuantityDelivered D * "Aantal',
            "TrackingNumber S", "StorageLocation G", "SerialNumbers Col", "BatchNumbers Col", "QuantityOrdered D r",
            "Item G r", "ItemCode S r", "ItemDescription S r", "SalesOrderNumber I32 r", "LineNumber I32 r",
        ),
    ),
    Resource(
        PRICES, "SalesItemPrice", methods=WRITABLE, entity_type=8, sync="sync/Logistics/SalesItemPrices",
        needs_select=True,
        columns=stored(
            "ID G r", 'Item G * ^logistics/Items "Artikel', "Account G ^crm/Accounts", "Price D", "Quantity D =1",
            "Currency S =EUR", "Unit S", "NumberOfItemsPerUnit D =1", "StartDate DT", "EndDate DT", "Employee G",
            "Project G", "ItemCode S r", "AccountName S r",
        ),
    ),
    Resource(
        PROJECTS, "Project", methods=WRITABLE, entity_type=21, sync="sync/Project/Projects", unique=("Code",),
        columns=stored(
            "ID G r", "Code S *", 'Description S * "Omschrijving', "Type I32 *", "Account G ^crm/Accounts",
            "Manager G", "StartDate DT", "EndDate DT", "Notes S",
        ),
    ),
    Resource(
        PLANNING, "ProjectPlanning", methods=WRITABLE, entity_type=26, sync="sync/Project/ProjectPlanning",
        columns=stored(
            "ID G r", 'Description S * "Omschrijving', 'Employee G * ^payroll/Employees "Medewerker',
            'HourType G * ^logistics/Items "Uursoort', "StartDate DT *", "EndDate DT *", "Status I16 *", "Hours D",
            "Project G ^project/Projects", "Account G ^crm/Accounts", "ProjectWBS G", "OverAllocate B =false",
            "Notes S", "Type I16 r =4", "BGTStatus I16 r =2",
        ),
    ),
    Resource(
        TIMES, "TimeTransaction", methods=WRITABLE, entity_type=14,
        columns=stored(*_TRANSACTION, "Activity G", "PriceFC D r", "Type I16 r =1"),
    ),
    Resource(
        COSTS, "CostTransaction", methods=WRITABLE, entity_type=14,
        columns=stored(*_TRANSACTION, "Expense G", "PriceFC D", "Type I16 r =2"),
    ),
)  # fmt: skip
"""All of them stored."""

PRO_ACTIONS = (
    Resource(
        COMPLETE_ORDER, "CompleteSalesOrder", key="OrderID", methods=frozenset({"POST"}), unread=403,
        columns=columns('OrderID G * ^salesorder/SalesOrders "Verkooporder', "ErrorMessage S r", "SuccessMessage S r"),
    ),
    Resource(
        FINISH_ASSEMBLY, "FinishAssemblyOrder", key="AssemblyOrder", methods=frozenset({"POST"}), unread=403,
        columns=columns(
            'AssemblyOrder G * ^inventory/AssemblyOrders "Assemblageorder', 'FinishOrderQuantity D * "Aantal',
            "ErrorMessage S r", "SuccessMessage S r",
        ),
    ),
)  # fmt: skip
"""What is done by a POST and never stored. What the first one wants is not published but for its name (section 8)."""
