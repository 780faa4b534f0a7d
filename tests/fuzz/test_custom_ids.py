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
from tests.discord_server import DiscordStandIn, User
from tests.recovery.studio import Studio, is_done, job_of

_WORDS: Final = (
    *("0", "-1", "1", "10", "99999999999999999999", "9" * 36, "-", "_", "a", "back", "sure", "none", "true", "nan"),
    *("0c791ad9-84c4-436a-b989-baf7942dd22a", "below-0", "above-1", "below-" + "9" * 30, "-" * 36, "text_to_image"),
)
_FOUND_EARLIER: Final[tuple[str, ...]] = ()
"""Those that were once answered with "That did not work"."""


def templates() -> Iterator[str]:
    """Every custom_id that the program gives out, with its fields in braces."""
    for package in (bot.messages, bot.discord_ui):
        for module in _modules(package):
            for name, value in vars(module).items():
                if name.endswith("_ID") and isinstance(value, str) and value.startswith("darkroom:"):
                    yield value


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def forged(seed: int, job_id: str, count: int) -> Iterator[str]:
    drawn, known = random.Random(seed), sorted(set(templates()))
    yield from _FOUND_EARLIER
    for number in range(count):
        template = known[number % len(known)].replace("{awaits}", drawn.choice(("prompt", "picture")))
        yield re.sub(r"\{\w+\}", lambda _: drawn.choice((*_WORDS, job_id)), template)[:100]


@pytest.mark.waits
@pytest.mark.parametrize("count", [150, pytest.param(3_000, marks=pytest.mark.endurance)])
async def test_no_press_of_a_button_that_was_never_offered_is_an_error_of_ours(tmp_path: Path, count: int) -> None:
    async with DiscordStandIn() as discord, ComfyUIStandIn() as comfyui, Studio(discord, [comfyui], tmp_path) as studio:
        order = await studio.order(alice := User("alice"))
        await order.message.until(is_done)
        for custom_id in forged(1, job_of(order), count):
            # Under a message of its own: some presses change or delete the one they stand under.
            under = discord.plant(order.channel, [custom_id])
            interaction = await discord.forge(under, custom_id, user=alice)
            await interaction.acknowledged()
        failed = [line for line in studio.bot.log.read_text(encoding="utf-8").splitlines() if "a press of" in line]
    assert not failed, "\n".join(failed)
