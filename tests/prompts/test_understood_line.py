"""The line about what was understood: within the message's limits, with nothing alive in it, in every state."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.ledger import Job
from bot.messages import Rendered, render_held
from tests.jobs import JOB
from tests.messages.test_rendering import CONTENT, MARKUP, MENTION, TITLE, alive, each_state, nasty


def job_with(prompt: str, ignored: list[str], loras: str, shown: str) -> Job:
    given = {"prompt": prompt, "--": ignored}
    return replace(JOB, values={"prompt": shown, "seed": 7, "loras": loras}, given=given)


@each_state
@given(shown=nasty, values=st.lists(nasty, max_size=4), ignored=st.lists(nasty, max_size=4))
def test_it_keeps_to_one_line_and_the_limit(
    render: Callable[[Job], Rendered], shown: str, values: list[str], ignored: list[str]
) -> None:
    prompt = "a fox " + " ".join(f"--no {value or 'x'}" for value in values)
    content = render(job_with(prompt, ignored, "oil_paint:0.5, @everyone", shown)).content
    assert len(content) <= CONTENT
    assert not MENTION.search(content)
    quote, line, *_rest = content.split("\n")
    assert quote.startswith("> ")
    assert line.startswith("-# ")
    assert not MARKUP.search(alive(line.removeprefix("-# ")))


@each_state
def test_without_options_it_is_not_there(render: Callable[[Job], Rendered]) -> None:
    plain = render(JOB)
    drawn = render(replace(JOB, given={"prompt": "a {cat|cat}"}))
    assert drawn == plain


def test_a_request_that_is_held_back_shows_nothing_of_it() -> None:
    job = job_with("a fox --no secret", ["--v 6"], "", "a fox")
    assert "secret" not in render_held(replace(job, held_by=0), TITLE).content
    assert "secret" in render_held(replace(job, held_by=5), TITLE).content


def test_it_reads_as_members_say_it() -> None:
    job = job_with(
        "a fox <lora:x> --ar 16:9 --steps 1 --n 1 --strength .5 --style anime --sampler euler --v 6",
        ["--v 6"],
        "styles/x.safetensors, y:0.5",
        "a fox",
    )
    line = render_held(replace(job, held_by=5), TITLE).content.split("\n")[1]
    assert line == (
        "-# 16:9 · 1 step · 1 image · strength .5 · style anime · euler · LoRA x · LoRA y 0.5 · ignored: --v 6"
    )
