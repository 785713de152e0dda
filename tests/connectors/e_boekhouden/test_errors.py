"""Every error code of the sheet has a meaning in the user's words, and the right thing happens next."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.access import Answer
from shared.connectors.e_boekhouden.errors import CLOSED_SESSIONS, classify, meaning
from shared.connectors.e_boekhouden.meanings import MEANINGS, SETTINGS
from shared.connectors.e_boekhouden.sandbox.words import WORDS
from shared.connectors.e_boekhouden.settings import Settings
from shared.errors import MissingRight, NeedsOwner, RateLimited, Rejected, TryLater, Uncertain, Unmappable

SHEET = [
    "E001.1", "E001.2", "E001.3", "E001.5", "E001.7", "E002.1", "E002.2", "E002.3", "E002.4", "E002.5", "E003.1",
    "CFACT004", "CFACT006", "CFACT014", "CFACT024", "CFACT025", "CFACT026", "CFACT027", "CFACT028", "CFACT029",
    "CFACT030", "CFACT031", "CFACT032", "CFACT033", "CFACT034", "CFACT035", "CFACT036", "CFACT037", "CFACT038",
    "CFACT039", "CFACT040", "CFACT041", "CFACT042", "CFACT212", "CMUT001", "CMUT001.1", "CMUT003", "CMUT003.1",
    "CMUT004", "CMUT005", "CMUT006", "CMUT008", "CMUT010", "CMUT010.1", "CMUT011", "CMUT012", "CMUT013", "CMUT014",
    "CMUT015", "CMUT016", "CMUT017", "CMUT018", "CMUT019", "CMUT020", "CMUT021", "CMUT023", "CMUT024", "CMUT025",
    "CMUT026", "CMUT027", "CMUT028", "CMUT033", "CGB001", "CGB001.1", "CGB002", "CGB002.1", "CGB005", "CGB005.1",
    "CGB006", "CGB006.1", "CGN003", "CGN003.1", "CREL001",
]  # fmt: skip
"""The codes of the e-Boekhouden fact sheet, section 8."""
FATES = {
    "E001": NeedsOwner,
    "E001.5": MissingRight,
    "E002": TryLater,
    "E002.5": NeedsOwner,
    "E003.1": RateLimited,
    **dict.fromkeys(("CFACT014", "CFACT027", "CFACT028", "CFACT029", "CFACT030", "CFACT031", "CFACT212"), Unmappable),
}


def said(code, words="Dit zegt het pakket &amp; niet wij"):
    inner = f"<LastErrorCode>{code}</LastErrorCode><LastErrorDescription>{words}</LastErrorDescription>"
    return Answer(200, {}, f"<soap:Envelope><soap:Body><ErrorMsg>{inner}</ErrorMsg></soap:Body></soap:Envelope>")


@pytest.mark.parametrize("code", SHEET)
def test_every_code_of_the_sheet_has_its_own_sentence_that_says_what_to_do(code):
    sentence = meaning(code)
    assert code not in sentence or code == "E003.1"
    assert len(re.findall(r"[.:] ", f"{sentence} ")) > 1 or ";" in sentence, "what is wrong, and what to do"
    assert sentence == meaning(code.replace(".", ""))


def test_no_code_is_made_up():
    assert set(MEANINGS) == {code.replace(".", "") for code in SHEET}
    assert {code for code in WORDS if not code.startswith("SANDBOX")} <= set(SHEET)


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("code", SHEET)
def test_every_code_has_its_fate(code, write):
    error = classify(said(code), write)
    expected = FATES.get(code) or FATES.get(code.partition(".")[0]) or Rejected
    assert type(error) is expected
    assert error.reason == meaning(code)
    if not isinstance(error, Unmappable):
        assert error.vendor_says == "Dit zegt het pakket & niet wij"


@pytest.mark.parametrize("code", ["CFACT026", "CREL001"])
def test_what_is_taken_already_is_looked_up_before_the_refusal_is_believed(code):
    assert classify(said(code), True).look_up_first
    assert not classify(said("CFACT025"), True).look_up_first


def test_a_code_in_a_server_error_is_no_proof_that_nothing_was_written():
    assert classify(replace(said("CFACT025"), status=500), True).look_up_first


@pytest.mark.parametrize("code", ["E002.3", "E0023", "e002.3"])
def test_codes_are_known_however_they_are_written(code):
    assert type(classify(said(code), True)) is TryLater
    assert code.replace(".", "").upper() in CLOSED_SESSIONS


def test_a_closed_session_is_tried_again_soon():
    assert classify(said("E002.4"), False).after == timedelta(seconds=1)


def test_settings_that_are_waited_for_are_there():
    assert set(SETTINGS.values()) <= Settings.model_fields.keys()


def test_a_code_nobody_knows_is_refused_in_the_packages_own_words():
    error = classify(said("CREL042", "Onbekend"), True)
    assert type(error) is Rejected
    assert (error.vendor_says, error.reason) == ("Onbekend", "e-Boekhouden refused: Onbekend (CREL042)")


@pytest.mark.parametrize("empty", ["<ErrorMsg><LastErrorCode/><LastErrorDescription/></ErrorMsg>", "<ErrorMsg/>", ""])
def test_a_success_may_have_an_error_message_without_a_code(empty):
    answer = Answer(200, {}, f'<?xml version="1.0"?><soap:Envelope><soap:Body>{empty}</soap:Body></soap:Envelope>')
    assert classify(answer, True) is None


def fault(who):
    inner = f"<faultcode>soap:{who}</faultcode><faultstring>No &lt;x&gt;</faultstring>"
    return f"<soap:Envelope><soap:Body><soap:Fault>{inner}</soap:Fault></soap:Body></soap:Envelope>"


@pytest.mark.parametrize(
    ("status", "body", "on_write", "on_read"),
    [
        (500, fault("Client"), Rejected, Rejected),
        (500, fault("Server"), Uncertain, TryLater),
        (500, "", Uncertain, TryLater),
        (503, "<html>Onderhoud</html>", Uncertain, TryLater),
        (408, "", Uncertain, TryLater),
        (200, "<html>Onderhoud</html>", Uncertain, TryLater),
        (200, "{}", Uncertain, TryLater),
        (429, "", RateLimited, RateLimited),
        (415, "", Rejected, Rejected),
    ],
)
def test_what_is_no_business_answer_may_have_been_executed_unless_it_surely_was_not(status, body, on_write, on_read):
    assert type(classify(Answer(status, {}, body), True)) is on_write
    error = classify(Answer(status, {}, body), False)
    assert type(error) is on_read
    assert "<" not in error.reason.replace("<x>", "")
