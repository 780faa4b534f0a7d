"""What a message shows of drafts, texts, and what was finished before a failure."""

from hypothesis import given
from hypothesis import strategies as st

from bot.comfyui import Snapshot
from bot.ledger import Job
from bot.messages import Attachment, Draft, render_done, render_failed, render_running, split_texts
from bot.messages.rendering.rendered import described
from tests.jobs import a_job

PICTURE = Attachment("draft-1.png", b"1", "Draft")


def job(prompt: str = "a fox") -> Job:
    return a_job(values={"prompt": prompt, "seed": 7})


def test_a_draft_takes_the_place_of_the_preview() -> None:
    preview = Attachment("preview.jpeg", b"2", "Preview")
    rendered = render_running(
        job(), "Text to image", Snapshot(0.5, "Refining", 3, 20), None, preview, Draft("Draft", (PICTURE,))
    )
    assert rendered.files == described([PICTURE], "a fox")
    assert rendered.content.splitlines()[-1] == "-# Ready so far: Draft"


def test_a_draft_that_is_there_already_stays() -> None:
    rendered = render_running(job(), "Text to image", Snapshot(0.5), draft=Draft("Draft"))
    assert rendered.files is None
    assert "Ready so far: Draft" in rendered.content


def test_kinds_are_counted_under_their_caption() -> None:
    files = [Attachment("clip-1.mp4", b"", "Clip"), Attachment("clip-2.png", b"", "Clip"), PICTURE]
    assert "-# Clip: 1 video, 1 image · Draft: 1 image" in render_done(job(), "x", 1.0, files).content


def test_a_failure_shows_what_was_finished_before_it() -> None:
    rendered = render_failed(job(), "Text to image", "It broke.", (PICTURE,), ["A note."], ["words"])
    assert rendered.files == described([PICTURE], "a fox")
    assert rendered.content.splitlines()[1:] == [
        "⚠️ It broke.", "-# This is what was finished before it failed.", "-# A note.", "```", "words", "```",
    ]  # fmt: skip


def test_a_failure_without_files_says_nothing_of_them() -> None:
    assert render_failed(job(), "Text to image", "It broke.").content == "> a fox\n⚠️ It broke."


@given(st.text(max_size=1500), st.lists(st.text(max_size=1200), max_size=4))
def test_texts_keep_the_messages_limit_and_their_block(prompt: str, texts: list[str]) -> None:
    shown, long = split_texts(texts)
    assert sorted([*shown, *long]) == sorted(texts)
    content = render_done(job(prompt), "A title", 5.0, (), ["A note."], shown).content
    assert len(content) <= 2000
    assert content.count("```") == 2 * len(shown)
