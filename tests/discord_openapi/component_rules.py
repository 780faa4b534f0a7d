"""Discord's rules for a message's components that its OpenAPI document leaves out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_DISPLAY = 1, 2, 3, 10
SELECTS: Final = frozenset({3, 5, 6, 7, 8})
LINK, PREMIUM = 5, 6

_ROWS: Final = 5
_TOGETHER: Final = 40
_TEXT_TOGETHER: Final = 4_000

Component = Mapping[str, Any]


def walk(components: Sequence[Component]) -> Iterator[Component]:
    """Every component, nested ones and a section's accessory included."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for single in ("accessory", "component"):
            if component.get(single):
                yield from walk([component[single]])


def text(components: Sequence[Component]) -> str:
    return "\n".join(one["content"] for one in walk(components) if one["type"] == TEXT_DISPLAY)


def refused(components: Sequence[Component]) -> Iterator[str]:
    """What holds for every message, classic or Components V2."""
    everything = list(walk(components))
    if len(everything) > _TOGETHER:
        yield f"/components: {len(everything)} in all; {_TOGETHER} is the most"
    length = sum(len(one["content"]) for one in everything if one["type"] == TEXT_DISPLAY)
    if length > _TEXT_TOGETHER:
        yield f"/components: {length} characters of text; {_TEXT_TOGETHER} is the most"
    for name in ("custom_id", "id"):
        for value, times in Counter(one[name] for one in everything if one.get(name)).items():
            if times > 1:
                yield f"/components: {name} {value!r} is used {times} times"
    for one in everything:
        yield from _row(one)
        yield from _button(one)
        yield from select(one)


def classic(components: Sequence[Component]) -> Iterator[str]:
    """What a message without the IS_COMPONENTS_V2 flag may hold."""
    if any(one["type"] != ACTION_ROW for one in components):
        yield "/components: other than action rows need the IS_COMPONENTS_V2 flag"
    if len(components) > _ROWS:
        yield f"/components: {len(components)} action rows; {_ROWS} is the most"


def select(one: Component) -> Iterator[str]:
    if one["type"] not in SELECTS:
        return
    where = f"select {one['custom_id']!r}"
    fewest, most = one.get("min_values"), one.get("max_values")
    fewest, most = 1 if fewest is None else fewest, 1 if most is None else most
    if fewest > most:
        yield f"{where}: min_values {fewest} is above max_values {most}"
    if one["type"] != STRING_SELECT:
        return
    options = one["options"]
    if most > len(options):
        yield f"{where}: max_values {most} is above its {len(options)} options"
    if len({option["value"] for option in options}) != len(options):
        yield f"{where}: two options have one value"
    if sum(bool(option.get("default")) for option in options) > most:
        yield f"{where}: more defaults than max_values"


def _row(one: Component) -> Iterator[str]:
    if one["type"] != ACTION_ROW:
        return
    kinds = [inner["type"] for inner in one["components"]]
    if len(kinds) > 1 and any(kind != BUTTON for kind in kinds):
        yield "/components: an action row holds up to five buttons or one select"


def _button(one: Component) -> Iterator[str]:
    if one["type"] != BUTTON:
        return
    where = f"button {one.get('label') or one.get('custom_id')!r}"
    style = one["style"]
    if bool(one.get("url")) != (style == LINK):
        yield f"{where}: a link button has a url, no other button does"
    if bool(one.get("sku_id")) != (style == PREMIUM):
        yield f"{where}: a premium button has a sku_id, no other button does"
    if bool(one.get("custom_id")) == (style in {LINK, PREMIUM}):
        yield f"{where}: every button has a custom_id, except links and premium buttons"
    if style != PREMIUM and not one.get("label") and not one.get("emoji"):
        yield f"{where}: neither a label nor an emoji"
