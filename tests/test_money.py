"""Money is exact: whole millionths, from settings to sums."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.money import cost_of, read_amount, read_price, shown, written


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "1e99", "a lot", "1,5"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    for read in (read_price, read_amount):
        with pytest.raises(ValueError, match=r"use a number, like 20 or 0\.00044"):
            read(text)


def test_no_price_and_no_limit() -> None:
    assert read_price("") is read_price("0") is None
    assert read_amount("") is None
    assert read_amount("0") == 0, "nothing may be spent"
    assert read_price("0.00044") == Decimal("0.00044")
    assert read_amount("20") == 20_000_000


def test_seconds_cost_what_the_provider_says() -> None:
    assert cost_of(60, Decimal("0.00044")) == 26_400
    assert cost_of(0.0005, Decimal(1)) == 0, "a provider counts whole milliseconds"
    assert cost_of(-1, Decimal(1)) == 0


@given(st.lists(st.integers(0, 10**7), max_size=20))
def test_a_sum_of_parts_is_what_the_parts_cost(milliseconds: list[int]) -> None:
    price = Decimal("0.001")
    assert sum(cost_of(one / 1000, price) for one in milliseconds) == cost_of(sum(milliseconds) / 1000, price)


@pytest.mark.parametrize(
    ("millionths", "text"),
    [(0, "0.00"), (1, "0.000001"), (26_400, "0.0264"), (12_345_678, "12.35"), (1_234_000_000, "1,234.00")],
)
def test_amounts_are_shown_as_people_read_them(millionths: int, text: str) -> None:
    assert shown(millionths) == text
    assert Decimal(written(millionths)) * 1_000_000 == millionths
