"""What is wrong with one request: split into what Discord refuses and what only this project reports."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tests.discord_openapi import command_rules, message_rules, modal_rules
from tests.discord_openapi.operations import Operation, operation, refusals, unknown_names

Body: TypeAlias = Mapping[str, Any] | Sequence[Any] | None
# A body that has passed its schema, which says whether it is an object or a list.
_Checked: TypeAlias = Any

_CALLBACK: Final = "/interactions/{interaction_id}/{interaction_token}/callback"
_WEBHOOK: Final = "/webhooks/{webhook_id}/{webhook_token}"
_CHANNEL_MESSAGES: Final = "/channels/{channel_id}/messages"
_CREATES: Final = frozenset({("POST", _CHANNEL_MESSAGES), ("POST", _WEBHOOK)})
_EDITS: Final = frozenset(
    {
        ("PATCH", f"{_CHANNEL_MESSAGES}/{{message_id}}"),
        ("PATCH", f"{_WEBHOOK}/messages/@original"),
        ("PATCH", f"{_WEBHOOK}/messages/{{message_id}}"),
    }
)
_COMMAND_SCOPES: Final = ("/applications/{application_id}/commands", "/applications/{application_id}/guilds/")
_MESSAGE, _UPDATE = 4, 7


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refused`: Discord would answer 400. `reported`: it would not, but this project never means it."""

    refused: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()


def problems(method: str, path: str, body: Body) -> list[str]:
    """Everything wrong with a request.

    `path` comes without /api/v10; `body` is the JSON, in a multipart request that of `payload_json`.
    """
    verdict = check(method, path, body)
    return [*verdict.refused, *verdict.reported]


def check(method: str, path: str, body: Body) -> Verdict:
    found = operation(method, path)
    if found is None:
        return Verdict(refused=(f"no such operation: {method} {path}",))
    if body is None:
        return Verdict(refused=("a body is missing",)) if found.needs_body else Verdict()
    if not found.takes_body:
        return Verdict(reported=("there is a body where none belongs",))
    # A body whose very shape is wrong is faulted for its shape alone: the rules below rely on it.
    strict = unknown_names(found, body)
    if strict and (loose := refusals(found, body)):
        return Verdict(refused=tuple(loose))
    return Verdict(refused=tuple(_refused(found, body)), reported=(*strict, *_reported(found, body)))


def _refused(found: Operation, body: _Checked) -> Iterator[str]:
    route = (found.method, found.template)
    if route in _CREATES or route in _EDITS:
        yield from message_rules.refused(body, edit=route in _EDITS)
    elif found.template == _CALLBACK:
        yield from _refused_callback(body)
    elif found.template.startswith(_COMMAND_SCOPES) and "permissions" not in found.template:
        yield from command_rules.refused(body, partial=found.method == "PATCH")


def _refused_callback(body: Mapping[str, Any]) -> Iterator[str]:
    answer = body.get("data") or {}
    match body["type"]:
        case 4 | 7 as kind:
            yield from message_rules.refused(answer, edit=kind == _UPDATE)
        case 5:
            if set(answer) - {"flags"} or (answer.get("flags") or 0) & ~message_rules.EPHEMERAL:
                yield "/data: a deferral takes the EPHEMERAL flag and nothing else"
        case 9:
            yield from modal_rules.refused(answer)
        case _:
            pass


def _reported(found: Operation, body: _Checked) -> Iterator[str]:
    route = (found.method, found.template)
    if route in _CREATES or route in _EDITS:
        yield from message_rules.mentions(body)
    elif found.template == _CALLBACK and body["type"] in {_MESSAGE, _UPDATE}:
        yield from message_rules.mentions(body.get("data") or {})
    if route == ("POST", _CHANNEL_MESSAGES) and (body.get("flags") or 0) & message_rules.EPHEMERAL:
        yield "/flags: only an answer to an interaction can be ephemeral"
