"""An invoice adds up, or is refused; its VAT is spread over its lines to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Rejected
from shared.schemas.documents import InvoiceLine
from shared.totals import Taxed, must_add_up, spread
from tests.factories import make_invoice

LINE = {"quantity": 1, "unit_price": "100", "vat_percentage": 21}


def _invoice(*lines, excl, vat):
    made = tuple(InvoiceLine.model_validate(LINE | line) for line in lines)
    total = Decimal(excl) + Decimal(vat)
    return make_invoice(lines=made, total_excl=excl, total_vat=vat, total_incl=total)


def _taxed(*lines):
    return [Taxed(Decimal(net), Decimal(rate), code) for net, rate, code in lines]


@pytest.mark.parametrize(
    ("lines", "excl", "vat"),
    [
        ([{}], "100", "21"),
        ([{}, {"hidden": True, "unit_price": "0"}], "100", "21"),
        ([{}, {"hidden": True}], "100", "21"),
        ([{}, {"unit_price": "-40"}], "60", "12.60"),
        ([{"discount_percentage": 10}], "90", "18.90"),
        ([{"quantity": "1.5", "unit_price": "0.333"}], "0.50", "0.11"),
        ([{"vat_percentage": 0}], "100", "0"),
    ],
)
def test_an_invoice_whose_lines_make_its_totals_passes(lines, excl, vat):
    must_add_up(_invoice(*lines, excl=excl, vat=vat))


@pytest.mark.parametrize("vat", ["0.30", "0.31", "0.32", "0.33"])
def test_vat_may_have_been_rounded_by_line_by_rate_or_once(vat):
    must_add_up(_invoice(*[{"unit_price": "0.50"}] * 3, excl="1.50", vat=vat))


def test_vat_may_have_been_computed_on_amounts_before_they_were_rounded():
    must_add_up(_invoice({"unit_price": "0.694"}, excl="0.69", vat="0.15"))


@pytest.mark.parametrize("vat", ["0.29", "0.34", "-0.31", "0"])
def test_vat_that_no_rounding_explains_is_refused(vat):
    with pytest.raises(Rejected, match=r"The lines of invoice 2026-0042 make 0.32 VAT, but its VAT is"):
        must_add_up(_invoice(*[{"unit_price": "0.50"}] * 3, excl="1.50", vat=vat))


@pytest.mark.parametrize("vat", ["20.99", "21.01"])
def test_one_line_leaves_no_room_for_a_cent(vat):
    with pytest.raises(Rejected, match=r"make 21.00 VAT, but"):
        must_add_up(_invoice({}, excl="100", vat=vat))


def test_vat_on_lines_without_any_is_refused():
    with pytest.raises(Rejected, match=r"make 0.00 VAT, but its VAT is 0.01"):
        must_add_up(_invoice({"vat_percentage": 0}, excl="100", vat="0.01"))


@pytest.mark.parametrize("excl", ["99.99", "100.01", "-100"])
def test_lines_that_make_another_total_are_refused_with_both_amounts(excl):
    with pytest.raises(
        Rejected, match=f"make 100.00 excluding VAT, but its total is {excl}. Credit it on the platform"
    ):
        must_add_up(_invoice({}, excl=excl, vat="21"))


def test_hidden_lines_that_carry_money_are_named_as_the_reason():
    with pytest.raises(Rejected, match=r"its total is 112.50. Hidden lines are not sent, and those .* make 12.50"):
        must_add_up(_invoice({}, {"hidden": True, "unit_price": "12.50"}, excl="112.50", vat="23.63"))


def test_vat_that_was_rounded_by_line_stays_as_it_is():
    assert spread(_taxed(("0.50", 21, "4"), ("0.50", 21, "4")), Decimal("0.22")) == [Decimal("0.11")] * 2


def test_where_it_was_rounded_by_rate_the_difference_goes_to_the_largest_line_of_each_code():
    lines = _taxed(("0.50", 21, "4"), ("-0.60", 21, "4"), ("0.50", 21, "4"), ("0.05", 9, "2"), ("0.04", 9, "2"))
    assert spread(lines, Decimal("0.09")) == [Decimal(part) for part in ("0.11", "-0.14", "0.11", "0.01", "0.00")]


def test_a_code_keeps_its_own_rounding_when_that_explains_the_total():
    lines = _taxed(("0.50", 21, "4"), ("0.50", 21, "4"), ("9.00", 9, "2"))
    assert spread(lines, Decimal("1.02")) == [Decimal("0.10"), Decimal("0.11"), Decimal("0.81")]


def test_another_difference_goes_to_the_largest_charged_line():
    lines = _taxed(("0.50", 21, "4"), ("0.30", 9, "2"), ("90", 0, "0"))
    assert spread(lines, Decimal("0.12")) == [Decimal("0.09"), Decimal("0.03"), Decimal("0.00")]


def test_lines_without_vat_get_none():
    assert spread(_taxed(("10", 0, "0")), Decimal("0.00")) == [Decimal(0)]


CENTS = st.decimals(-10_000, 10_000, places=2)
LINES = st.lists(st.tuples(CENTS, st.sampled_from([0, "5.5", 6, 9, 21])), min_size=1, max_size=12)


@given(LINES, st.sampled_from(["line", "rate", "once"]))
def test_however_it_was_rounded_the_parts_make_the_total_and_stay_near_their_own(lines, rounded):
    taxed = _taxed(*((net, rate, str(rate)) for net, rate in lines))
    total = _rounded(taxed, rounded)
    parts = spread(taxed, total)
    assert sum(parts) == total
    assert all(part == part.quantize(Decimal("0.01")) for part in parts)
    assert all(
        abs(part - line.vat) <= Decimal("0.005") * (len(lines) + 1) for part, line in zip(parts, taxed, strict=True)
    )
    assert all(part == 0 for part, line in zip(parts, taxed, strict=True) if not line.percentage)


def _rounded(lines, how):
    groups = {"line": list(range(len(lines))), "rate": [line.code for line in lines], "once": [0] * len(lines)}[how]
    sums = {}
    for key, line in zip(groups, lines, strict=True):
        sums[key] = sums.get(key, Decimal(0)) + line.vat
    return sum((part.quantize(Decimal("0.01"), "ROUND_HALF_UP") for part in sums.values()), Decimal(0))
