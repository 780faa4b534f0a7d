"""Presses and forms from a client that somebody has changed: each is answered, and none is an error of ours."""

import importlib
import pkgutil
import random
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

import bot.discord_ui
import bot.messages
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Permission, Role, User
from tests.looks import is_done
from tests.recovery.studio import Studio, job_of

_WORDS: Final = (
    *("0", "-1", "1", "10", "99999999999999999999", "9" * 36, "-", "_", "a", "back", "sure", "none", "true", "nan"),
    *("0c791ad9-84c4-436a-b989-baf7942dd22a", "below-0", "above-1", "below-" + "9" * 30, "-" * 36, "text_to_image"),
    *("z" * 36, "a-z-z-z", "0_0_0_0", "1_1_1_1", "zzzzzzzzzzzz_1_1_1", "0_0_0_zzzzzzzzzzzzzzzz"),
)
_FOUND_EARLIER: Final = (
    f"darkroom:history:below-{'9' * 30}",
    "darkroom:log:0_0_0_zzzzzzzzzzzzzzzz",
    "darkroom:log:0_zzzzzzzzzzzzzzzz_0_0",
)
"""Presses that were answered with an error of ours, once."""
_FIELDS: Final = ("prompt", "negative", "seed", "reason", "for", "why", "name")
"""Of forms, some of them ours."""
_MODERATORS: Final = Role("moderators", Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD)
_FORMS: Final = frozenset({"WORDS_ID", "FORM_ID", "REUSE_ID", "WHY_CANCEL_ID", "WHY_ALL_ID", "WHY_PAUSE_ID"})
"""The constants whose custom_ids are those of forms."""
_UNDER_A_MESSAGE: Final = frozenset({"REJECT_FORM_ID"})
"""Forms that change the message they were opened from: no form without one can be sent here."""


def templates() -> Iterator[tuple[str, bool]]:
    """Every custom_id that the program gives out, with its fields in braces, and whether it is a form's."""
    for package in (bot.messages, bot.discord_ui):
        for module in _modules(package):
            for name, value in vars(module).items():
                if name.endswith("_ID") and name not in _UNDER_A_MESSAGE and str(value).startswith("darkroom:"):
                    yield str(value), name in _FORMS


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def forged(seed: int, job_id: str, count: int) -> Iterator[tuple[str, bool]]:
    drawn, known = random.Random(seed), sorted(set(templates()))
    yield from ((custom_id, False) for custom_id in _FOUND_EARLIER)
    for number in range(count):
        template, is_form = known[number % len(known)]
        template = template.replace("{awaits}", drawn.choice(("prompt", "picture")))
        yield re.sub(r"\{\w+\}", lambda _: drawn.choice((*_WORDS, job_id)), template)[:100], is_form


async def send(discord: DiscordStandIn, custom_id: str, user: User, number: int, *, is_form: bool) -> None:
    """A form, or by turns a press and a choice; none of them was ever offered."""
    channel = discord.guild.channels[0]
    if is_form:
        interaction = await discord.forge_form(
            custom_id, dict.fromkeys(_FIELDS, _WORDS[number % len(_WORDS)]), user=user
        )
    else:
        # Under a message of its own: some presses change or delete the one they stand under.
        values = [_WORDS[number % len(_WORDS)]] if number % 2 else None
        interaction = await discord.forge(discord.plant(channel, [custom_id]), custom_id, user=user, values=values)
    await interaction.acknowledged()


@pytest.mark.waits
@pytest.mark.parametrize("count", [150, pytest.param(1_000, marks=pytest.mark.endurance)])
@pytest.mark.parametrize("user", [User("alice"), User("mona", roles=(_MODERATORS,))], ids=["a member", "a moderator"])
async def test_nothing_that_was_never_offered_is_an_error_of_ours(tmp_path: Path, user: User, count: int) -> None:
    async with DiscordStandIn() as discord, ComfyUIStandIn() as comfyui, Studio(discord, [comfyui], tmp_path) as studio:
        order = await studio.order(user)
        await order.message.until(is_done)
        for number, (custom_id, is_form) in enumerate(forged(1, job_of(order), count)):
            await send(discord, custom_id, user, number, is_form=is_form)
        failed = [line for line in studio.bot.log.read_text(encoding="utf-8").splitlines() if ": button " in line]
    assert not failed, "\n".join(failed)
