"""What the package says with each error code. The texts are invented; the codes are those of the sheet (section 8)."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "E001.1": "Ongeldige inloggegevens",
    "E001.3": "Ongeldige SecurityCode2",
    "E002.1": "Ongeldige sessievariabelen",
    "E002.2": "Sessie niet gevonden",
    "E002.3": "Sessie verlopen",
    "E002.5": "Geen accountant",
    "E003.1": "Limiet aantal aanroepen bereikt",
    "CFACT004": "Datum ontbreekt of is onjuist",
    "CFACT006": "Een factuur heeft 1 tot 100 regels",
    "CFACT014": "Betalingstermijn ontbreekt",
    "CFACT024": "Relatiecode ontbreekt",
    "CFACT025": "Relatie is niet bekend",
    "CFACT026": "Factuurnummer is niet beschikbaar",
    "CFACT027": "Geen factuursjabloon gekozen",
    "CFACT028": "Factuursjabloon ontbreekt",
    "CFACT029": "Bericht van de e-mail ontbreekt",
    "CFACT030": "Afzender van de e-mail ontbreekt",
    "CFACT031": "Onderwerp van de e-mail ontbreekt",
    "CFACT032": "Omschrijving van de boeking ontbreekt",
    "CFACT033": "Incasso: rekeningnummer ontbreekt",
    "CFACT034": "Incasso: tenaamstelling ontbreekt",
    "CFACT035": "Incasso: plaats ontbreekt",
    "CFACT036": "Incasso: omschrijving ontbreekt",
    "CFACT037": "Regel {line}: code ontbreekt",
    "CFACT039": "Regel {line}: omschrijving ontbreekt",
    "CFACT040": "Regel {line}: tegenrekening ontbreekt",
    "CFACT041": "Regel {line}: BTW-code ontbreekt",
    "CFACT042": "Regel {line}: BTW-code is onjuist",
    "CFACT212": "Regel {line}: kostenplaats bestaat niet",
    "CMUT012": "Tegenrekening heeft een onjuiste categorie of bestaat niet",
    "CREL001": "Relatiecode is al in gebruik",
    # Not in the sheet: how the package refuses these is not known.
    "SANDBOX.LENGTH": "{field} is te lang (foutcode van de sandbox)",
    "SANDBOX.RELATION": "Code, bedrijf of soort ontbreekt (foutcode van de sandbox)",
    "SANDBOX.NUMBER": "Factuurnummer eindigt niet op een cijfer (foutcode van de sandbox)",
}


class Refused(Exception):  # an answer, with HTTP 200
    """The package says no, with a code."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code = code
        self.words = WORDS[code].format(**details)
