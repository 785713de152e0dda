"""What comes with the Pro licence alone: its part of the table of contents. Its exports stand with the others."""

from collections.abc import Mapping
from typing import Any

from shared.connector import Import
from shared.schemas.entities import Entity, GoodsDelivery, Order, PlannedWork, PriceAgreement, Quotation, Warehouse

from . import imports_pro, models_pro, sync
from .client import Client

BASIC, PRO = "basic", "pro"
"""The licences there are."""


def record_id(record: Mapping[str, Any]) -> str:
    """Exact's own id of a record."""
    return str(record["ID"])


PRO_IMPORTS: Mapping[type[Entity], Import] = {
    Order: Import(
        read=Client.orders,
        model=models_pro.AnyOrder,
        map=imports_pro.order,
        tier=PRO,
        id=record_id,
        exists=Client.existing_orders,
        settings=imports_pro.ORDER_FILTERS,
        cursor_life=sync.DELETIONS_KEPT,
        parts=imports_pro.order_parts,
        fetch=Client.order_records,
        document_of=imports_pro.order_document,
    ),
    Quotation: Import(
        read=Client.quotations,
        model=models_pro.Quoted,
        map=imports_pro.quotation,
        tier=PRO,
        id=record_id,
        exists=Client.existing_quotations,
        settings=imports_pro.QUOTATION_FILTERS,
        cursor_life=sync.DELETIONS_KEPT,
        parts=imports_pro.quotation_parts,
        fetch=Client.quotation_records,
    ),
    Warehouse: Import(
        read=Client.warehouse_page,
        model=models_pro.Warehouse,
        map=imports_pro.warehouse,
        tier=PRO,
        id=record_id,
        exists=Client.existing_warehouses,
    ),
    PriceAgreement: Import(
        read=Client.item_prices,
        model=models_pro.ItemPrice,
        map=imports_pro.price_agreement,
        tier=PRO,
        id=record_id,
        exists=Client.existing_prices,
        cursor_life=sync.DELETIONS_KEPT,
    ),
    GoodsDelivery: Import(
        read=Client.deliveries,
        model=models_pro.GoodsDelivery,
        map=imports_pro.goods_delivery,
        tier=PRO,
        id=imports_pro.delivery_id,
        exists=Client.existing_deliveries,
        cursor_life=sync.DELETIONS_KEPT,
        parts=imports_pro.delivery_parts,
        fetch=Client.delivery_records,
    ),
    PlannedWork: Import(
        read=Client.planning,
        model=models_pro.Planning,
        map=imports_pro.planned_work,
        tier=PRO,
        id=record_id,
        exists=Client.existing_planning,
        cursor_life=sync.DELETIONS_KEPT,
    ),
}
"""Kinds that are read with it."""
