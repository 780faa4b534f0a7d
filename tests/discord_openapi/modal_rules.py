"""Discord's rules for a modal that its OpenAPI document leaves out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.discord_openapi import component_rules

_TEXT_INPUT: Final = 4
_MOST: Final = 5


def refused(modal: Mapping[str, Any]) -> Iterator[str]:
    rows = modal["components"]
    if len(rows) > _MOST:
        yield f"/data/components: {len(rows)}; {_MOST} is the most"
    everything = list(component_rules.walk(rows))
    for value, times in Counter(one["custom_id"] for one in everything if one.get("custom_id")).items():
        if times > 1:
            yield f"/data/components: custom_id {value!r} is used {times} times"
    for row in rows:
        if row["type"] == component_rules.ACTION_ROW:
            if len(row["components"]) != 1:
                yield "/data/components: an action row of a modal holds one text input"
            yield from (f"{_name(one)}: a label is required" for one in row["components"] if not one.get("label"))
        elif (one := row.get("component")) and one["type"] == _TEXT_INPUT and one.get("label"):
            yield f"{_name(one)}: a text input in a Label has no label of its own"
    for one in everything:
        yield from component_rules.select(one)
        if one["type"] == _TEXT_INPUT:
            yield from _text_input(one)


def _text_input(one: Mapping[str, Any]) -> Iterator[str]:
    fewest, most = one.get("min_length") or 0, one.get("max_length") or 4_000
    if fewest > most:
        yield f"{_name(one)}: min_length {fewest} is above max_length {most}"
    if one.get("value") and not fewest <= len(one["value"]) <= most:
        yield f"{_name(one)}: its value has {len(one['value'])} characters, not {fewest} to {most}"


def _name(one: Mapping[str, Any]) -> str:
    return f"text input {one['custom_id']!r}"
