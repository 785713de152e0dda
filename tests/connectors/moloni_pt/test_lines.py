"""Lines of documents: products, prices, VAT and its reasons; and what of a document is refused or waits."""

from decimal import Decimal

import pytest

from shared.errors import Rejected, Unmappable, Unsupported
from tests.connectors.moloni_pt.office import COMPANY, Office, a_customer, an_hour, an_order, small_sandbox


@pytest.fixture
def office():
    return Office()


def product(office, reference):
    return next(row for row in office.books.tables["products"].values() if row["reference"] == reference)


def change(office, reference, **values):
    office.sandbox.change(COMPANY, "products", product(office, reference)["product_id"], **values)


async def lines(office, *materials, hours=(), customer=None, **settings):
    """The lines as they would be sent."""
    order = an_order(*materials, hours=tuple(hours), customer=customer)
    draft = await office.mapped(office.job(order, **settings))
    return draft.request.body["products"]


async def waits(office, *materials, hours=(), customer=None, **settings):
    """What the document waits for, and the key of it."""
    with pytest.raises(Unmappable) as error:
        await lines(office, *materials, hours=hours, customer=customer, **settings)
    assert error.value.reason.endswith(".")
    return error.value.setting, error.value.key


async def test_a_line_names_its_product_and_falls_back_on_its_price_and_name(office):
    (line,) = await lines(office, ("DESLOC", 2))
    known = product(office, "DESLOC")
    assert (line["product_id"], line["name"], line["qty"], line["price"]) == (known["product_id"], "Deslocação", 2, 45)
    assert line["taxes"] == [{"tax_id": 41, "value": 23, "order": 0, "cumulative": 0}]


async def test_the_lines_own_text_price_and_discount_win(office):
    more = {"description": "Viagem", "discount_percentage": "12.5"}
    (line,) = await lines(office, ("DESLOC", 1, "9.99", 23, more))
    assert (line["name"], line["price"], line["discount"]) == ("Viagem", 9.99, 12.5)


async def test_a_reference_that_only_begins_alike_is_another_product(office):
    assert await waits(office, ("DESLO", 1, "5")) == ("default_product", None)


async def test_a_material_that_is_not_there_waits_unless_a_product_stands_in(office):
    assert await waits(office, ("X-1", 1, "5")) == ("default_product", None)
    assert await waits(office, ("X-1", 1, "5"), default_product="X-2") == ("default_product", None)
    order = an_order(("X-1", 1, "5", 6, {"description": "Válvula"}))
    draft = await office.mapped(office.job(order, default_product="DESLOC"))
    (line,) = draft.request.body["products"]
    assert (line["product_id"], line["name"]) == (product(office, "DESLOC")["product_id"], "Válvula")
    assert draft.warnings == ("Item X-1 is not in Moloni; product DESLOC stands in for it.",)


async def test_the_vat_of_what_stands_in_counts_only_where_the_line_says_nothing(office):
    for percentage, tax in ((6, 43), (None, 41)):
        (line,) = await lines(office, ("X-1", 1, "5", percentage), default_product="DESLOC")
        assert line["taxes"][0]["tax_id"] == tax


async def test_a_material_without_a_price_anywhere_is_refused(office):
    with pytest.raises(Rejected, match="has no price, and none in Moloni"):
        await lines(office, ("X-1", 1), default_product="DESLOC")


async def test_an_inactive_product_is_refused_with_what_to_do(office):
    change(office, "DESLOC", visibility_id=0)
    with pytest.raises(Rejected, match=r"Product DESLOC is not active in Moloni\. Make it active there"):
        await lines(office, ("DESLOC", 1))


async def test_hours_are_billed_on_the_product_of_their_type_at_the_first_price_there_is(office):
    change(office, "HORA-VIAGEM", price=None)
    hours = [
        an_hour(90, remark="Reparação"),
        an_hour(60, hour_type="Viagem"),
        an_hour(30, hour_type=None, unit_price=50),
    ]
    found = await lines(
        office, hours=hours, hour_types={"Viagem": "HORA-VIAGEM"}, hour_price="20", default_hour_type="HORA-TEC"
    )
    assert [(line["name"], line["qty"], line["price"]) for line in found] == [
        ("Reparação", 1.5, 38), ("Hora de viagem", 1, 20), ("Hora técnica", 0.5, 50),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hour_type", "settings", "waiting"),
    [
        (None, {"default_hour_type": None}, ("default_hour_type", None)),
        (None, {"default_hour_type": "NONE"}, ("default_hour_type", None)),
        ("Night", {}, ("hour_types", "Night")),
    ],
)
async def test_hours_without_a_product_wait(office, hour_type, settings, waiting):
    assert await waits(office, hours=[an_hour(hour_type=hour_type)], **settings) == waiting


