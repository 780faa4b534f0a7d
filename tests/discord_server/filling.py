"""Fills a command's options the way Discord's client does: types, ranges, choices, what is required."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tests.discord_server.commands import Found, NotOffered
from tests.discord_server.payloads import Json
from tests.discord_server.resolving import TAKES, Picked, Resolved, Value

_STRING, _INTEGER, _BOOLEAN, _NUMBER = 3, 4, 5, 10
_INTEGERS: Final = 2**53


def filled(found: Found, values: Mapping[str, Value], resolved: Resolved) -> list[Json]:
    """The `options` of a slash command's interaction; raises NotOffered where the client would not send it."""
    known = {option["name"]: option for option in found.options}
    _only(values, known)
    missing = [name for name, option in known.items() if option.get("required") and name not in values]
    if missing:
        raise NotOffered(f"required and not given: {missing}")
    leaf = [_given(known[name], value, resolved) for name, value in values.items()]
    return _nested(found.path, leaf)


def typed(found: Found, focused: str, text: str, values: Mapping[str, Value], resolved: Resolved) -> list[Json]:
    """The same while the user types into `focused`: nothing is required yet, and what is typed is not checked."""
    known = {option["name"]: option for option in found.options}
    _only([focused, *values], known)
    if not known[focused].get("autocomplete"):
        raise NotOffered(f"option {focused!r} has no autocomplete")
    leaf = [_given(known[name], value, resolved) for name, value in values.items()]
    leaf.append({"name": focused, "type": known[focused]["type"], "value": text, "focused": True})
    return _nested(found.path, leaf)


def _only(names: Iterable[str], known: Mapping[str, Json]) -> None:
    if strangers := [name for name in names if name not in known]:
        raise NotOffered(f"no options {strangers}; there are {sorted(known)}")


def _nested(path: Sequence[Json], leaf: list[Json]) -> list[Json]:
    for step in reversed(path):
        leaf = [{"name": step["name"], "type": step["type"], "options": leaf}]
    return leaf


def _given(option: Json, value: Value, resolved: Resolved) -> Json:
    kind = option["type"]
    return {"name": option["name"], "type": kind, "value": _converted(option, kind, value, resolved)}


def _converted(option: Json, kind: int, value: Value, resolved: Resolved) -> str | float | bool:
    name = option["name"]
    if kind in TAKES:
        if not isinstance(value, Picked) or not isinstance(value, TAKES[kind]):
            raise NotOffered(f"option {name!r} takes {[one.__name__ for one in TAKES[kind]]}, not {value!r}")
        return resolved.pick(value)
    fits: Mapping[int, type | tuple[type, ...]] = {
        _STRING: str, _INTEGER: int, _BOOLEAN: bool, _NUMBER: (int, float),
    }  # fmt: skip
    if not isinstance(value, fits[kind]) or isinstance(value, bool) != (kind == _BOOLEAN):
        raise NotOffered(f"option {name!r} (type {kind}) does not take {value!r}")
    plain: Any = value
    if option.get("choices") and plain not in [choice["value"] for choice in option["choices"]]:
        raise NotOffered(f"option {name!r} offers {[choice['value'] for choice in option['choices']]}, not {plain!r}")
    _in_range(option, plain)
    return plain  # type: ignore[no-any-return]


def _in_range(option: Json, value: str | float) -> None:
    size: float = len(value) if isinstance(value, str) else value
    low, high = ("min_length", "max_length") if isinstance(value, str) else ("min_value", "max_value")
    if option["type"] == _INTEGER and not -_INTEGERS <= size <= _INTEGERS:
        raise NotOffered(f"option {option['name']!r}: {value} is beyond 2^53, which Discord's client does not send")
    if not option.get(low, size) <= size <= option.get(high, size):
        raise NotOffered(f"option {option['name']!r}: {value!r} is outside {option.get(low)} to {option.get(high)}")
