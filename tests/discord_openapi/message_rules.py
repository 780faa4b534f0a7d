"""Discord's rules for a message that its OpenAPI document leaves out, and whom a message may mention."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.discord_openapi import component_rules

EPHEMERAL: Final = 1 << 6
COMPONENTS_V2: Final = 1 << 15

_CONTENT: Final = 2_000
_EMBEDS_TOGETHER: Final = 6_000


def refused(message: Mapping[str, Any], *, edit: bool) -> Iterator[str]:
    """`message` has passed its schema; an edit may leave out its flags, as Discord remembers them."""
    if len(message.get("content") or "") > _CONTENT:
        yield f"/content: {len(message['content'])} characters; {_CONTENT} is the most"
    yield from _embeds(message)
    components = message.get("components") or []
    flags = message.get("flags")
    yield from component_rules.refused(components)
    if flags is not None and flags & COMPONENTS_V2:
        spoken = [name for name in ("content", "embeds", "poll", "sticker_ids") if message.get(name)]
        if spoken:
            yield f"/flags: IS_COMPONENTS_V2 goes with none of {', '.join(spoken)}"
    elif flags is not None or not edit:
        yield from component_rules.classic(components)


def mentions(message: Mapping[str, Any]) -> Iterator[str]:
    """A prompt may say @everyone: what carries text must mention nobody, or only users that it lists."""
    components = message.get("components") or []
    if not (message.get("content") or message.get("embeds") or component_rules.text(components)):
        return
    allowed = message.get("allowed_mentions")
    if allowed is None:
        yield "/allowed_mentions: missing, so whatever the text says is mentioned"
        return
    if allowed.get("parse") != []:
        yield f"/allowed_mentions/parse: must be [], is {allowed.get('parse')!r}"
    if allowed.get("roles"):
        yield "/allowed_mentions/roles: roles must not be mentioned"
    if allowed.get("replied_user"):
        yield "/allowed_mentions/replied_user: mentions somebody who is not listed"


def _embeds(message: Mapping[str, Any]) -> Iterator[str]:
    embeds = message.get("embeds") or []
    total = sum(_characters(embed) for embed in embeds)
    if total > _EMBEDS_TOGETHER:
        yield f"/embeds: {total} characters together; {_EMBEDS_TOGETHER} is the most"
    for index, embed in enumerate(embeds):
        for number, field in enumerate(embed.get("fields") or []):
            if not field["name"].strip() or not field["value"].strip():
                yield f"/embeds/{index}/fields/{number}: a name and a value are required"


def _characters(embed: Mapping[str, Any]) -> int:
    author, footer = embed.get("author") or {}, embed.get("footer") or {}
    texts = [embed.get("title"), embed.get("description"), author.get("name"), footer.get("text")]
    texts += [text for field in embed.get("fields") or [] for text in (field["name"], field["value"])]
    return sum(len(text) for text in texts if text)
