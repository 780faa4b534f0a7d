"""Discord's rules for application commands that its OpenAPI document leaves out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

SUBCOMMAND, GROUP = 1, 2
_CHAT_INPUT, _USER, _MESSAGE = 1, 2, 3
_MOST: Final = {_CHAT_INPUT: 100, _USER: 15, _MESSAGE: 15}
_CHARACTERS_TOGETHER: Final = 8_000
_NUMBERS: Final = frozenset({4, 10})

Command = Mapping[str, Any]


def refused(body: Command | Sequence[Command], *, partial: bool) -> Iterator[str]:
    """`body`: a command, or the list of a bulk overwrite; `partial`: an edit, which may leave things out."""
    if isinstance(body, Mapping):
        yield from _command(body, partial=partial)
        return
    kinds = Counter(_kind(command) for command in body)
    yield from (f"{count} commands of type {kind}" for kind, count in kinds.items() if count > _MOST.get(kind, 1))
    names = Counter((_kind(command), command["name"]) for command in body)
    yield from (f"command {name!r} is there {times} times" for (_, name), times in names.items() if times > 1)
    for command in body:
        yield from _command(command, partial=False)


def legal_name(name: str) -> bool:
    """Lower case where the script has case; letters, digits, `-`, `_` and `'`."""
    return name == name.lower() and all(sign.isalnum() or sign in "-_'" or _combining(sign) for sign in name)


def _combining(sign: str) -> bool:
    # Devanagari and Thai write vowels as marks, which are no letters.
    return "\u0900" <= sign <= "\u097f" or "\u0e00" <= sign <= "\u0e7f"


def _kind(command: Command) -> int:
    kind: int | None = command.get("type")
    return _CHAT_INPUT if kind is None else kind


def _command(command: Command, *, partial: bool) -> Iterator[str]:
    where = f"command {command.get('name')!r}"
    options = command.get("options") or []
    if _kind(command) != _CHAT_INPUT:
        if command.get("description") or options:
            yield f"{where}: a context menu command has neither description nor options"
        return
    yield from _names(command, where)
    if not partial and not command.get("description"):
        yield f"{where}: a description is required"
    yield from _options(options, where)
    if (total := _characters(command)) > _CHARACTERS_TOGETHER:
        yield f"{where}: {total} characters together; {_CHARACTERS_TOGETHER} is the most"


def _names(named: Mapping[str, Any], where: str) -> Iterator[str]:
    for name in (named.get("name"), *(named.get("name_localizations") or {}).values()):
        if name is not None and not legal_name(name):
            yield f"{where}: {name!r} is not a legal name"


def _options(options: Sequence[Mapping[str, Any]], where: str) -> Iterator[str]:
    names = Counter(option["name"] for option in options)
    yield from (f"{where}: option {name!r} is there {times} times" for name, times in names.items() if times > 1)
    nested = [option["type"] in {SUBCOMMAND, GROUP} for option in options]
    if any(nested) and not all(nested):
        yield f"{where}: subcommands and options side by side"
    optional = False
    for option in options:
        inner = f"{where} {option['name']!r}"
        yield from _names(option, inner)
        if option["type"] in {SUBCOMMAND, GROUP}:
            yield from _options(option.get("options") or [], inner)
            continue
        if option.get("required") and optional:
            yield f"{inner}: required options come first"
        optional = optional or not option.get("required")
        yield from _option(option, inner)


def _option(option: Mapping[str, Any], where: str) -> Iterator[str]:
    if option.get("choices") and option.get("autocomplete"):
        yield f"{where}: both choices and autocomplete"
    low, high = ("min_value", "max_value") if option["type"] in _NUMBERS else ("min_length", "max_length")
    if option.get(low) is not None and option.get(high) is not None and option[low] > option[high]:
        yield f"{where}: {low} {option[low]} is above {high} {option[high]}"


def _characters(part: Mapping[str, Any]) -> int:
    own = len(part.get("name") or "") + len(part.get("description") or "")
    choices = sum(len(choice["name"]) + len(str(choice["value"])) for choice in part.get("choices") or [])
    return own + choices + sum(_characters(option) for option in part.get("options") or [])
