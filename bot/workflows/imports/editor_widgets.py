"""From the list of values that the editor keeps for a node to its inputs' values, each by name. Pure.

The list has no names, holds values of buttons in between, and is as old as the file: a node may have got or lost
widgets since. So each value goes to the widget that it suits, in their order; what is left over goes nowhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import Fault
from bot.workflows.graphs.graph import shortened
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.widgets import Widget, fit, widgets_of
from bot.workflows.imports.editor_drawing import DrawnNode, inputs_of, is_socket

_CONTROLS: Final = frozenset({"fixed", "increment", "decrement", "randomize", "increment-wrap"})
"""What the editor does to a seed after a run. It stores this beside the seed."""
_BUTTONS: Final = frozenset({"image", "video", "audio", "file", "upload", "model"})
_SKIPPED, _MISSING = -1, -2
"""What it costs to leave out a value, and to leave a widget without one."""
_MOST_CELLS: Final = 20_000
"""Widgets times values of one node that are compared with each other; beyond that they are taken one by one."""
_MOST_ROUNDS: Final = 6
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Settings:
    """What a node's widgets hold, by the names of its inputs, and the values that no widget was found for."""

    values: Mapping[str, object]
    left: Sequence[object] = ()


def settings(node: DrawnNode, info: ObjectInfo) -> Settings:
    """The values of a drawn node's widgets, with the node's own defaults where it has none."""
    sockets = {str(one.get("name")) for one in inputs_of(node) if is_socket(one)}
    known = [one for one in widgets_of(info, node["type"]) if not (one.own and one.name in sockets)]
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return Settings({name: wrapped(value) for name, value in _by_name(known, values).items()})
    found, left = aligned(known, values if isinstance(values, list) else [])
    if any(one.offered == () and isinstance(found.get(one.name), str) for one in known):
        listed, left = _own_choices(left)
        found |= listed
    return Settings({name: wrapped(value) for name, value in found.items()}, left)


def _own_choices(left: list[object]) -> tuple[dict[str, object], list[object]]:
    """A combo box that the server leaves empty may have choices of its author's: the editor keeps them, and sends them
    along, behind the chosen one and its place.
    """
    match left:
        case [int() as place, *choices] if choices and all(isinstance(one, str) for one in choices):
            return {"index": place} | {f"option{number}": one for number, one in enumerate(choices, start=1)}, []
    return {}, left


def wrapped(value: object) -> object:
    """A value as it may stand in a graph, where a list is taken for a link."""
    return {"__value__": value} if isinstance(value, list) else value


def _by_name(widgets: Sequence[Widget], named: Mapping[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {}
    for widget in widgets:
        value = named.get(widget.name)
        found[widget.name] = widget.default if fit(widget, value) in {0, -6} else value
        found |= _by_name(widget.inner(found[widget.name]), named)
    return {name: value for name, value in found.items() if value is not None}


def aligned(widgets: Sequence[Widget], given: Sequence[Any]) -> tuple[dict[str, object], list[object]]:
    """The values by the widgets' names, and those that no widget was found for. A dynamic combo box brings widgets
    along once its value is known, so it takes a few rounds.
    """
    listed = list(widgets)
    placed, left = _matched(listed, given)
    for _ in range(_MOST_ROUNDS):
        expanded = list(_expanded(widgets, placed))
        if [one.name for one in expanded] == [one.name for one in listed]:
            break
        listed = expanded
        placed, left = _matched(listed, given)
    return {one.name: value for one in listed if (value := placed[one.name]) is not None}, left


def _expanded(widgets: Sequence[Widget], placed: Mapping[str, object]) -> Iterator[Widget]:
    for widget in widgets:
        yield widget
        yield from _expanded(widget.inner(placed.get(widget.name, widget.default)), placed)


def _matched(widgets: Sequence[Widget], given: Sequence[Any]) -> tuple[dict[str, object], list[object]]:
    """Each widget's value, and what is left over: the way to pair them, in both orders, that suits best."""
    placed = {one.name: one.default for one in widgets}
    rows: list[Widget | None] = [row for one in widgets for row in (one, *[None] * one.beside)]
    if len(rows) * len(given) > _MOST_CELLS:
        pairs = list(zip(rows, given, strict=False))
        placed |= {row.name: value for row, value in pairs if row is not None and fit(row, value) > 0}
        return placed, list(given[len(pairs) :])
    best = _scores(rows, given)
    left: list[object] = []
    row, place = 0, 0
    while row < len(rows) or place < len(given):
        score = best[row][place]
        if row < len(rows) and place < len(given):
            worth = _worth(rows[row], given[place])
            if worth is not None and score == worth + best[row + 1][place + 1]:
                taken = rows[row]
                if taken is not None and given[place] is not None:
                    placed[taken.name] = given[place]
                row, place = row + 1, place + 1
                continue
        if place < len(given) and score == _SKIPPED + best[row][place + 1]:
            left.append(given[place])
            place += 1
        else:
            row += 1
    return placed, left


def _scores(rows: Sequence[Widget | None], given: Sequence[Any]) -> list[list[int]]:
    """For each row and value on: the best that the rest can come to."""
    count = len(given)
    best = [[0] * (count + 1) for _ in range(len(rows) + 1)]
    best[-1] = [_SKIPPED * (count - place) for place in range(count + 1)]
    for row in range(len(rows) - 1, -1, -1):
        missing = 0 if rows[row] is None else _MISSING
        for place in range(count, -1, -1):
            found = missing + best[row + 1][place]
            if place < count:
                found = max(found, _SKIPPED + best[row][place + 1])
                worth = _worth(rows[row], given[place])
                if worth is not None:
                    found = max(found, worth + best[row + 1][place + 1])
            best[row][place] = found
    return best


def _worth(row: Widget | None, value: object) -> int | None:
    """What pairing these two is worth; None where they cannot be. A row without a widget is a button or a control."""
    if row is None:
        return 2 if isinstance(value, str) and value in _CONTROLS | _BUTTONS else 0 if value in (None, "") else None
    worth = fit(row, value)
    return worth if worth > -6 else None  # noqa: PLR2004 - `fit` says so


def uncarried(node: DrawnNode, title: str, info: ObjectInfo) -> Fault | None:
    """Which of a node's settings are lost, in words; None if none are."""
    # A node that shows something keeps what it showed last.
    if not info.knows(node["type"]) or info.makes_output(node["type"]):
        return None
    lost = [one for one in settings(node, info).left if one not in (None, "", False, *_CONTROLS, *_BUTTONS)]
    texts = [text for value in lost for text in _told(value)]
    if not texts:
        return None
    return Fault("settings of “{title}”, like {text}", title=shortened(title), text=shortened(texts[0], _LONGEST_SHOWN))


def _told(value: object) -> Iterator[str]:
    """The texts and numbers in a lost value that say something; a widget's own description does not."""
    match value:
        case bool() | None:
            return
        case str() | int() | float():
            yield str(value)
        case list():
            for one in value:
                if isinstance(one, str | int | float) and str(one).strip():
                    yield str(one)
        case {"type": "button"}:
            return
        case dict():
            named = [one for key, one in value.items() if key != "type" and isinstance(one, str) and one.strip()]
            numbers = [one for one in value.values() if isinstance(one, int | float) and not isinstance(one, bool)]
            yield from map(str, [*named, *numbers])
