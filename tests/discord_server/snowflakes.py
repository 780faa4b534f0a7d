"""Discord's ids: the time since 2015 in milliseconds, and a number that makes them unique and rising."""

import itertools
import time
from datetime import UTC, datetime
from typing import Final

_EPOCH: Final = 1_420_070_400_000
_SEQUENCE_BITS: Final = 22
_sequence = itertools.count()


def next_snowflake() -> int:
    milliseconds = int(time.time() * 1000) - _EPOCH
    return milliseconds << _SEQUENCE_BITS | next(_sequence) % (1 << _SEQUENCE_BITS)


def timestamp(snowflake: int) -> str:
    """When an id was made, as Discord writes a time."""
    return datetime.fromtimestamp(((snowflake >> _SEQUENCE_BITS) + _EPOCH) / 1000, UTC).isoformat()
