"""Buttons of older versions are out there under old messages: what their custom_ids once were, they stay."""

from pathlib import Path

from bot.discord_ui import FEATURES
from bot.discord_ui.core.routing import Router

# Taken from the handlers of version 0.9; lines are added to it, none is ever changed.
PROMISED = Path(__file__).with_name("custom_ids.txt").read_text(encoding="utf-8").split()


def test_every_custom_id_that_was_ever_sent_is_answered() -> None:
    assert not set(PROMISED) - Router(FEATURES).handlers.keys()


def test_a_new_custom_id_is_promised_as_well() -> None:
    assert not Router(FEATURES).handlers.keys() - set(PROMISED)
