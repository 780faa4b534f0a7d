"""What a workflow is called by: its text, its owner, and what is left to say of it."""

import uuid

import pytest

from bot.workflows import WorkflowKey

DRAFT = str(uuid.UUID(int=7))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("cats", WorkflowKey(None, "cats")),
        ("1576000000000000000/cats", WorkflowKey(1576000000000000000, "cats")),
        (f"5/{DRAFT}", WorkflowKey(5, DRAFT)),
        ("no/guild", WorkflowKey(None, "no/guild")),
        ("", WorkflowKey(None, "")),
    ],
)
def test_text_and_key_are_the_same(text: str, key: WorkflowKey) -> None:
    assert WorkflowKey.parse(text) == key
    assert str(key) == text


def test_a_guild_has_its_own_and_what_all_share() -> None:
    shared, own = WorkflowKey(None, "cats"), WorkflowKey(5, "cats")
    assert [shared.belongs_to(guild_id) for guild_id in (None, 5, 6)] == [True, True, True]
    assert [own.belongs_to(guild_id) for guild_id in (None, 5, 6)] == [False, True, False]


def test_a_draft_is_known_by_its_id() -> None:
    assert WorkflowKey(5, DRAFT).is_draft
    assert WorkflowKey(5, DRAFT).title == "Draft"
    assert not WorkflowKey(5, "cats_on_mats").is_draft
    assert WorkflowKey(5, "cats_on_mats").title == "Cats on mats"
