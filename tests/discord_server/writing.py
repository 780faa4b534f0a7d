"""What a body makes of a message: the next state from the last one, by Discord's rules. Pure but for new ids."""

import copy
import io
import itertools
import mimetypes
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from tests.discord_openapi import component_rules
from tests.discord_server.messages import COMPONENTS_V2, EPHEMERAL, LOADING, Attachment, State
from tests.discord_server.refusals import ApiError, Refusal
from tests.discord_server.requests import File
from tests.discord_server.snowflakes import next_snowflake

_SUPPRESS_EMBEDS: Final = 1 << 2
_SUPPRESS_NOTIFICATIONS: Final = 1 << 12
_MOST_ATTACHMENTS: Final = 10
_REFERENCE: Final = "attachment://"

Files = Mapping[int, File]


def written(body: Mapping[str, Any], files: Files, *, address: Callable[[int, str], str]) -> State:
    """A new message; `address` gives an attachment's URL from its id and name."""
    flags = (body.get("flags") or 0) & (EPHEMERAL | COMPONENTS_V2 | _SUPPRESS_EMBEDS | _SUPPRESS_NOTIFICATIONS)
    return _checked(_next(State(flags=flags), body, files, address))


def edited(old: State, body: Mapping[str, Any], files: Files, *, address: Callable[[int, str], str]) -> State:
    if old.flags & COMPONENTS_V2 and files:
        raise ApiError(Refusal.INVALID_FORM, "new files in a Components V2 message (discord-api-docs #7529)")
    given = body.get("flags")
    # Components V2 cannot be taken back, and nobody but Discord touches the other bits.
    settable = COMPONENTS_V2 | _SUPPRESS_EMBEDS
    flags = old.flags & ~LOADING
    if given is not None:
        flags = flags & ~_SUPPRESS_EMBEDS | given & settable
    kept = State(old.content, old.embeds, old.components, old.attachments, flags)
    return _checked(_next(kept, body, files, address))


def attached(file: File, address: Callable[[int, str], str], description: str | None = None) -> Attachment:
    number = next_snowflake()
    name = re.sub(r"\s", "_", file.name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    size = _size(file.content)
    return Attachment(number, name, file.content, address(number, name), kind, size, description, title=file.title)


def _next(old: State, body: Mapping[str, Any], files: Files, address: Callable[[int, str], str]) -> State:
    attachments = _attachments(old.attachments, body, files, address)
    links = {f"{_REFERENCE}{one.filename}": one.url for one in attachments}
    embeds = _resolved(body.get("embeds") or [], links) if "embeds" in body else old.embeds
    components = _resolved(body.get("components") or [], links) if "components" in body else old.components
    if "components" in body:
        _number(components)
    visible = str((embeds, components))
    shown = tuple(replace(one, shown=one.url in visible) for one in attachments)
    content = body.get("content") or "" if "content" in body else old.content
    return State(content, tuple(embeds), tuple(components), shown, old.flags, _mentioned(content, body))


def _attachments(
    old: Sequence[Attachment], body: Mapping[str, Any], files: Files, address: Callable[[int, str], str]
) -> list[Attachment]:
    """`attachments` names everything that stays and everything that comes; without it all stays, all comes."""
    if "attachments" not in body:
        return _few([*old, *(attached(files[index], address) for index in sorted(files))])
    named = {int(one["id"]): one for one in body["attachments"] or []}
    if nameless := [index for index in files if index not in named]:
        raise ApiError(Refusal.INVALID_FORM, f"files {nameless} are not named in attachments")
    known = {one.id for one in old} | set(files)
    if strangers := [number for number in named if number not in known]:
        raise ApiError(Refusal.INVALID_FORM, f"attachments {strangers} are neither here nor among the files")
    kept = [one for one in old if one.id in named]
    return _few([*kept, *(_named(files[index], named[index], address) for index in named if index in files)])


def _named(file: File, entry: Mapping[str, Any], address: Callable[[int, str], str]) -> Attachment:
    name = entry.get("filename") or file.name
    return attached(File(name, file.content), address, entry.get("description"))


def _few(attachments: list[Attachment]) -> list[Attachment]:
    if len(attachments) > _MOST_ATTACHMENTS:
        raise ApiError(Refusal.INVALID_FORM, f"{len(attachments)} attachments; {_MOST_ATTACHMENTS} is the most")
    return attachments


def _resolved(parts: Iterable[Mapping[str, Any]], links: Mapping[str, str]) -> tuple[dict[str, Any], ...]:
    """attachment://name becomes the attachment's address; a name that is not there is an error."""

    def walk(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {name: walk(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner) for inner in value]
        if isinstance(value, str) and value.startswith(_REFERENCE):
            if value not in links:
                raise ApiError(Refusal.INVALID_FORM, f"{value} is no attachment of this message")
            return links[value]
        return value

    return tuple(walk(copy.deepcopy(dict(part))) for part in parts)


def _number(components: Sequence[Mapping[str, Any]]) -> None:
    """Discord numbers the components that the sender did not."""
    taken = {one["id"] for one in component_rules.walk(components) if one.get("id")}
    free = (number for number in itertools.count(1) if number not in taken)
    for one in component_rules.walk(components):
        if isinstance(one, dict) and not one.get("id"):
            one["id"] = next(free)


def _checked(state: State) -> State:
    if state.flags & COMPONENTS_V2:
        if state.content or state.embeds:
            raise ApiError(Refusal.INVALID_FORM, "a Components V2 message has neither content nor embeds")
        if not state.components:
            raise ApiError(Refusal.EMPTY_MESSAGE)
        return state
    if any(one["type"] != component_rules.ACTION_ROW for one in state.components):
        raise ApiError(Refusal.INVALID_FORM, "other components than action rows need IS_COMPONENTS_V2")
    if not (state.content.strip() or state.embeds or state.attachments):
        raise ApiError(Refusal.EMPTY_MESSAGE)
    return state


def _mentioned(content: str, body: Mapping[str, Any]) -> frozenset[str]:
    """Whom the text would mention: "everyone", "@&role" or a user's id."""
    allowed = body.get("allowed_mentions")
    parsed = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse") or ())
    listed = set() if allowed is None else {str(one) for one in allowed.get("users") or ()}
    roles = set() if allowed is None else {str(one) for one in allowed.get("roles") or ()}
    found = {one for one in re.findall(r"<@!?(\d+)>", content) if "users" in parsed or one in listed}
    found |= {f"@&{one}" for one in re.findall(r"<@&(\d+)>", content) if "roles" in parsed or one in roles}
    if "everyone" in parsed and re.search(r"@(everyone|here)\b", content):
        found.add("everyone")
    return frozenset(found)


def _size(content: bytes) -> tuple[int, int] | None:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, ValueError):
        return None
