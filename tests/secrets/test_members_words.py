"""What members wrote is in no line of the log, whatever quotes it, and however much of it."""

import logging

import pytest

from bot.logs import about, hide_words
from bot.redaction import MembersWords
from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.discord_server import DiscordStandIn, answered
from tests.looks import is_over
from tests.people import ALICE
from tests.programs import Program

PROMPT = "a canarylighthouse at dusk,\nseen from the sea"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (f"cannot read {PROMPT!r}", "cannot read '…\\nseen from the sea'"),
        ("cannot read 'a canarylighthouse at dusk, seen…'", "cannot read '……'"),
        ("unknown word CANARYLIGHTHOUSE", "unknown word…"),
        ("out of memory on server 3", "out of memory on server 3"),
        ("", ""),
    ],
)
def test_pieces_of_a_text_are_hidden_and_the_rest_of_the_line_stays(line: str, left: str) -> None:
    hidden = MembersWords([PROMPT])(line)
    assert "canarylighthouse" not in hidden.casefold()
    if "\\n" not in line:
        assert hidden == left


def test_a_short_text_is_hidden_as_a_word_and_not_within_others() -> None:
    assert MembersWords(["owl"])("an owl, a bowl") == "an owl, a bowl"
    assert MembersWords(["a fox"])("cannot draw a fox: a foxglove") == "cannot draw …: a foxglove"


def test_nothing_to_hide_changes_nothing() -> None:
    assert MembersWords([])("a line") == "a line"
    assert MembersWords(["", "  "])("a line") == "a line"


def test_the_log_hides_them_while_a_job_or_a_request_is_worked_on() -> None:
    from bot.logs import _Lines  # noqa: PLC0415 - its formatter, without a process
    from bot.redaction import Redaction  # noqa: PLC0415

    lines = _Lines(Redaction())
    record = logging.LogRecord("bot", logging.INFO, "", 1, "failed: %s", (PROMPT,), None)
    with about("7", [PROMPT]):
        assert "canary" not in lines.format(record)
    assert "canary" in lines.format(record)
    hide_words([PROMPT])
    assert "canary" not in lines.format(record)
    hide_words([])


@pytest.mark.parametrize("form", ["text", "json"])
async def test_a_node_that_quotes_the_prompt_does_not_bring_it_into_the_log(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, form: str
) -> None:
    comfyui.faults.fail = {"KSampler": Failure(exception_message="cannot tokenize 'a canarylighthouse at'")}
    bot = program({"LOG_FORMAT": form, "LOG_LEVEL": "DEBUG"})
    async with bot:
        await bot.wait_ready()
        ordered = await answered(discord.slash("imagine", user=ALICE, prompt=PROMPT.replace("\n", " ")))
        await ordered.message.until(is_over)
        log = bot.log.read_text()
    assert "cannot tokenize" in log
    assert "canary" not in log
