"""Months as budgets have them: by UTC, so that every machine agrees. Pure."""

from datetime import UTC, datetime


def month_of(now: float) -> str:
    """The month of this moment (seconds since 1970), like `2026-11`."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m}"


def next_month(now: float) -> float:
    """When the next month begins, in seconds since 1970."""
    today = datetime.fromtimestamp(now, UTC)
    year, month = divmod(today.year * 12 + today.month, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC).timestamp()
