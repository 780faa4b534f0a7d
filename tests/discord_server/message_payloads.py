"""A message as Discord writes it in JSON."""

from datetime import UTC, datetime
from typing import Any, Final

from tests.discord_server import payloads
from tests.discord_server.messages import Attachment, Message, State
from tests.discord_server.payloads import Json
from tests.discord_server.snowflakes import timestamp
from tests.discord_server.world import World

_PLAIN: Final = 0


def message(world: World, one: Message, state: State | None = None) -> Json:
    """As it stands now, or as it stood in one of its states."""
    state = state or one.state
    edited = state is not one.states[0]
    payload: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "type": _PLAIN,
        "author": payloads.user(world, one.author),
        "content": state.content,
        "timestamp": timestamp(one.id),
        "edited_timestamp": datetime.now(UTC).isoformat() if edited else None,
        "tts": False,
        "mention_everyone": "everyone" in state.mentioned,
        "mentions": [
            payloads.user(world, world.users[int(who)])
            for who in sorted(state.mentioned)
            if who.isdecimal() and int(who) in world.users
        ],
        "mention_roles": [who.removeprefix("@&") for who in sorted(state.mentioned) if who.startswith("@&")],
        "attachments": [attachment(each) for each in state.attachments if not each.shown],
        "embeds": [_embed(each) for each in state.embeds],
        "components": _unfurled(state.components),
        "pinned": False,
        "flags": state.flags,
    }
    return payload | dict(one.origin)


def hidden(payload: Json) -> Json:
    """Somebody else's message for a bot without the message content intent."""
    return payload | {"content": "", "embeds": [], "attachments": [], "components": []}


def attachment(one: Attachment) -> Json:
    payload: Json = {
        "id": str(one.id),
        "filename": one.filename,
        "size": len(one.content),
        "url": one.url,
        "proxy_url": one.url,
        "content_type": one.content_type,
    }
    if one.title is not None:
        payload["title"] = one.title
    if one.size is not None:
        payload |= {"width": one.size[0], "height": one.size[1]}
    return payload if one.description is None else payload | {"description": one.description}


def _unfurled(part: Any) -> Any:  # noqa: ANN401
    """Components, with Discord's own copy of the media in them."""
    match part:
        case list() | tuple():
            return [_unfurled(one) for one in part]
        case dict():
            copied = {"proxy_url": part["url"]} if part.keys() == {"url"} else {}
            return {name: _unfurled(value) for name, value in part.items()} | copied
    return part


def _embed(one: Any) -> Json:  # noqa: ANN401
    """Discord adds what it found behind the links."""
    embed: Json = {"type": "rich", **one}
    for name in ("image", "thumbnail"):
        if embed.get(name):
            embed[name] = embed[name] | {"proxy_url": embed[name]["url"]}
    return {name: value for name, value in embed.items() if value is not None}
