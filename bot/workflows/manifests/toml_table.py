"""A TOML table that is read key by key and notes every fault found in it, under the name of its place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.errors import Fault
from bot.workflows.graphs.graph import LARGEST

T = TypeVar("T")
N = TypeVar("N", int, float)

_TYPE_WORDS: Final[Mapping[type, Fault]] = {str: Fault("text in quotes"), bool: Fault("true or false")}


@dataclass(frozen=True, slots=True)
class Table:
    """`faults` is shared by all tables of one file."""

    where: str
    raw: Mapping[str, object]
    faults: list[str]

    def fault(self, what: str) -> None:
        """Note one."""
        self.faults.append(Fault("{place}: {fault}", place=self.where, fault=what))

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Report every other key: a typo would otherwise be ignored silently."""
        all_known = ", ".join(sorted(known))
        for key in sorted(self.raw.keys() - known):
            self.fault(Fault("there is no key {key} here; the keys are {keys}", key=key, keys=all_known))

    def take(self, key: str, type_: type[T], default: T) -> T:
        """A text or a truth value."""
        value = self.raw.get(key, default)
        if not isinstance(value, type_):
            self.fault(Fault("{key} should be {kind}", key=key, kind=_TYPE_WORDS[type_]))
            return default
        return value

    def number(self, key: str) -> float | None:
        """A finite number, or None where the key is absent."""
        value = self.raw.get(key)
        if value is None:
            return None
        # bool is an int in Python, but `min = true` is a mistake.
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf:
            return self._sane(key, value)
        self.fault(Fault("{key} should be a number", key=key))
        return None

    def plain(self, key: str) -> str | int | float | bool | None:
        """A text, number or truth value, or None where the key is absent."""
        value = self.raw.get(key)
        if isinstance(value, int | float):
            return self._sane(key, value)
        if value is None or isinstance(value, str):
            return value
        self.fault(Fault("{key} should be text in quotes, a number, true or false", key=key))
        return None

    def _sane(self, key: str, value: N) -> N | None:
        if isinstance(value, float) or abs(value) <= LARGEST:
            return value
        self.fault(Fault("{key} is larger than any number that ComfyUI accepts", key=key))
        return None

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as one."""
        value = self.raw.get(key, [])
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault(Fault("{key} should be a list of texts in quotes", key=key))
            return ()
        return tuple(value)

    def table(self, key: str) -> Table:
        """A table below this one; absent is empty."""
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            self.fault(Fault("{key} should be a table ([{key}])", key=key))
            value = {}
        return Table(f"{self.where} [{key}]", value, self.faults)
