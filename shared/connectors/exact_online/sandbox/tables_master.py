"""Relations, articles, people and the small tables that settings choose from (Exact fact sheet, section 8)."""

from __future__ import annotations

from .kinds import (
    ACCOUNTS,
    COST_CENTERS,
    COST_UNITS,
    DOCUMENT_TYPES,
    EMPLOYEES,
    GL_ACCOUNTS,
    ITEM_GROUPS,
    ITEMS,
    JOURNALS,
    PAYMENT_CONDITIONS,
    VAT_CODES,
    WAREHOUSES,
    WRITABLE,
    Resource,
    stored,
)

MASTER = (
    Resource(
        ACCOUNTS, "Account", methods=WRITABLE, sync="sync/CRM/Accounts", entity_type=2, unique=("Code",),
        blank_answer=True, must_filter=("ID", "Code", "Name", "Modified", "SearchCode", "VATNumber", "Email", "Status"),
        columns=stored(
            "ID G r", "Code S <18", 'Name S * "Naam', "Status S =A", "Type S r =A", "IsSupplier B =false",
            "IsSales B r =false", "IsPurchase B r =false", "Blocked B =false", "StartDate DT", "EndDate DT",
            "AddressLine1 S", "AddressLine2 S", "AddressLine3 S", "Postcode S", "City S", "State S >3", "Country S >3",
            "Email S", "Phone S", "Website S", "VATNumber S", "ChamberOfCommerce S", "SearchCode S", "Language S >10",
            "SalesCurrency S", 'SalesVATCode S >3 "Btw-code', "PaymentConditionSales S", "GLAccountSales G", "GLAR G",
            "PriceList G", "DiscountSales D", "CreditLineSales D", 'InvoiceAccount G ^crm/Accounts "Factuur_voor',
            "InvoicingMethod I32", "MainContact G", "Parent G", "AccountManager G", "PeppolIdentifier S",
            "PeppolIdentifierType I32", "BankAccounts Col r", "Remarks S",
        ),
    ),
    Resource(
        ITEMS, "Item", methods=WRITABLE, sync="sync/Logistics/Items", entity_type=9, unique=("Code",),
        blank_answer=True, must_filter=("ID", "Code", "Modified", "ItemGroup", "Barcode"),
        columns=stored(
            "ID G r", "Code S *", 'Description S * "Omschrijving', "ExtraDescription S",
            'ItemGroup G ^logistics/ItemGroups "Artikelgroep', "ItemGroupCode S r", "ItemGroupDescription S r",
            "Unit S >8 =stuk", "UnitDescription S r", "UnitType S r =O", "IsTime By =0", "IsSalesItem B =true",
            "IsPurchaseItem B =false", "IsStockItem B =false", "IsMakeItem By =0", "IsWebshopItem By =0",
            "IsFractionAllowedItem B =false", "IsSerialItem B =false", "IsBatchItem By =0", "SalesVatCode S >3",
            "StandardSalesPrice D r", "CostPriceStandard D", "CostPriceNew D", "CostPriceCurrency S", "Barcode S",
            "SearchCode S", "GLRevenue G", "GLCosts G", "GLStock G", "Stock D r", "StartDate DT", "EndDate DT",
            "Notes S",
        ),
    ),
    Resource(
        ITEM_GROUPS, "ItemGroup",
        columns=stored(
            "ID G r", "Code S", "Description S", "IsDefault By =0", "GLRevenue G", "GLRevenueCode S",
            "GLRevenueDescription S", "GLCosts G", "GLCostsCode S", "GLStock G",
        ),
    ),
    Resource(
        VAT_CODES, "VATCode",
        columns=stored(
            "ID G r", "Code S * >3", "Description S *", "Percentage D r", "Type S", "VATTransactionType S",
            "GLToPay G", "GLToClaim G", "EUSalesListing S", "Charged B =false", "IsBlocked B =false",
            "VATPercentages Col r",
        ),
    ),
    Resource(
        GL_ACCOUNTS, "GLAccount", sync="sync/Financial/GLAccounts", entity_type=7,
        columns=stored(
            "ID G r", "Code S *", "Description S *", "Type I32", "BalanceSide S", "BalanceType S", "VATCode S >3",
            "UseCostcenter By =0", "UseCostunit By =0", "IsBlocked B =false", "SearchCode S",
        ),
    ),
    Resource(
        JOURNALS, "Journal",
        columns=stored(
            "ID G r", "Code S", "Description S", "Type I32", "Currency S", "IsBlocked B =false", "GLAccount G"
        ),
    ),
    Resource(
        WAREHOUSES, "Warehouse",
        columns=stored("ID G r", "Code S", "Description S", "Main By =0", "EMail S", "ManagerUser G"),
    ),
    Resource(COST_CENTERS, "Costcenter", columns=stored("ID G r", "Code S", "Description S", "Active B =true")),
    Resource(COST_UNITS, "Costunit", columns=stored("ID G r", "Code S", "Description S")),
    Resource(
        PAYMENT_CONDITIONS, "PaymentCondition",
        columns=stored(
            "ID G r", "Code S", "Description S", "PaymentDays I32", "PaymentEndOfMonths I32 =0", "PaymentMethod S =B",
            "DiscountPercentage D",
        ),
    ),
    Resource(
        EMPLOYEES, "Employee", sync="sync/Payroll/Employees", entity_type=42,
        private=frozenset({"BirthDate", "Email", "Phone", "AddressLine1", "Postcode", "City", "Country"}),
        columns=stored(
            "ID G r", "HID I32 r", "EmployeeHID I32 r", "Code S", "FirstName S", "MiddleName S", "LastName S",
            "FullName S", "Email S", "BusinessEmail S", "Phone S", "StartDate DT", "EndDate DT", "IsActive B =true",
            "Manager G", "User G", "UserFullName S", "Customer G", "BirthDate DT", "AddressLine1 S", "Postcode S",
            "City S", "Country S >3",
        ),
    ),
    Resource(
        DOCUMENT_TYPES, "DocumentType", key="ID",
        columns=stored("ID I32 r", "Description S", "DocumentIsCreatable B =true", "DocumentIsViewable B =true"),
    ),
)  # fmt: skip
"""The stored resources that documents refer to."""
