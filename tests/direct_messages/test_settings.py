"""What an operator writes about direct messages, and what they read if it is wrong."""

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import DirectMessages, read_settings


def read(**environment: str) -> DirectMessages:
    return read_settings({"DISCORD_TOKEN": "made-up.token.for-tests", **environment}).direct_messages


def test_they_are_closed_and_without_rules_by_default() -> None:
    assert read() == DirectMessages(allowed=False, queued=None, daily=None, words=(), check_action=None)


def test_every_rule_can_be_set(tmp_path: Path) -> None:
    listed = tmp_path / "words.txt"
    listed.write_text("\ufeff# a comment\nzeppelin\n\n  blue moon \nzeppelin\n", encoding="utf-8")
    rules = read(DIRECT_MESSAGES="on", DM_QUEUED="3", DM_DAILY="50", DM_WORDS=str(listed), DM_CHECK="Spoiler 70%")
    assert rules == DirectMessages(True, 3, 50, ("zeppelin", "blue moon"), "spoiler", 0.7)
    assert read(DM_WORDS="zeppelin, blue moon,").words == ("zeppelin", "blue moon")


def test_images_are_checked_where_a_program_is_named_unless_that_is_switched_off() -> None:
    assert read(PICTURE_CHECK="look").check_action == "refuse"
    assert read(PICTURE_CHECK="look", DM_CHECK="off").check_action is None
    assert read(DM_CHECK="refuse").check_threshold == 0.5


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("DIRECT_MESSAGES", "yes", "choose on or off"),
        ("DM_QUEUED", "0", "1 or more"),
        ("DM_DAILY", "many", "1 or more"),
        ("DM_WORDS", "no-such-file.txt", "cannot be read"),
        ("DM_WORDS", "fox, ???", "doesn't contain a word"),
        ("DM_WORDS", "x" * 201, "too long"),
        ("DM_CHECK", "hold 50", "refuse or spoiler"),
        ("DM_CHECK", "refuse 0", "refuse or spoiler"),
        ("DM_CHECK", "refuse 100", "refuse or spoiler"),
    ],
)
def test_what_is_wrong_is_said(name: str, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read(**{name: text})
    (fault,) = raised.value.faults
    assert fault.startswith(name)
    assert told in fault
