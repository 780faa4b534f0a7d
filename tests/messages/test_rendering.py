"""How a job looks: within Discord's limits, on its lines, and with nothing alive in what a member typed."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comfyui import Snapshot
from bot.ledger import Job, Standing
from bot.messages import (
    Attachment,
    Rendered,
    render_cancelled,
    render_done,
    render_failed,
    render_queued,
    render_ready,
    render_running,
    render_stopping,
    render_waking,
    shown_prompt,
)
from bot.messages.rendering.rendered import described
from tests.jobs import JOB

CONTENT = 2000
CUSTOM_ID = 100
LABEL = 80
ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NEXT = Standing(0, 0, None)
OWNER = JOB.user_id
TITLE = "Text to image"

STATES: dict[str, Callable[[Job], Rendered]] = {
    "queued": lambda job: render_queued(job, TITLE, Standing(12345, 7, None), "The image server can’t be reached."),
    "ready": lambda job: render_ready(job, TITLE),
    "waking": lambda job: render_waking(job, TITLE, 95.0),
    "silent": lambda job: render_running(job, TITLE, Snapshot(0.4), 75.0, reports=False),
    "starting": lambda job: render_running(job, TITLE, Snapshot()),
    "running": lambda job: render_running(job, TITLE, Snapshot(0.4, "Upscale", 8, 20), 75.0),
    "stopping": lambda job: render_stopping(job, TITLE),
    "done": lambda job: render_done(job, "Text to image", 12.0, pictures("Draft", "Refined"), ["Sent as WebP."]),
    "failed": lambda job: render_failed(job, TITLE, "The workflow failed."),
    "cancelled": lambda job: render_cancelled(job, TITLE),
}

each_state = pytest.mark.parametrize("render", [pytest.param(render, id=name) for name, render in STATES.items()])

# Pieces that mean something to Discord, between anything else.
PIECES = [
    *("@everyone", "@here", "<@1>", "<@!1>", "<@&2>", "<#3>", "<:a:4>", "<t:5:R>", "</imagine:6>", "<id:guide>"),
    *("*", "**", "_", "__", "~~", "`", "```py", "||", "[a](https://x.example)", "\\", "\\\\"),
    *("# ", "## ", "-# ", "> ", ">>> ", "- ", "* ", "\n", "\r\n", "\u2028", "\v", "\t", " ", "a cat"),
]
MENTION = re.compile(r"@everyone|@here|<@[!&]?\d+>")
MARKUP = re.compile(r"[*_~`|<\[]|^\s*[#>-]")

nasty = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=40).map("".join) | st.builds(
    str.__mul__, st.sampled_from(PIECES), st.integers(1, 3000)
)


def pictures(*captions: str) -> list[Attachment]:
    return [Attachment(f"image-{number}.png", b"...", caption) for number, caption in enumerate(captions)]


def asking(prompt: str) -> Job:
    return replace(JOB, values={"prompt": prompt, "seed": 7})


def alive(line: str) -> str:
    """A line as Discord parses it: what a backslash stands before is a letter like any other."""
    return re.sub(r"\\[^0-9A-Za-z\s]", "x", line)


def read(line: str) -> str:
    """A line as people read it."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", line).replace(ZERO_WIDTH_SPACE, "")


# --- Whatever the prompt


@each_state
@given(prompt=nasty.filter(str.strip))
def test_a_prompt_neither_mentions_nor_formats_nor_breaks_its_line(
    render: Callable[[Job], Rendered], prompt: str
) -> None:
    content = render(asking(prompt)).content
    assert len(content) <= CONTENT
    assert not MENTION.search(content)
    quote, *rest = content.split("\n")
    assert rest == render(JOB).content.replace(str(2**53 - 1), "7").split("\n")[1:]
    assert len(quote.splitlines()) == 1
    assert quote.startswith("> ")
    assert not MARKUP.search(alive(quote.removeprefix("> ")))


@given(nasty.filter(lambda text: len(text) < 700))
def test_a_prompt_reads_as_it_was_typed(prompt: str) -> None:
    unseen = {sign for sign in prompt if not sign.isspace() and (sign in TURNS or unicodedata.category(sign) == "Cc")}
    seen = "".join(sign for sign in prompt if sign not in unseen)
    assert read(shown_prompt(prompt)).split() == seen.replace(ZERO_WIDTH_SPACE, "").split()


