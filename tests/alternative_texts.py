"""The alternative texts in what Discord received, whichever request carried them."""

from collections.abc import Iterator

from tests.discord_server import DiscordStandIn

MARKS = ("AI-generated image", "AI-generated video", "AI-generated audio", "AI-generated text", "AI-generated file")


def sent_texts(discord: DiscordStandIn) -> Iterator[tuple[str, str]]:
    """Name and alternative text of every file; "" where a file has none."""
    for request in discord.requests:
        if not request.files:
            continue
        body = request.json or {}
        named = {int(one["id"]): one for one in body.get("data", body).get("attachments") or []}
        # Files that stay in a message are named as well, by ids of Discord's own.
        for index, (name, _size) in enumerate(request.files):
            yield name, named.get(index, {}).get("description") or ""


def check_texts(discord: DiscordStandIn) -> list[tuple[str, str]]:
    """All of them, once each is right."""
    found = list(sent_texts(discord))
    for name, text in found:
        assert 0 < len(text) <= 1024, (name, text)
        assert "@everyone" not in text
    return found
