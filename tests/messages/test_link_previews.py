"""Which bodies get the flag that keeps links from unfolding."""

from typing import Any, Final

import pytest

from bot.messages.requests.link_previews import without_previews
from tests.discord_openapi import problems

MESSAGES: Final = "/channels/1/messages"
NOBODY: Final[dict[str, list[str]]] = {"parse": []}


@pytest.mark.parametrize(
    ("body", "flags"),
    [
        ({"content": "a"}, 4),
        ({"content": "a", "flags": 64}, 68),
        ({"content": "a", "embeds": []}, 4),
        ({"content": "a", "flags": None}, 4),
    ],
)
def test_text_gets_it_beside_the_flags_that_are_there(body: dict[str, Any], flags: int) -> None:
    assert without_previews(body)["flags"] == flags
    assert without_previews({"type": 4, "data": body})["data"]["flags"] == flags


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"content": ""},
        {"content": None, "embeds": [{"title": "one"}]},
        {"content": "a", "embeds": [{"title": "one"}]},
        {"type": 5, "data": {"flags": 64}},
        {"recipient_id": 1},
    ],
)
def test_nothing_else_changes(body: Any) -> None:  # noqa: ANN401 - any JSON
    assert without_previews(body) == body


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", MESSAGES, {"content": "a", "allowed_mentions": NOBODY}),
        ("PATCH", f"{MESSAGES}/2", {"content": "a", "allowed_mentions": NOBODY}),
        ("PATCH", "/webhooks/1/token/messages/@original", {"content": "a", "allowed_mentions": NOBODY}),
        ("POST", "/webhooks/1/token", {"content": "a", "flags": 64, "allowed_mentions": NOBODY}),
        ("POST", "/interactions/1/t/callback", {"type": 4, "data": {"content": "a", "allowed_mentions": NOBODY}}),
        ("POST", "/interactions/1/t/callback", {"type": 7, "data": {"content": "a", "allowed_mentions": NOBODY}}),
    ],
)
def test_discord_takes_it_everywhere(method: str, path: str, body: dict[str, Any]) -> None:
    assert problems(method, path, without_previews(body)) == []
