"""The moderators' log in sentences: every act has one, is written somewhere, and can be filtered for."""

import ast
from pathlib import Path

import pytest
from discord import app_commands

from bot.discord_ui.moderation.commands import moderate_commands
from bot.ledger import PICTURE, PROMPT, Act, Entry, LogLine
from bot.moderation.act_wording import WORDINGS, acts_called, log_sentence

BOT = Path(__file__).parents[2] / "bot"
NOT_WRITERS = {BOT / "moderation" / "act_wording.py", BOT / "ledger" / "moderation" / "acts.py"}
MONA, ALICE = 2, 3
JOB = "0b0e7e2c"


def acts_in(path: Path) -> set[str]:
    """The names of the acts that a module writes: `Act.NAME`, wherever it stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Act"
    }


def test_every_act_is_written_somewhere() -> None:
    """An act that nothing writes any more would be a filter that never finds anything."""
    written = {name for path in BOT.rglob("*.py") if path not in NOT_WRITERS for name in acts_in(path)}
    assert written == {act.name for act in Act}


def test_the_log_can_be_filtered_for_exactly_the_acts() -> None:
    names = [wording.name for wording in WORDINGS.values()]
    assert [acts_called(name.lower()) for name in names] == [(act,) for act in Act]
    assert [acts_called(act.value) for act in Act] == [(act,) for act in Act]
    assert acts_called("cake") == ()
    assert not [name for name in names if "picture" in name.lower()]


@pytest.mark.parametrize(
    ("typed", "acts"),
    [
        ("refusals", (Act.REFUSED, Act.IMAGE_REFUSED)),
        ("refused request", (Act.REFUSED,)),
        ("blocks", (Act.BLOCKED,)),
        ("reports", (Act.REPORTED, Act.REPORT_DISMISSED)),
        ("image deletions", (Act.DELETED,)),
        ("cancellation", (Act.CANCELLED,)),
        ("pause", (Act.PAUSED,)),
    ],
)
def test_an_act_is_found_by_the_words_that_people_use(typed: str, acts: tuple[Act, ...]) -> None:
    assert acts_called(typed) == acts


def test_every_act_has_a_name_and_a_sentence() -> None:
    assert list(WORDINGS) == list(Act)
    for act in Act:
        said = log_sentence(Entry(100, act, MONA, ALICE, JOB))
        assert said.startswith(f"{WORDINGS[act].sign} <@{MONA}> ")
        assert said.endswith(".")
        assert "{" not in log_sentence(Entry(100, act))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Entry(100, Act.CANCELLED, MONA, ALICE, JOB, "no cats"), "🛑 <@2> cancelled a job of <@3>: no cats"),
        (
            Entry(100, Act.CANCELLED, MONA, ALICE, None, "3 jobs"),
            "🛑 <@2> cancelled all jobs of <@3>: 3 jobs",
        ),
        (
            Entry(100, Act.CANCELLED, MONA, detail="1 job"),
            "🛑 <@2> cancelled all jobs in this server: 1 job",
        ),
        (
            Entry(100, Act.REFUSED, None, ALICE, detail="blocked"),
            "🚫 A request from <@3> was refused: they’re blocked",
        ),
        (
            Entry(100, Act.REFUSED, None, ALICE, detail="limit"),
            "🚫 A request from <@3> was refused: it’s over a limit",
        ),
        (
            Entry(100, Act.REFUSED, None, ALICE, detail="words: a: b"),
            "🚫 A request from <@3> was refused: the word list has “a: b”",
        ),
        (
            Entry(100, Act.DELETED, ALICE, ALICE, JOB, "<#5>"),
            "🗑️ <@3> deleted their own image, which had been reported: <#5>",
        ),
        (Entry(100, Act.HELD, MONA, ALICE, JOB, "limit"), "✋ <@2> put a job of <@3> on hold: limit"),
        (Entry(100, Act.APPROVED, MONA, ALICE, JOB, PROMPT), "✅ <@2> approved a request from <@3>."),
        (Entry(100, Act.REJECTED, MONA, ALICE, JOB, f"{PICTURE} · no"), "❌ <@2> rejected an image by <@3>: no"),
        (
            Entry(100, Act.IMAGE_HELD, None, ALICE, JOB, "score 0.90"),
            "✋ An image by <@3> was held for approval: score 0.90",
        ),
        (Entry(100, Act.DIGEST, MONA, detail="off"), "🔧 <@2> changed the weekly digest: off"),
        (Entry(100, Act.DIGEST, detail="not told: why: so"), "🔧 The weekly digest couldn’t be posted: why: so"),
    ],
)
def test_a_sentence_says_who_did_what_to_whom_and_why(entry: Entry, said: str) -> None:
    assert log_sentence(entry) == said


def test_a_role_is_named_in_the_log_and_not_shown_as_a_number() -> None:
    entry = Entry(100, Act.LIMITS, MONA, detail="<@&7>: 2 jobs waiting at once")
    assert log_sentence(entry) == "🔧 <@2> changed the limits: <@&7>: 2 jobs waiting at once"


def test_a_refusal_says_where_and_hides_the_prompt_behind_a_spoiler() -> None:
    entry = Entry(100, Act.REFUSED, None, ALICE, detail="words: x", channel_id=5, prompt="a || <@9> @here")
    refused = "🚫 A request from <@3> was refused in <#5>: the word list has “x”."
    assert log_sentence(entry) == f"{refused} Prompt: ||a \\|\\| \\<@\u200b9> @\u200bhere||"


def test_a_stored_word_that_is_no_act_any_more_is_shown_as_it_is() -> None:
    line = LogLine(1, 100, 0.0, "picture moved", MONA, ALICE, None, "to <#5>")
    assert log_sentence(line) == "🔧 <@2>: picture moved · <@3> · to <#5>"


def test_descriptions_begin_with_a_capital_and_fit() -> None:
    """Discord takes at most 100 characters; a full stop at the end would be the only one in its list."""
    texts: list[str] = []
    for command in moderate_commands().walk_commands():
        texts.append(command.description)
        if isinstance(command, app_commands.Command):
            texts += [str(option.description) for option in command.parameters]
    assert not [text for text in texts if len(text) > 100 or text.endswith(".") or not text[:1].isupper()]
