"""VAT codes and ledger accounts of the five countries; the same meaning has the same code where it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VatRow = tuple[str, str, str, str]
"""Code, description, fraction, type (E excluding, I including, N none)."""
LedgerRow = tuple[str, str, int, str, str]
"""Code, description, type, balance side, balance type. The fifth is revenue of goods, the sixth of labour."""


@dataclass(frozen=True)
class Country:
    """What the books of a country differ in. `reverse` and `eu` are VAT codes; `neighbour`: where others come from."""

    vat: tuple[VatRow, ...]
    ledger: tuple[LedgerRow, ...]
    language: str
    culture: str
    neighbour: str
    reverse: str = "6"
    eu: str = "7"


STANDARD_VAT = "4"
COUNTRIES: Mapping[str, Country] = {
    "NL": Country(
        language="NL", culture="nl-NL", neighbour="BE",
        vat=(
            ("0", "Geen btw", "0", "N"),
            ("1", "Btw laag tarief 9 %, inclusief", "0.09", "I"),
            ("2", "Btw laag tarief 9 %, exclusief", "0.09", "E"),
            ("4", "Btw hoog tarief 21 %, exclusief", "0.21", "E"),
            ("5", "Btw hoog tarief 21 %, inclusief", "0.21", "I"),
            ("6", "Btw verlegd binnenland", "0", "E"),
            ("7", "Leveringen binnen de EU 0 %", "0", "E"),
            ("8", "Export buiten de EU 0 %", "0", "E"),
        ),
        ledger=(
            ("1300", "Debiteuren", 20, "D", "B"), ("1500", "Af te dragen btw hoog", 24, "C", "B"),
            ("3000", "Voorraad materialen", 40, "D", "B"), ("7000", "Inkoopwaarde materialen", 111, "D", "W"),
            ("8000", "Omzet materialen", 110, "C", "W"), ("8010", "Omzet arbeid", 110, "C", "W"),
            ("8020", "Omzet onderhoud", 110, "C", "W"),
        ),
    ),
    "BE": Country(
        language="NL-BE", culture="nl-BE", neighbour="NL", reverse="MC", eu="IC",
        vat=(
            ("0", "Vrijgesteld", "0", "N"),
            ("1", "Btw 6 %", "0.06", "E"),
            ("2", "Btw 12 %", "0.12", "E"),
            ("4", "Btw 21 %", "0.21", "E"),
            ("5", "Btw 21 % inbegrepen", "0.21", "I"),
            ("MC", "Medecontractant", "0", "E"),
            ("IC", "Intracommunautair 0 %", "0", "E"),
            ("EX", "Uitvoer buiten de EU 0 %", "0", "E"),
        ),
        ledger=(
            ("400000", "Handelsdebiteuren", 20, "D", "B"), ("451000", "Verschuldigde btw", 24, "C", "B"),
            ("340000", "Handelsgoederen", 40, "D", "B"), ("604000", "Aankopen handelsgoederen", 111, "D", "W"),
            ("700000", "Verkopen materialen", 110, "C", "W"), ("705000", "Diensten en werkuren", 110, "C", "W"),
            ("705100", "Onderhoudscontracten", 110, "C", "W"),
        ),
    ),
    "DE": Country(
        language="DE", culture="de-DE", neighbour="NL",
        vat=(
            ("0", "Steuerfrei § 4 UStG", "0", "N"),
            ("1", "Umsatzsteuer 7 %", "0.07", "E"),
            ("4", "Umsatzsteuer 19 %", "0.19", "E"),
            ("5", "Umsatzsteuer 19 %, inklusive", "0.19", "I"),
            ("6", "Steuerschuldnerschaft § 13b UStG (Bauleistungen)", "0", "E"),
            ("7", "Innergemeinschaftliche Lieferung 0 %", "0", "E"),
            ("8", "Ausfuhr in Drittländer 0 %", "0", "E"),
        ),
        ledger=(
            ("1400", "Forderungen aus Lieferungen und Leistungen", 20, "D", "B"),
            ("1776", "Umsatzsteuer", 24, "C", "B"),
            ("3980", "Bestand Waren", 40, "D", "B"), ("3400", "Wareneingang", 111, "D", "W"),
            ("8400", "Erlöse Material", 110, "C", "W"), ("8410", "Erlöse Arbeitsleistung", 110, "C", "W"),
            ("8420", "Erlöse Wartung", 110, "C", "W"),
        ),
    ),
    "FR": Country(
        language="FR", culture="fr-FR", neighbour="BE",
        vat=(
            ("0", "Exonéré de TVA", "0", "N"),
            ("1", "TVA 5,5 %", "0.055", "E"),
            ("2", "TVA 10 %", "0.1", "E"),
            ("3", "TVA 2,1 %", "0.021", "E"),
            ("4", "TVA 20 %", "0.2", "E"),
            ("5", "TVA 20 % incluse", "0.2", "I"),
            ("6", "Autoliquidation sous-traitance BTP", "0", "E"),
            ("7", "Livraison intracommunautaire 0 %", "0", "E"),
            ("8", "Exportation hors UE 0 %", "0", "E"),
        ),
        ledger=(
            ("411000", "Clients", 20, "D", "B"), ("445710", "TVA collectée", 24, "C", "B"),
            ("370000", "Stock de marchandises", 40, "D", "B"), ("607000", "Achats de marchandises", 111, "D", "W"),
            ("707000", "Ventes de marchandises", 110, "C", "W"), ("706000", "Prestations de services", 110, "C", "W"),
            ("706100", "Contrats d'entretien", 110, "C", "W"),
        ),
    ),
    "ES": Country(
        language="ES", culture="es-ES", neighbour="FR",
        vat=(
            ("0", "Exento de IVA", "0", "N"),
            ("1", "IVA superreducido 4 %", "0.04", "E"),
            ("2", "IVA reducido 10 %", "0.1", "E"),
            ("4", "IVA general 21 %", "0.21", "E"),
            ("5", "IVA general 21 %, incluido", "0.21", "I"),
            ("6", "Inversión del sujeto pasivo (obras)", "0", "E"),
            ("7", "Entrega intracomunitaria 0 %", "0", "E"),
            ("8", "Exportación fuera de la UE 0 %", "0", "E"),
        ),
        ledger=(
            ("430000", "Clientes", 20, "D", "B"), ("477000", "IVA repercutido", 24, "C", "B"),
            ("300000", "Mercaderías", 40, "D", "B"), ("600000", "Compras de mercaderías", 111, "D", "W"),
            ("700000", "Ventas de mercaderías", 110, "C", "W"), ("705000", "Prestaciones de servicios", 110, "C", "W"),
            ("705100", "Contratos de mantenimiento", 110, "C", "W"),
        ),
    ),
}  # fmt: skip