async def test_hours_without_a_price_wait(office):
    change(office, "HORA-TEC", price=None)
    assert await waits(office, hours=[an_hour()]) == ("hour_price", None)


@pytest.mark.parametrize(("percentage", "tax"), [(23, 41), (13, 42), (6, 43)])
async def test_the_percentage_of_a_line_chooses_its_rate_where_the_product_has_none(office, percentage, tax):
    (line,) = await lines(office, ("DIV-SEM-IVA", 1, "5", percentage))
    assert (line["taxes"][0]["tax_id"], line["taxes"][0]["value"]) == (tax, percentage)
    assert "exemption_reason" not in line


async def test_a_line_without_vat_carries_a_reason_and_no_tax(office):
    for line in await lines(office, ("DIV-SEM-IVA", 1, "5", 0), ("ISENTO-ART9", 1)):
        assert "taxes" not in line
    (other, own) = await lines(office, ("DIV-SEM-IVA", 1, "5", 0), ("ISENTO-ART9", 1))
    assert (other["exemption_reason"], own["exemption_reason"]) == ("M99", "M07")


async def test_a_percentage_without_a_rate_waits_for_it(office):
    assert await waits(office, ("DIV-SEM-IVA", 1, "5", 0), vat_codes={}) == ("vat_codes", "0")
    assert await waits(office, ("DIV-SEM-IVA", 1, "5"), vat_default=None) == ("vat_default", None)


@pytest.mark.parametrize("code", ["42", "IVA - Taxa intermédia", "M07", "no-such-rate", "99"])
async def test_a_chosen_code_that_charges_something_else_waits_for_another_choice(office, code):
    assert await waits(office, ("DIV-SEM-IVA", 1, "5", 23), vat_codes={"23": code}) == ("vat_codes", "23")


async def test_a_rate_can_be_named_by_its_name_and_of_two_alike_the_fitting_one_is_taken(office):
    office.sandbox.change(COMPANY, "taxes", 41, name="IVA")
    office.sandbox.change(COMPANY, "taxes", 43, name="IVA")
    for percentage, tax in ((23, 41), (6, 43)):
        (line,) = await lines(office, ("DIV-SEM-IVA", 1, "5", percentage), vat_codes={str(percentage): "iva"})
        assert line["taxes"][0]["tax_id"] == tax


async def test_another_tax_than_vat_is_no_rate(office):
    office.sandbox.change(COMPANY, "taxes", 41, saft_type=2)
    assert await waits(office, ("DIV-SEM-IVA", 1, "5", 23)) == ("vat_codes", "23")
    (line,) = await lines(office, ("DESLOC", 1, None, 6))
    assert line["taxes"][0]["tax_id"] == 43, "a stamp duty on the product decides nothing"


async def test_a_rate_of_nothing_becomes_its_reason_and_waits_without_one(office):
    office.sandbox.change(COMPANY, "taxes", 44, value=Decimal(0), exemption_reason="M05")
    (line,) = await lines(office, ("DIV-SEM-IVA", 1, "5", 0), vat_codes={"0": "44"})
    assert line["exemption_reason"] == "M05"
    office.sandbox.change(COMPANY, "taxes", 44, exemption_reason="")
    assert await waits(office, ("DIV-SEM-IVA", 1, "5", 0), vat_codes={"0": "44"}) == ("vat_codes", "0")


async def test_a_product_that_charges_something_else_than_the_line_is_refused(office):
    with pytest.raises(Rejected, match="the line carries 6 % VAT, but VAT code 41"):
        await lines(office, ("DESLOC", 1, "5", 6))


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ({"vat_regime": "reverse_charge"}, "M30"),
        ({"vat_regime": "exempt"}, "M07"),
        ({"address": {"country": "ES"}, "vat_number": "ESB58378431"}, "M40"),
        ({"address": {"country": "US"}}, "M05"),
    ],
)
async def test_customers_who_are_charged_no_vat_have_the_reason_of_their_regime(office, who, reason):
    (line,) = await lines(office, ("DESLOC", 1), customer=a_customer(**who))
    assert (line["exemption_reason"], "taxes" in line) == (reason, False)


