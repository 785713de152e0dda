"""Which VAT code a line gets, decided in one order for every package. Pure; refuses rather than guesses."""

from decimal import Decimal, InvalidOperation

from pydantic import Field, field_validator

from shared.mapping import ConnectorSettings
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, VatRegime

_HUNDRED = 100


class VatSettings(ConnectorSettings):
    """What the user decides about VAT. Codes are the package's own, without padding."""

    vat_codes: dict[str, str] = Field(
        default_factory=dict,
        title="VAT codes",
        description="The VAT code for each percentage, for lines whose item has none.",
        json_schema_extra={"choices": "vat_codes"},
    )
    vat_regimes: dict[VatRegime, str] = Field(
        default_factory=dict,
        title="VAT codes without VAT",
        description="The VAT code for customers who are charged none: reverse_charge (domestic), eu, export, exempt.",
        json_schema_extra={"choices": "vat_codes"},
    )
    vat_default: str | None = Field(
        None,
        title="VAT code otherwise",
        description="For lines without a percentage, whose item has no VAT code.",
        json_schema_extra={"choices": "vat_codes"},
    )

    @field_validator("vat_default")
    @classmethod
    def _empty_code_is_none(cls, value: str | None) -> str | None:
        return value or None

    @field_validator("vat_codes")
    @classmethod
    def _percentages(cls, value: dict[str, str]) -> dict[str, str]:
        codes = {percentage_key(key): code for key, code in value.items()}
        if len(codes) < len(value):
            raise ValueError("a percentage has two VAT codes")
        if not all(codes.values()):
            raise ValueError("a percentage has no VAT code")
        return codes


def percentage_key(percentage: str | Decimal) -> str:
    """The one text form of a percentage: `21` for "21.00". Raises `ValueError` for anything but 0 to 100."""
    try:
        value = Decimal(percentage)
    except InvalidOperation as error:
        raise ValueError(f"{percentage!r} is not a percentage: write 21 or 5.5") from error
    if not value.is_finite() or not 0 <= value <= _HUNDRED:
        raise ValueError(f"{percentage} is not a percentage between 0 and 100")
    return format(value.normalize(), "f")


def regime_of(customer: Customer, administration: Administration, percentage: Decimal | None) -> VatRegime:
    """How a line for this customer is taxed: what the platform says, else what country and VAT number tell."""
    raise NotImplementedError


def code_for(
    *,
    regime: VatRegime,
    given: str | None,
    product: str | None,
    percentage: Decimal | None,
    settings: VatSettings,
    what: str,
) -> str:
    """The VAT code: for the regime; else the line's own, the product's, the percentage's, the default.

    `what` names the line in the sentence of `Unmappable`: "Item A on work order 1".
    """
    raise NotImplementedError
