"""Buttons that nobody was shown and forms that were never opened, with ids that somebody made up: each is answered in
words, and nothing happens.
"""

import pytest

from tests.discord_server import User
from tests.ledgers import open_patiently
from tests.moderating.acts import Room
from tests.moderating.press_cells import FORMS, PRESSES

_FIELDS = (
    *("again", "asked", "draft_id", "form", "grid_id", "guild", "job_id", "key", "name", "number", "page", "region"),
    *("seen", "since", "sure", "way", "what", "which"),
)
_TEXTS = {"prompt": "a fox", "reason": "because", "text": "x", "settings": "steps 20", "name": "new"}
_JOB = "00000000-0000-4000-8000-000000000000"
_BROKEN = ("That didn’t work", "Something went wrong")
ROWS = sorted({row.custom_id for row in (*PRESSES, *FORMS)})


@pytest.mark.parametrize("value", ["nothing", "0", _JOB], ids=["word", "number", "job"])
async def test_what_nobody_was_shown_is_answered_and_does_nothing(room: Room, value: str, database_url: str) -> None:
    message = await room.discord.say("here", user=room.bob, channel=room.staff)
    forms = {row.custom_id for row in FORMS}
    stranger, told = User("stranger"), {}
    for template in ROWS:
        custom_id = template.format(**dict.fromkeys(_FIELDS, value))
        if template in forms:
            sent = await room.discord.forge_form(custom_id, _TEXTS, user=stranger, channel=room.staff)
        else:
            picked = [value] if "pick" in template or "cell" in template or "bring" in template else None
            sent = await room.discord.forge(message, custom_id, user=stranger, values=picked)
        reply = await sent.acknowledged()
        if reply.message is not None and reply.message is not message:
            await sent.message.until(lambda one: not one.loading)
            assert sent.message.ephemeral, template
            told[template] = sent.message.content
    assert [template for template, text in told.items() if text.startswith(_BROKEN)] == []
    assert " ERROR " not in room.bot.log.read_text(encoding="utf-8")
    assert room.comfyui.submitted == []
    ledger = await open_patiently(database_url)
    try:
        assert await ledger.rules.paused() == {}
        assert [line.act for line in await ledger.audit.log(room.studio.id)] in ([], ["personal data erased"])
    finally:
        await ledger.close()


@pytest.fixture
def database_url(tmp_path: object) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/data/darkroom.db"