async def test_another_currency_is_refused_with_a_sentence(office):
    with pytest.raises(Unsupported, match="is in USD, and the books are in EUR"):
        await office.mapped(office.job(an_order(("DESLOC", 1), currency="USD")))


async def test_digits_that_a_number_cannot_hold_are_refused(office):
    with pytest.raises(Unsupported, match="The price of DESLOC"):
        await lines(office, ("DESLOC", 1, "0.12345678901234567890123"))


async def test_a_document_of_no_lines_is_refused(office):
    with pytest.raises(Unsupported, match="no lines to bill"):
        await office.mapped(office.job(an_order()))


async def test_lines_that_moloni_refuses_are_named_by_what_they_say():
    office = Office(small_sandbox(negative_quantities=False))
    order = an_order(("DESLOC", 1), ("DESLOC", -1, "5", None, {"description": "Devolução"}))
    with pytest.raises(Rejected) as refused:
        await office.book(office.job(order))
    assert refused.value.reason == (
        "Moloni refused: line 2 (Devolução): the quantity must be a number, greater than 0."
    )


async def test_a_series_that_is_not_registered_is_explained(office):
    with pytest.raises(Rejected, match="not registered at the tax authority for this kind of document"):
        await office.book(office.job(an_order(("DESLOC", 1)), document_set="302"))


async def test_the_companys_own_series_is_taken_unless_another_is_chosen(office):
    draft = await office.mapped(office.job(an_order(("DESLOC", 1))))
    assert draft.request.body["document_set_id"] == 301
    office.sandbox.change(COMPANY, "documentSets", 301, active_by_default=0)
    with pytest.raises(Unmappable, match="no default series") as waiting:
        await office.mapped(office.job(an_order(("DESLOC", 1))))
    assert waiting.value.setting == "document_set"
    draft = await office.mapped(office.job(an_order(("DESLOC", 1)), document_set="302"))
    assert draft.request.body["document_set_id"] == 302


@pytest.mark.parametrize(
    ("kind", "settings", "setting"),
    [
        ("invoice", {"maturity_date": None}, "maturity_date"),
        ("invoice", {"maturity_date": "99"}, "maturity_date"),
        ("invoice_receipt", {"payment_method": None}, "payment_method"),
        ("service_list", {"delivery_method": None}, "delivery_method"),
    ],
)
async def test_a_document_waits_for_what_its_kind_needs(office, kind, settings, setting):
    with pytest.raises(Unmappable) as waiting:
        await office.mapped(office.job(an_order(("DESLOC", 1)), **settings), kind)
    assert waiting.value.setting == setting


async def test_a_document_is_due_when_its_term_says_and_an_invoice_receipt_at_once(office):
    for kind, due in (("invoice", "2026-12-20"), ("purchase_order", "2026-12-20"), ("invoice_receipt", "2026-11-20")):
        draft = await office.mapped(office.job(an_order(("DESLOC", 1))), kind)
        assert draft.request.body["expiration_date"] == due


async def test_notes_say_what_was_done_and_where_if_that_is_elsewhere(office):
    site = a_customer(debtor_number="4712", name="Loja", address={"street": "Rua B", "city": "Braga", "country": "PT"})
    order = an_order(("DESLOC", 1), site_customer=site, short_description="Caldeira", description="Trocada.")
    draft = await office.mapped(office.job(order))
    assert draft.request.body["notes"] == "Caldeira\n\nTrocada.\n\nLoja, Rua B, Braga"


async def test_a_transport_document_goes_from_the_company_to_where_the_work_was_done(office):
    site = a_customer(debtor_number="4712", address={"street": "Calle B", "city": "Vigo", "country": "ES"})
    order = an_order(("DESLOC", 1), site_customer=site)
    body = (await office.mapped(office.job(order), "service_list")).request.body
    assert (body["delivery_departure_address"], body["delivery_departure_city"]) == ("Rua do Almada 10", "Porto")
    assert (body["delivery_destination_city"], body["delivery_destination_country"]) == ("Vigo", 2)
    assert "our_reference" not in body


@pytest.mark.parametrize(
    ("chosen", "cls"),
    [
        ("delivery_notes", "deliveryNotes"),
        ("waybills", "waybills"),
        ("bills_of_lading", "billsOfLading"),
        ("estimates", "estimates"),
    ],
)
async def test_service_lists_are_made_as_what_the_user_calls_so(office, chosen, cls):
    job = office.job(an_order(("DESLOC", 1)), service_list_class=chosen)
    booked = await office.book(job, "closed_service_list")
    assert (booked.row["_class"], booked.row["status"]) == (cls, 1)
