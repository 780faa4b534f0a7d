"""Money as whole millionths of the provider's currency, so that sums are exact. Pure."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

_MILLIONTHS: Final = 1_000_000
_MOST: Final = Decimal(10**9)
"""More than any budget. Sums of a million such amounts still fit into 64 bits."""
_SMALL: Final = ((_MILLIONTHS, 2), (1000, 4), (0, 6))
"""From how many millionths on an amount is shown with how many decimals."""


def read_price(text: str) -> Decimal | None:
    """A price for a second; None for no text or for 0. Raises `ValueError`."""
    price = _read(text)
    return price or None


def read_amount(text: str) -> int | None:
    """An amount in millionths; None for no text. Raises `ValueError`."""
    amount = _read(text)
    return None if amount is None else _whole(amount * _MILLIONTHS)


def cost_of(seconds: float, price: Decimal) -> int:
    """What so many seconds cost at `price` a second, in millionths."""
    # Whole milliseconds first: as a fraction, seconds are not exact.
    return _whole(Decimal(round(max(0.0, seconds) * 1000)) * price * (_MILLIONTHS // 1000))


def shown(millionths: int) -> str:
    """An amount for people: two decimals, and more for very small ones."""
    digits = next((digits for least, digits in _SMALL if abs(millionths) >= least), 2) if millionths else 2
    return f"{Decimal(millionths) / _MILLIONTHS:,.{digits}f}"


def written(millionths: int) -> str:
    """An amount for programs, exact."""
    return f"{Decimal(millionths) / _MILLIONTHS:.6f}"


def millionths_as_float(millionths: int) -> float:
    """An amount for a graph, which may be off in its last digits."""
    return millionths / _MILLIONTHS


def _read(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not (amount.is_finite() and 0 <= amount <= _MOST):
        raise ValueError("use a number, like 20 or 0.00044, in the currency that your provider charges")
    return amount


def _whole(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))
