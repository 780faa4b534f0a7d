"""A resolved prompt, written as a prompt, resolves to itself; and no prompt grows without limit. Pure."""

import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import BindError
from bot.workflows import MAX_TEXT
from bot.workflows.prompts.draws import draw
from bot.workflows.prompts.escaping import escape, escape_unknown
from bot.workflows.prompts.lora_tags import take_lora_tags
from bot.workflows.prompts.template import parse
from bot.workflows.prompts.trailing_options import peel_options
from bot.workflows.prompts.wildcard_files import read_lines

FILES = {
    "a": read_lines("red\n{blue|__b__}\n2::x"),
    "b": read_lines("y __a__ \n<lora:l:1>"),
    "c": read_lines("--ar 1:1"),
}
SIGNS = st.sampled_from(
    (
        *(
            "{",
            "}",
            "|",
            "__",
            "__a__",
            "__b__",
            "__c__",
            "\\",
            "<lora:a:1>",
            "<lora:",
            ">",
            "--ar 1:1",
            "—no x",
            "——ar 1:1",
            "\uff0d\uff0dno",
            "\u200e",
            "--zz",
        ),
        *(" ", "\n", "a", "_", "2$$", " and $$", "0.5::", '{"', '": "', '"}', "$$", ",", "-", "<", "é", "\u2028"),
    )
)
PROMPTS = st.lists(SIGNS, max_size=30).map("".join) | st.text(max_size=60)


class Everything:
    """The names of wildcards where there is one of every name."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


def resolve(prompt: str, seed: int = 0) -> tuple[str, tuple[str, ...]]:
    """As the bot resolves it: the text, and the options and LoRAs that it asks for."""
    peeled = peel_options(prompt)
    if peeled.problems:
        raise BindError(peeled.problems)
    drawn = draw(parse(peeled.text), str(seed), FILES)
    tagged = take_lora_tags(drawn.text, drawn.inert)
    return tagged.text, (*(flag.written for flag in peeled.flags), *tagged.loras)


@given(PROMPTS)
@example(r"\__c__ __a__ \\__c__ x__c__ {__c__|__a__}")
@example("__é__")
def test_unknown_wildcards_become_text_and_nothing_else_changes(prompt: str) -> None:
    assert escape_unknown(prompt, Everything()) == prompt
    known = {"a": read_lines("red")}
    lenient = escape_unknown(prompt, known)
    assert lenient.replace("\\", "") == prompt.replace("\\", "")
    codes: set[str] = set()
    try:
        draw(parse(lenient), "0", known)
    except BindError as fault:
        codes = {problem.code for problem in fault.problems}
    assert "unknown_wildcard" not in codes


@given(PROMPTS)
@example("\\")
@example("\\--ar 1:1")
@example("{a|b} --ar 1:1")
@example("a  --zz")
@settings(max_examples=1000)
def test_what_is_escaped_is_read_as_it_is(text: str) -> None:
    assert resolve(escape(text)) == (text, ())
    assert escape(escape(text)) == escape(text) or resolve(escape(escape(text))) == (escape(text), ())


@given(PROMPTS, st.integers(0, 2**53))
@settings(max_examples=1000)
def test_a_prompt_resolves_within_the_limit_and_the_result_for_good(prompt: str, seed: int) -> None:
    try:
        text, _asked = resolve(prompt, seed)
    except BindError:
        return
    assert len(text) <= MAX_TEXT
    assert resolve(prompt, seed)[0] == text
    assert resolve(escape(text), seed + 1) == (text, ())


@given(st.text(alphabet=st.characters(exclude_characters="{}|_\\<-—–", exclude_categories=["Cs"]), max_size=200))
def test_a_prompt_without_syntax_is_not_touched(prompt: str) -> None:
    assert resolve(prompt) == (prompt, ())
    assert escape(prompt) == prompt


@pytest.mark.parametrize("kept", ['{"subject": "a cat"}', "(a:1.2) {} [x|y]", "snake__case__words", r"a \(b\)"])
def test_what_reads_as_text_is_not_escaped(kept: str) -> None:
    assert escape(kept) == kept


def test_a_prompt_of_another_program_keeps_its_lora_tags() -> None:
    assert escape("a {b|c} <lora:d:1> --ar 1:1", loras=False) == r"a \{b\|c\} <lora:d:1> \--ar 1:1"
    assert escape("a fox <lora:d:1>", loras=False) == "a fox <lora:d:1>"


@pytest.mark.parametrize(
    "prompt",
    [
        *("{" * 6000, "{a|" * 2000, "{" * 3000 + "}" * 3000, '{"a":' * 1200, '{"a":"|",' * 600 + "}" * 600),
        *("\\" * 6000, "_" * 6000, "__a" * 2000, "--ar " * 1200, "--no " * 1200, "<lora:" * 1000, "<lora:a>" * 750),
        *("__a__" * 1200, "{a|b}" * 1200, "{2$$" * 1500, "{9$$" + "a|" * 2900 + "}", " ," * 3000, "—a " * 2000),
        *("{6000$$$$" + "|" * 5990 + "}", "--" + "a" * 5000, "{" * 2000 + "a|b" + "}" * 2000, "<lora:" + "a" * 5000),
    ],
    ids=lambda prompt: prompt[:8],
)
def test_no_prompt_takes_exponential_work(prompt: str) -> None:
    """It ends: a prompt of doubling work would run into the time limit of the whole run."""
    assert resolve(escape(prompt))[0] == prompt or len(escape(prompt)) > MAX_TEXT
    with contextlib.suppress(BindError):
        assert len(resolve(prompt)[0]) <= MAX_TEXT