def test_a_prompt_does_not_turn_around_what_stands_behind_it() -> None:
    assert shown_prompt("a \u202eb\x00\u2067c\x07") == "a bc"
    assert shown_prompt("قطة 5 سوداء") == "قطة 5 سوداء"


@pytest.mark.parametrize("prompt", ["a cat, (best quality:1.2), high-res, 4k!", "日本語: a/b & “c” + d = e?", "50% <"])
def test_an_ordinary_prompt_is_not_littered_with_backslashes(prompt: str) -> None:
    assert shown_prompt(prompt).count("\\") == prompt.count("<")


def test_a_long_prompt_is_cut_with_a_sign_of_it() -> None:
    assert shown_prompt("cat " * 1000, 20) == "cat cat cat cat cat…"
    assert shown_prompt("x" * 20, 20) == "x" * 20
    assert shown_prompt("x" * 21, 20) == "x" * 19 + "…"


@each_state
def test_a_job_without_a_prompt_is_called_by_the_title_of_its_workflow(render: Callable[[Job], Rendered]) -> None:
    for values in ({}, {"prompt": ""}, {"prompt": None}, {"seed": 3}):
        assert render(replace(JOB, values=values)).content.split("\n")[0] == "> Text to image"


@given(nasty, nasty, st.lists(nasty, max_size=10))
def test_a_packs_own_titles_keep_the_limit_and_the_lines(prompt: str, title: str, captions: list[str]) -> None:
    running = render_running(asking(prompt), TITLE, Snapshot(0.5, title, 3, 20), 60.0)
    done = render_done(asking(prompt), title, 5.0, pictures(*captions))
    for rendered in (running, done):
        assert len(rendered.content) <= CONTENT
        assert not MENTION.search(rendered.content)
        assert len(rendered.content.split("\n")) <= 3


@given(nasty, nasty)
def test_a_failure_keeps_the_limit_whatever_the_reason(prompt: str, reason: str) -> None:
    content = render_failed(asking(prompt), TITLE, reason).content
    assert len(content) <= CONTENT
    assert content.startswith(render_failed(asking(prompt), TITLE, "").content)


# --- Buttons and files


@each_state
def test_every_button_carries_the_jobs_id(render: Callable[[Job], Rendered]) -> None:
    for button in render(JOB).buttons:
        assert JOB.id in button.custom_id
        assert len(button.custom_id) <= CUSTOM_ID
        assert 0 < len(button.label) <= LABEL


def test_a_job_can_be_cancelled_until_it_is_over_or_stopping() -> None:
    cancellable = {name for name, render in STATES.items() if any(b.label == "Cancel" for b in render(JOB).buttons)}
    assert cancellable == {"queued", "ready", "waking", "silent", "starting", "running"}


def test_a_preview_replaces_the_one_before_and_its_absence_leaves_it() -> None:
    (preview,) = pictures("Preview")
    assert render_running(JOB, TITLE, Snapshot(), preview=preview).files == described([preview], "a cat")
    assert render_running(JOB, TITLE, Snapshot()).files is None


def test_a_finished_message_holds_its_pictures_and_an_ended_one_no_stale_preview() -> None:
    files = pictures("Draft", "Refined")
    assert render_done(JOB, "Text to image", 1.0, files).files == described(files, "a cat")
    assert render_failed(JOB, TITLE, "x").files == ()
    assert render_cancelled(JOB, TITLE).files == ()
    assert render_queued(JOB, TITLE, NEXT).files == ()


# --- What each state says


@pytest.mark.parametrize(
    ("ahead", "people", "place"),
    [
        (0, 0, "Next in line"),
        (1, 1, "2nd in line · 1 person ahead"),
        (2, 2, "3rd in line · 2 people ahead"),
        (3, 0, "4th in line · 3 of yours ahead"),
        (10, 4, "11th in line"),
        (11, 4, "12th in line"),
        (12, 4, "13th in line"),
        (20, 4, "21st in line"),
        (110, 4, "111th in line"),
        (121, 4, "122nd in line"),
        (1000, 4, "More than 1000 ahead"),
    ],
)
def test_a_queued_job_tells_its_place(ahead: int, people: int, place: str) -> None:
    assert place in render_queued(JOB, TITLE, Standing(ahead, people, None)).content


