"""From documents to requests: numbers, mail, direct debit, lengths, and what is refused with a sentence."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.connectors.e_boekhouden import exports, lookups
from shared.connectors.e_boekhouden.gathered import Gathered
from shared.connectors.e_boekhouden.models import Artikel, Relatie
from shared.connectors.e_boekhouden.settings import Settings
from shared.errors import Rejected, Unmappable, Unsupported
from shared.mapping import Receipt
from shared.schemas.documents import HoursLine, MaterialLine
from tests.connectors.e_boekhouden.office import Office, an_invoice
from tests.factories import make_customer, make_relation, make_work_order

OFFICE = Office()
HOUR = Artikel(
    ArtikelID="1", ArtikelCode="UUR", ArtikelOmschrijving="Montage", Eenheid="uur", InkoopprijsExclBTW=0,
    VerkoopprijsExclBTW=60, BTWCode="HOOG_VERK_21", TegenrekeningCode="8010", Actief=True,
)  # fmt: skip
PIPE = HOUR.model_copy(
    update={"ArtikelCode": "PIPE", "ArtikelOmschrijving": "Buis", "Eenheid": "m", "TegenrekeningCode": "8000"}
)
PAYER = Relatie(ID="31", Code="4711", Bedrijf="Bakkerij", Plaats="Breda", IBAN="NL91ABNA0417164300")
GATHERED = Gathered({"UUR": HOUR, "PIPE": PIPE}, frozenset({"8000", "8010", "8090"}), PAYER)
MATERIAL = MaterialLine(code="PIPE", quantity=2, unit_price="7.35")


def order_job(*materials, hours=(), **changes):
    document = {name: changes.pop(name) for name in list(changes) if name not in Settings.model_fields}
    order = make_work_order(materials=materials or (MATERIAL,), hours=tuple(hours), **document)
    return OFFICE.job(order, **changes)


def sent(job, gathered=GATHERED):
    how = exports.work_order if hasattr(job.document, "work_date") else exports.invoice
    return how(job, gathered).request.body["AddFactuur"]["oFact"]


def lines(job, gathered=GATHERED):
    return sent(job, gathered)["Regels"]["cFactuurRegel"]


def waits(job, setting, gathered=GATHERED):
    with pytest.raises(Unmappable) as error:
        sent(job, gathered)
    assert error.value.setting == setting
    return error.value.reason


def test_by_default_an_invoice_is_neither_booked_nor_mailed_nor_collected():
    assert sent(order_job(short_description="", payment_term=14)) == {
        "Relatiecode": "4711",
        "Datum": "2026-11-20",
        "Betalingstermijn": 14,
        "Factuursjabloon": "Factuursjabloon",
        "IncassoMachtigingDatumOndertekening": "2026-11-20",
        "Factuurnummer": "WO-2026-0001",
        "Regels": {
            "cFactuurRegel": [
                {
                    "Aantal": "2",
                    "Eenheid": "m",
                    "Omschrijving": "Buis",
                    "PrijsPerEenheid": "7.35",
                    "Code": "PIPE",
                    "BTWCode": "HOOG_VERK_21",
                    "TegenrekeningCode": "8000",
                    "KostenplaatsID": 0,
                }
            ]
        },
    }


def test_numbered_by_the_package_our_reference_begins_the_first_line():
    body = sent(order_job(numbered_by="package"))
    assert "Factuurnummer" not in body
    assert body["Regels"]["cFactuurRegel"][0]["Omschrijving"] == "[WO-2026-0001]\nKetel vervangen\nBuis"


def test_booked_at_once_it_says_what_it_is():
    body = sent(order_job(book=True))
    assert body["InBoekhoudingPlaatsen"] is True
    assert body["BoekhoudmutatieOmschrijving"] == "Werkbon WO-2026-0001"


MAIL = {"send_email": True, "email_subject": "Factuur", "email_message": "Bijgaand", "email_from": "a@b.example"}


def test_mailed_it_has_all_that_a_mail_needs():
    body = sent(order_job(**MAIL, email_from_name="Anouk"))
    assert body["PerEmailVerzenden"] is True
    mail = [body[f"Email{part}"] for part in ("Onderwerp", "Bericht", "VanAdres", "VanNaam")]
    assert mail == ["Factuur", "Bijgaand", "a@b.example", "Anouk"]


@pytest.mark.parametrize("missing", ["email_subject", "email_message", "email_from"])
def test_a_mail_without_one_of_its_parts_waits_for_it(missing):
    waits(order_job(**{**MAIL, missing: None}), missing)


def test_a_customer_with_a_mandate_is_collected_from_the_relations_account():
    body = sent(order_job(mandates={"90001": "2024-03-01"}))
    assert body["AutomatischeIncasso"] is True
    assert body["IncassoMachtigingDatumOndertekening"] == "2024-03-01"
    assert (body["IncassoRekeningNummer"], body["IncassoTnv"], body["IncassoPlaats"]) == (
        PAYER.IBAN,
        "Bakkerij",
        "Breda",
    )
    assert "AutomatischeIncasso" not in sent(order_job(mandates={"other": "2024-03-01"}))


@pytest.mark.parametrize("lacking", ["IBAN", "Plaats", "Bedrijf"])
def test_a_direct_debit_without_an_account_is_refused_with_a_sentence(lacking):
    payer = replace(GATHERED, relation=PAYER.model_copy(update={lacking: None}))
    with pytest.raises(Rejected, match="lacks a name, a place or an IBAN"):
        sent(order_job(mandates={"90001": "2024-03-01"}), payer)


def test_without_a_payment_term_it_waits_and_an_invoice_brings_its_own():
    assert "Choose a payment term" in waits(order_job(payment_term=None), "payment_term")
    assert sent(OFFICE.job(an_invoice((1, 10, 21)), payment_term=None))["Betalingstermijn"] == 30
    waits(OFFICE.job(an_invoice((1, 10, 21), due_date=None), payment_term=None), "payment_term")


def test_without_a_template_it_waits():
    waits(order_job(template=""), "template")


def test_vat_code_and_counter_account_of_the_line_come_first_as_if_from_free_fields():
    own = MATERIAL.model_copy(update={"vat_code": "LAAG_VERK_9", "ledger": "8010", "description": "Own"})
    (line,) = lines(order_job(own))
    assert (line["BTWCode"], line["TegenrekeningCode"]) == ("LAAG_VERK_9", "8010")
    (line,) = lines(order_job(own), Gathered(ledgers=frozenset({"8010"})))
    assert line["Code"] == "PIPE", "nothing had to be asked of the article"


@pytest.mark.parametrize(("ledger", "error"), [("9999", Rejected), ("1300", Rejected)])
def test_a_ledger_that_is_not_there_is_refused_before_anything_is_sent(ledger, error):
    with pytest.raises(error, match=f"ledger {ledger} is not one of revenue"):
        lines(order_job(MATERIAL.model_copy(update={"ledger": ledger})))


def test_a_line_that_nobody_gives_a_ledger_waits_for_the_default_one():
    bare = replace(GATHERED, articles={"PIPE": PIPE.model_copy(update={"TegenrekeningCode": None})})
    assert lines(order_job(ledger="8090"), bare)[0]["TegenrekeningCode"] == "8090"
    waits(order_job(ledger=None), "ledger", bare)
    assert "not one of revenue in e-Boekhouden" in waits(order_job(ledger="0001"), "ledger", bare)


def test_a_vat_code_must_charge_what_the_line_says():
    with pytest.raises(Rejected, match="the line carries 9 % VAT"):
        lines(order_job(MATERIAL.model_copy(update={"vat_percentage": Decimal(9)})))
    with pytest.raises(Rejected, match="for purchases only"):
        lines(order_job(MATERIAL.model_copy(update={"vat_code": "HOOG_INK_21", "vat_percentage": Decimal(21)})))


def test_an_unknown_material_needs_a_price_of_its_own():
    unknown = {"code": "STRANGE", "quantity": 1, "vat_percentage": 21}
    assert lines(order_job(MaterialLine(**unknown, unit_price=5)))[0]["Code"] == "STRANGE"
    with pytest.raises(Rejected, match="has no price, and is not in e-Boekhouden"):
        lines(order_job(MaterialLine(**unknown)))


def test_a_material_without_a_price_has_its_articles():
    assert lines(order_job(MaterialLine(code="PIPE", quantity=1)))[0]["PrijsPerEenheid"] == "60.00"


def hours(**changes):
    return HoursLine(**{"date": "2026-11-20", "minutes": 60, "hour_type": "UUR"} | changes)


def test_hours_have_their_own_price_or_their_articles_or_the_chosen_one():
    free = replace(
        GATHERED, articles={**GATHERED.articles, "UUR": HOUR.model_copy(update={"VerkoopprijsExclBTW": Decimal(0)})}
    )
    assert lines(order_job(hours=[hours(unit_price=45)]))[1]["PrijsPerEenheid"] == "45.00"
    assert lines(order_job(hours=[hours()]))[1]["PrijsPerEenheid"] == "60.00"
    assert lines(order_job(hours=[hours()], hour_price="55"), free)[1]["PrijsPerEenheid"] == "55.00"
    waits(order_job(hours=[hours()]), "hour_price", free)


def test_hours_of_an_unknown_type_wait_for_their_article():
    waits(order_job(hours=[hours(hour_type="NACHT")]), "hour_types")
    assert lines(order_job(hours=[hours(hour_type="NACHT")], hour_types={"NACHT": "UUR"}))[1]["Code"] == "UUR"
    waits(order_job(hours=[hours(hour_type=None)], default_hour_type=None), "default_hour_type")
    assert "Choose another" in waits(
        order_job(hours=[hours(hour_type=None)], default_hour_type="X"), "default_hour_type"
    )


def test_hours_come_first_where_that_is_chosen():
    assert [one["Code"] for one in lines(order_job(hours=[hours()], line_order="hours_first"))] == ["UUR", "PIPE"]


@pytest.mark.parametrize(
    ("line", "quantity", "price", "text"),
    [
        ({"quantity": "2", "unit_price": "7.35"}, "2", "7.35", "Buis"),
        ({"quantity": "1.5", "unit_price": "62.50"}, "1.5", "62.50", "Buis"),
        ({"quantity": "4.5", "unit_price": "7.35"}, "1", "33.08", "Buis (4,5 m x 7,35)"),
        ({"quantity": "1.6667", "unit_price": "60"}, "1", "100.00", "Buis (1,6667 m x 60)"),
        ({"quantity": "1000", "unit_price": "0.1234"}, "1", "123.40", "Buis (1000 m x 0,1234)"),
        ({"quantity": "2", "unit_price": "10", "discount_percentage": "10"}, "2", "9.00", "Buis"),
        (
            {"quantity": "3", "unit_price": "9.99", "discount_percentage": "12.5"},
            "1",
            "26.22",
            "Buis (3 m x 9,99 - 12,5 %)",
        ),
        ({"quantity": "-2", "unit_price": "10.05"}, "-2", "10.05", "Buis"),
    ],
)
def test_what_does_not_come_out_even_is_one_piece_at_the_lines_amount(line, quantity, price, text):
    (body,) = lines(order_job(MaterialLine(code="PIPE", **line), texts="none"))
    assert (body["Aantal"], body["PrijsPerEenheid"], body["Omschrijving"]) == (quantity, price, text)


LONG = {
    "debtor_number": (16, "number", 15),
    "name": (101, "name", 100),
    "contact": (51, "contact person", 50),
    "phone": (51, "phone number", 50),
    "email": (151, "e-mail address", 150),
    "vat_number": (51, "VAT number", 50),
    "coc_number": (51, "chamber of commerce number", 50),
}


@pytest.mark.parametrize("field", LONG)
def test_a_text_that_is_too_long_is_refused_by_name_and_never_cut(field):
    length, title, most = LONG[field]
    job = OFFICE.job(make_relation())
    with pytest.raises(
        Rejected, match=f"The {title} of customer .* {length} characters, and e-Boekhouden takes {most}"
    ):
        exports.relation(job, make_customer(**{field: "x" * length}))
    body = exports.relation(job, make_customer(**{field: "x" * most})).request.body["AddRelatie"]["oRel"]
    assert "x" * most in body.values()


@pytest.mark.parametrize(
    ("part", "title", "length"),
    [("street", "street and house number", 151), ("postal_code", "postal code", 51), ("city", "city", 51)],
)
def test_an_address_that_is_too_long_is_refused_by_name(part, title, length):
    customer = make_customer(
        address=make_customer().address.model_copy(update={part: "x" * length, "house_number": ""})
    )
    with pytest.raises(Rejected, match=f"The {title} of customer"):
        exports.relation(OFFICE.job(make_relation()), customer)


def test_numbers_codes_and_descriptions_that_are_too_long_are_refused_by_name():
    with pytest.raises(Rejected, match="The number of work order"):
        sent(order_job(number="9" * 51))
    assert sent(order_job(number="9" * 51, numbered_by="package"))
    with pytest.raises(Rejected, match="The booking description of work order"):
        sent(order_job(number="9" * 200, numbered_by="package", book=True))
    with pytest.raises(Rejected, match="The code of item"):
        sent(order_job(MaterialLine(code="x" * 51, quantity=1, unit_price=1, vat_percentage=21)))


def test_more_lines_than_an_invoice_has_are_refused():
    assert len(lines(order_job(*[MATERIAL] * 100))) == 100
    with pytest.raises(Rejected, match="has 101 lines"):
        sent(order_job(*[MATERIAL] * 101))


def test_another_currency_is_refused_because_invoices_have_none():
    with pytest.raises(Unsupported, match="is in USD"):
        sent(OFFICE.job(an_invoice((1, 100, 0), currency="USD")))
    with pytest.raises(Unsupported, match="is in USD"):
        sent(order_job(currency="USD"))


def test_relations_are_not_made_where_the_user_does_not_want_it():
    with pytest.raises(Unmappable) as error:
        exports.relation(OFFICE.job(make_work_order(), create_relations=False), make_customer())
    assert error.value.setting == "create_relations"


def test_the_relations_own_code_is_used_where_it_is_known_by_id():
    own = replace(GATHERED, relation=PAYER.model_copy(update={"Code": "K-99"}))
    assert exports.work_order(order_job(), own).customer == "K-99"
    assert exports.work_order(order_job(), replace(GATHERED, relation=None)).customer == "90001"


def test_a_credit_note_names_its_invoice():
    credit = an_invoice((-1, 100, 21), type="credit", credits="i-1", number="C-1")
    job = OFFICE.job(credit, {"credited": Receipt("2026-1", "2026-1")}, book=True)
    body = sent(job)
    assert body["BoekhoudmutatieOmschrijving"] == "Creditnota C-1 / Credit van factuur 2026-1"
    assert body["Regels"]["cFactuurRegel"][0]["Omschrijving"] == "Credit van factuur 2026-1\nWerk"


def test_lines_of_an_invoice_without_an_article_have_the_chosen_code():
    invoice = an_invoice((1, 10, 21), (1, 10, 21, {"code": "PIPE"}), (1, 10, 21, {"hour_type": "UUR"}))
    assert [one["Code"] for one in lines(OFFICE.job(invoice, line_code="DIV"))] == ["DIV", "PIPE", "UUR"]


def test_cost_centres_are_chosen_by_id():
    assert lines(order_job(cost_centre="311"))[0]["KostenplaatsID"] == 311
    with pytest.raises(ValueError, match="by its id, a number"):
        Settings(cost_centre="Service")


async def test_only_what_a_line_does_not_say_is_asked_for():
    office = Office()
    all_said = MaterialLine(code="A", description="A", quantity=1, unit_price=1, vat_code="HOOG_VERK_21", ledger="8000")
    job = office.job(make_work_order(materials=(all_said,), hours=()))
    await lookups.for_invoice(await office.client(), job)
    assert not [call for call in office.sandbox.calls if call.path.endswith("GetArtikelen")]
