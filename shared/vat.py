"""Which VAT code a line gets, decided in one order for every package. Pure; refuses rather than guesses."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from pydantic import Field, field_validator
from stdnum.eu import vat

from shared.errors import Rejected, Unmappable
from shared.hints import hints
from shared.mapping import ConnectorSettings
from shared.schemas.connections import Administration
from shared.schemas.documents import Customer, VatRegime

_HUNDRED = 100

_EU = {state.upper() for state in vat.MEMBER_STATES}

_VAT_COUNTRIES = {"MC": "FR"}

_PREFIXES = {"GR": "EL", "GB": "XI"}

REGIME_TITLES = {
    "domestic": "Domestic",
    "reverse_charge": "Reverse charge (domestic)",
    "eu": "Businesses in other EU countries",
    "export": "Outside the EU",
    "exempt": "Exempt from VAT",
}
"""How a customer can be taxed, for people."""

UNTAXED_TITLES = {regime: title for regime, title in REGIME_TITLES.items() if regime != "domestic"}
"""Those who are charged none."""

_WORDS: Mapping[VatRegime, str] = {
    "domestic": "domestic",
    "reverse_charge": "reverse charge",
    "eu": "a business in another EU country",
    "export": "outside the EU",
    "exempt": "exempt",
}


class VatSettings(ConnectorSettings):
    """What the user decides about VAT. Codes are the package's own, without padding."""

    vat_codes: dict[str, str] = Field(
        default_factory=dict,
        title="VAT codes",
        description="The VAT code for each percentage, for lines whose item has none.",
        json_schema_extra=hints("vat", choices="vat_codes", key="Percentage", key_unit="percentage"),
    )
    vat_regimes: dict[VatRegime, str] = Field(
        default_factory=dict,
        title="VAT codes without VAT",
        description="The VAT code for customers who are charged none, by the reason why.",
        json_schema_extra=hints("vat", choices="vat_codes", key="Customers", titles=UNTAXED_TITLES),
    )
    vat_default: str | None = Field(
        None,
        title="VAT code otherwise",
        description="For lines without a percentage, whose item has no VAT code.",
        json_schema_extra=hints("vat", choices="vat_codes"),
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

    @field_validator("vat_regimes")
    @classmethod
    def _regimes(cls, value: dict[VatRegime, str]) -> dict[VatRegime, str]:
        if "domestic" in value:
            raise ValueError("domestic customers are charged VAT: choose VAT codes by percentage")
        if not all(value.values()):
            raise ValueError("a regime has no VAT code")
        return value


@dataclass(frozen=True)
class VatCode:
    """A VAT code as the package has it. `percentage`: what is charged with it (21 means 21 %), None: not known.

    `including`: amounts booked with it are taken to include VAT. `for_sales` False: blocked, or for purchases only.
    """

    code: str
    title: str
    percentage: Decimal | None
    including: bool = False
    for_sales: bool = True


@dataclass(frozen=True)
class Chosen:
    """A VAT code, and the setting (and key of it) that chose it; None: the line or its item did."""

    code: str
    setting: str | None = None
    key: str | None = None


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
    """How a line for this customer is taxed: what the platform says, else what country and VAT number tell.

    Without a word from the platform: a line that carries VAT is domestic. One without is domestic for customers in the
    administration's country (or an unknown one) and for those elsewhere in the EU without a VAT number, `eu` for those
    with one, `export` outside the EU. Only the country is looked at: for parts of a country outside the EU's VAT area
    (the Canary Islands, Ceuta, Büsingen) the platform has to say `export`. Raises `Rejected` for a charged line where
    the platform says there is no VAT, and for a VAT number that cannot be one of the customer's country.
    """
    charged = bool(percentage)
    stated = customer.vat_regime
    if stated is None:
        return "domestic" if charged else _derived(customer, administration)
    if charged and stated != "domestic":
        raise Rejected(
            f"Customer {_named(customer)} is charged no VAT ({_WORDS[stated]}), but a line carries "
            f"{percentage} % VAT. Correct the customer or the line on the platform."
        )
    return stated


def choose(
    *,
    regime: VatRegime,
    given: str | None,
    product: str | None,
    percentage: Decimal | None,
    settings: VatSettings,
    what: str,
) -> Chosen:
    """The VAT code and who chose it: the regime's; else the line's own, the product's, the percentage's, the default.

    `what` names the line in the sentence of `Unmappable`: "Item A on work order 1". The default is for lines without a
    percentage only: a line that says 9 % never gets the code of another rate by default.
    """
    if regime != "domestic":
        return Chosen(settings.vat_regimes.get(regime) or _wait_for_regime(regime, what), "vat_regimes", regime)
    if found := given or product:
        return Chosen(found)
    if percentage is None:
        return Chosen(settings.vat_default or _wait_for_default(what), "vat_default")
    key = _key(percentage, what)
    return Chosen(settings.vat_codes.get(key) or _wait_for_percentage(key, what), "vat_codes", key)


def check(chosen: Chosen, code: VatCode | None, percentage: Decimal | None, what: str) -> None:
    """Raise unless the code charges exactly this percentage on amounts without VAT. Percentage None: any will do.

    `code` is what the package has under the chosen one. `Unmappable` when a setting chose it, so that another choice
    heals it; else `Rejected`. `what` names the line, as in `choose`.
    """
    if why := _unfit(chosen, code, percentage):
        raise _refusal(chosen, f"{what}: {why}")


def _unfit(chosen: Chosen, code: VatCode | None, percentage: Decimal | None) -> str | None:
    if code is None:
        return f"VAT code {chosen.code} is not in the accounting package."
    named = f"VAT code {code.code} ({code.title})"
    if not code.for_sales:
        return f"{named} is blocked, or for purchases only."
    if code.including:
        return f"{named} is for amounts that include VAT, and these exclude it."
    if percentage is not None and percentage != code.percentage:
        theirs = "has no known percentage" if code.percentage is None else f"is {percentage_key(code.percentage)} %"
        return f"the line carries {percentage.normalize():f} % VAT, but {named} {theirs}."
    return None


def _refusal(chosen: Chosen, why: str) -> Unmappable | Rejected:
    if chosen.setting:
        return Unmappable(chosen.setting, f"{why} Choose another VAT code in the settings.", key=chosen.key)
    return Rejected(
        f"{why} Correct the VAT code of the item in the accounting package, or that of the line on the platform, and "
        "send it again."
    )


def _key(percentage: Decimal, what: str) -> str:
    try:
        return percentage_key(percentage)
    except ValueError as error:
        raise Rejected(f"{what}: {error}. Correct it on the platform.") from error


def _derived(customer: Customer, administration: Administration) -> VatRegime:
    home, country = _vat_country(administration.country), _vat_country(customer.address.country)
    if home is None or country is None or home == country:
        return "domestic"
    if not _in_eu(customer, country):
        return "export"
    if not customer.vat_number:
        return "domestic"
    if not _is_vat_number(customer.vat_number, country):
        raise Rejected(
            f"{customer.vat_number}, the VAT number of customer {_named(customer)}, is not one of {country}, so it is "
            "not clear whether VAT is due. Correct it on the platform, or say there how the customer is taxed."
        )
    return "eu"


def _vat_country(country: str | None) -> str | None:
    """A country as VAT sees it: Monaco belongs to France."""
    return _VAT_COUNTRIES.get(country, country) if country else None


def _in_eu(customer: Customer, country: str) -> bool:
    """Northern Ireland is in, for goods: its numbers begin with XI. For services there, the platform says `export`."""
    return country in _EU or (country == "GB" and _plain(customer.vat_number or "").startswith("XI"))


def _is_vat_number(number: str, country: str) -> bool:
    """Whether it can be one of this country, with or without the prefix; check digits included."""
    text, prefix = _plain(number), _PREFIXES.get(country, country)
    return bool(vat.is_valid(text if text.startswith(prefix) else prefix + text))


def _plain(number: str) -> str:
    return "".join(filter(str.isalnum, number)).upper()


def _named(customer: Customer) -> str:
    return f"{customer.name} ({customer.debtor_number})"


def _wait_for_regime(regime: VatRegime, what: str) -> NoReturn:
    raise Unmappable(
        "vat_regimes",
        f"{what} is without VAT ({_WORDS[regime]}), and no VAT code is chosen for that. Choose one in the settings.",
        key=regime,
    )


def _wait_for_percentage(key: str, what: str) -> NoReturn:
    raise Unmappable(
        "vat_codes", f"{what}, with {key} % VAT, has no VAT code. Choose one for {key} % in the settings.", key=key
    )


def _wait_for_default(what: str) -> NoReturn:
    raise Unmappable(
        "vat_default",
        f"{what}, without a VAT percentage, has no VAT code. Give its item one, or choose one for such lines in the "
        "settings.",
    )
