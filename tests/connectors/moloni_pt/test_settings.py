"""What users may choose: closed documents only by their word, ids only as ids, nothing empty."""

import pytest
from pydantic import ValidationError

from shared.connectors.moloni_pt.settings import IN_WORDS, Document, Settings


@pytest.mark.parametrize("kind", [name for name in Document.__args__ if name.startswith("closed_")])
def test_closed_documents_need_the_users_word(kind):
    with pytest.raises(ValidationError, match="final and reported to the tax authority"):
        Settings(work_order_document=kind)
    with pytest.raises(ValidationError, match="final and reported to the tax authority"):
        Settings(work_order_documents={"Service": kind})
    assert Settings(work_order_document=kind, closing=IN_WORDS).work_order_document == kind


def test_by_default_nothing_is_closed():
    assert (Settings().work_order_document, Settings().closing) == ("invoice", None)
    assert Settings(closing="").closing is None


def test_the_word_must_be_those_words():
    with pytest.raises(ValidationError):
        Settings(closing="yes")


@pytest.mark.parametrize("name", ["document_set", "maturity_date", "payment_method", "delivery_method"])
def test_ids_are_numbers_and_nothing_is_none(name):
    assert getattr(Settings(**{name: "61"}), name) == "61"
    assert getattr(Settings(**{name: ""}), name) is None
    for wrong in ("Multibanco", "²", "1.5"):
        with pytest.raises(ValidationError, match="is not an id of Moloni"):
            Settings(**{name: wrong})


def test_a_unit_of_hours_is_never_empty():
    with pytest.raises(ValidationError, match="a unit is empty"):
        Settings(hour_units=("Hora", ""))


def test_types_of_work_become_documents_that_there_are():
    with pytest.raises(ValidationError):
        Settings(work_order_documents={"Service": "poem"})
    with pytest.raises(ValidationError):
        Settings(invoice_document="invoice")
