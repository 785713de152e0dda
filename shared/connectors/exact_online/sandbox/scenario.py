"""The story of the demo and the contract tests in this sandbox: an installation company and its customers."""

from collections.abc import Mapping, Sequence

from shared.sandbox import Sandbox
from shared.sandbox.scenario import Scenario

DIVISION = 900001


def _expected(sandbox: Sandbox) -> Mapping[str, int]:
    """Default filters: no blocked and no ended relations; hour items are not products."""
    tables = sandbox.division(DIVISION).tables  # type: ignore[attr-defined]  # this package's own sandbox
    accounts = tables["crm/Accounts"].rows.values()
    relations = [row for row in accounts if not row.get("Blocked") and not row.get("EndDate")]
    products = [row for row in tables["logistics/Items"].rows.values() if not row.get("IsTime")]
    return {"relation": len(relations), "product": len(products)}


def _references(sandbox: Sandbox) -> Sequence[str]:
    memory = sandbox.memory()
    return [row["YourRef"] for row in [*memory["sales_orders"], *memory["sales_invoices"]]]


SCENARIO = Scenario(
    user="Anouk de Vries",
    site="nl",
    administration=str(DIVISION),
    second_administration="900002",
    settings={"vat_codes": {"21": "4", "9": "2"}, "vat_default": "4", "default_hour_type": "UUR-MONT"},
    materials=("ARB-VOORRIJ",),
    hour_type="UUR-MONT",
    expected=_expected,
    references=_references,
    write_paths=("crm/Accounts", "salesorder/SalesOrders"),
)
