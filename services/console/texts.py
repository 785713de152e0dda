"""What people read, in their language: sentences from the catalogs, numbers, dates and money as they are written there.

English is the source: a sentence is its own name, `texts("{n} documents wait", n=3)`.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale, dates, negotiate_locale, numbers
from babel.support import NullTranslations

from services.console.catalogs import translations
from services.console.said import translated

LANGUAGES = {"en": "English", "nl": "Nederlands", "pt": "Português", "es": "Español", "fr": "Français"}
"""Those there are, each by its own name."""

Value = str | int | Decimal | date


class Texts:
    """One language. Call it with an English sentence of the catalogs."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse({"en": "en_GB", "pt": "pt_PT"}.get(language, language))
        self._translations: NullTranslations = translations(language)

    def __call__(self, message: str, /, **values: Value) -> str:
        """The sentence with its values filled in; numbers and dates as this language writes them."""
        return self._filled(str(self._translations.gettext(message)), values)

    def plural(self, one: str, many: str, n: int, /, **values: Value) -> str:
        """`one` or `many`, as the language has it for this number; `{n}` stands for it."""
        return self._filled(str(self._translations.ngettext(one, many, n)), {"n": n, **values})

    def said(self, sentence: str | None) -> str:
        """A sentence that the core once wrote into the store; as it is when no catalog knows it."""
        return translated(self.language, sentence) if sentence else ""

    def date(self, day: date | None) -> str:
        """`3 Mar 2026`."""
        return dates.format_date(day, "medium", self.locale) if day else ""

    def moment(self, moment: datetime | None, zone: str = "UTC") -> str:
        """`3 Mar 2026, 14:05`, by the clock of that time zone."""
        if moment is None:
            return ""
        return dates.format_datetime(moment, "medium", ZoneInfo(zone), self.locale).strip()

    def number(self, number: Decimal | float) -> str:
        """`1,234.5`."""
        return numbers.format_decimal(number, locale=self.locale)

    def money(self, amount: Decimal, currency: str) -> str:
        """`€1,234.50`."""
        return numbers.format_currency(amount, currency, locale=self.locale)

    def _filled(self, message: str, values: dict[str, Value]) -> str:
        return message.format(**{name: self._shown(value) for name, value in values.items()}) if values else message

    def _shown(self, value: Value) -> str:
        match value:
            case str():
                return value
            case int() | Decimal():
                return self.number(value)
            case datetime():
                return self.moment(value)
            case date():
                return self.date(value)


@cache
def texts(language: str) -> Texts:
    """The texts of a language; of one there is not, the English ones."""
    return Texts(language if language in LANGUAGES else "en")


def chosen(*wishes: str | None) -> str:
    """The first wish that can be met, each `nl`, `nl-BE`, or a browser's `nl-BE,nl;q=0.9,en;q=0.8`."""
    for wish in wishes:
        tags = [part.partition(";")[0].strip().replace("_", "-") for part in (wish or "")[:200].split(",")]
        if found := negotiate_locale([tag for tag in tags if tag], list(LANGUAGES), sep="-"):
            return found
    return "en"