def test_a_server_that_wakes_and_one_that_reports_nothing_are_told_as_such() -> None:
    assert render_waking(JOB, TITLE, 95.0).content.endswith("Waking up the GPU …\n-# This usually takes 1 min 35 s.")
    assert render_waking(JOB, TITLE, None).content.endswith("Waking up the GPU …")
    assert "doesn’t report progress" in render_running(JOB, TITLE, Snapshot(0.4), 75.0, reports=False).content
    assert "doesn’t report progress" not in render_running(JOB, TITLE, Snapshot(0.4), 75.0).content


def test_a_queued_job_tells_when_it_should_be_ready_unless_it_stands_still() -> None:
    standing = Standing(0, 0, 1_800_000_000.7)
    assert render_queued(JOB, TITLE, standing).content.endswith("🕓 Next in line · ready <t:1800000000:R>")
    assert "<t:" not in render_queued(JOB, TITLE, standing, "The image server can’t be reached.").content


def test_a_queued_job_tells_why_it_waits_where_there_is_a_reason() -> None:
    assert render_queued(JOB, TITLE, NEXT, "It goes again.").content.split("\n")[-1] == "-# It goes again."
    assert len(render_queued(JOB, TITLE, NEXT).content.split("\n")) == 2


def test_a_running_job_tells_stage_step_share_and_time_left() -> None:
    _, stage, bar = render_running(JOB, TITLE, Snapshot(0.5, "Upscale", 8, 20), 75.0).content.split("\n")
    assert stage == "🎨 **Upscale** · step 8/20"
    assert bar == "▰▰▰▰▰▱▱▱▱▱ 50% · 75 s left"


def test_what_is_not_known_is_not_told() -> None:
    _, stage, bar = render_running(JOB, TITLE, Snapshot()).content.split("\n")
    assert stage == "🎨 **Starting**"
    assert bar == "▱" * 10 + " 0%"


@given(st.floats(0.0, 1.0))
def test_the_bar_keeps_its_length_and_is_full_only_at_the_end(fraction: float) -> None:
    bar, share = render_running(JOB, TITLE, Snapshot(fraction)).content.split("\n")[-1].split(" ", 1)
    assert len(bar) == 10
    assert (bar == "▰" * 10) == (share == "100%") == (fraction == 1.0)


def test_a_finished_job_tells_its_recipe_and_its_stages() -> None:
    rendered = render_done(JOB, "Refined_1", 12.4, pictures("Draft", "Refined", "Refined"), ["A note."])
    assert rendered.content.split("\n")[1:] == [
        f"✅ seed `{2**53 - 1}` · Refined\\_1 · 12 s",
        "-# Draft: 1 image · Refined: 2 images",
        "-# A note.",
    ]


def test_a_workflow_without_a_seed_shows_none() -> None:
    assert "seed" not in render_done(replace(JOB, values={"prompt": "a cat"}), "x", 1.0, ()).content


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.01, "1 s"),
        (89.4, "89 s"),
        (90.0, "1 min 30 s"),
        (120.0, "2 min"),
        (599.4, "9 min 59 s"),
        (600.0, "10 min"),
        (3599.4, "59 min"),
        (3600.0, "1 h 0 min"),
        (90_000.0, "25 h 0 min"),
    ],
)
def test_a_duration_is_told_as_people_tell_it(seconds: float, words: str) -> None:
    assert render_done(JOB, "x", seconds, ()).content.endswith(f" · {words}")


def test_a_cancelled_job_tells_by_whom() -> None:
    for by in (None, OWNER):
        assert render_cancelled(replace(JOB, cancelled_by=by), TITLE).content.endswith("Cancelled by the requester.")
    assert render_cancelled(replace(JOB, cancelled_by=99), TITLE).content.endswith("Cancelled by <@99>.")
