"""What a member may read in the queue, and in how many characters."""

from dataclasses import replace

import pytest

from bot.discord_ui.access.viewer import Viewer
from bot.discord_ui.queue.queue_page import queue_text, unchanged
from bot.ledger import Job, OnServer, Overview, Standing
from tests.jobs import a_job

ALICE, BOB = 1, 2
HERE = Viewer(100, ALICE)
EMPTY = Overview(servers=2, answering=2, running=(), waiting=(), held=())


def job(prompt: str, user_id: int = BOB, guild_id: int | None = 100) -> Job:
    return a_job(values={"prompt": prompt}, user_id=user_id, guild_id=guild_id, held_by=None)


def line(*waiting: Job, running: tuple[Job, ...] = (), held: tuple[Job, ...] = ()) -> Overview:
    return replace(
        EMPTY,
        running=tuple(OnServer(one, number, made=True) for number, one in enumerate(running, start=1)),
        waiting=tuple((one, Standing(ahead, 1, 1_700_000_000.0 + ahead)) for ahead, one in enumerate(waiting)),
        held=held,
    )


def title(_: Job) -> str:
    return "Upscale"


def test_an_empty_queue_is_friendly() -> None:
    assert "The queue is empty: `/imagine` starts right away." in queue_text(EMPTY, HERE, title)


def test_a_paused_queue_promises_nothing() -> None:
    paused = replace(EMPTY, paused=frozenset({100}))
    assert (
        queue_text(paused, HERE, title) == "⏸️ A moderator has paused the queue. New requests wait until it is resumed."
    )
    assert "paused" in queue_text(replace(line(running=(job("a cat"),)), paused=frozenset({100})), HERE, title)
    for elsewhere in (Viewer(101, ALICE), Viewer(None, ALICE)):
        assert "starts right away" in queue_text(paused, elsewhere, title)


def test_a_queue_without_servers_says_so() -> None:
    assert "No image server" in queue_text(replace(EMPTY, answering=0), HERE, title)
    assert "No image server" in queue_text(replace(line(job("a cat")), answering=0), HERE, title)


def test_what_runs_comes_first_then_what_waits_in_its_order() -> None:
    text = queue_text(line(job("a dog"), job("a cow", ALICE), running=(job("a cat"),)), HERE, title)
    assert text.index("a cat") < text.index("a dog") < text.index("a cow")
    assert "server 1 of 2" in text
    assert "1 of 2 image servers busy · 2 waiting" in text


def test_what_is_up_next_waits() -> None:
    up_next = (OnServer(job("a cat"), 1, made=True), OnServer(job("a dog"), 1, made=False))
    text = queue_text(replace(line(job("a cow")), running=up_next), HERE, title)
    assert "1 of 2 image servers busy · 2 waiting" in text
    assert "⏭️ a dog" in text


def test_what_has_no_prompt_is_called_by_its_title() -> None:
    for workflow in ("no_model", "100/enlarge"):
        text = queue_text(line(replace(job(""), workflow=workflow)), HERE, title)
        assert f"Upscale · <@{BOB}>" in text


def test_mine_are_marked_and_nobody_elses() -> None:
    lines = queue_text(line(job("a dog"), job("a cow", ALICE)), HERE, title).splitlines()
    assert [one for one in lines if "you" in one] == [one for one in lines if "a cow" in one]
    assert any("a dog" in one and f"<@{BOB}>" in one for one in lines)


@pytest.mark.parametrize("viewer", [HERE, Viewer(None, ALICE)], ids=["in a guild", "in a direct message"])
def test_other_places_show_only_a_number(viewer: Viewer) -> None:
    others = [job("a secret", BOB, 999), job("a secret", ALICE, 999), job("a secret", BOB, None)]
    text = queue_text(
        line(*others, running=(job("a secret", BOB, 999),), held=(job("a secret", BOB, 999),)), viewer, title
    )
    assert "secret" not in text
    assert f"<@{BOB}>" not in text
    assert "Requests from elsewhere: 1 running, 4 waiting." in text


def test_a_private_one_has_no_words_for_others() -> None:
    jobs = (replace(job("a secret", BOB), private=True), replace(job("mine", ALICE), private=True))
    text = queue_text(line(*jobs), HERE, title)
    assert "secret" not in text
    assert "a private request" in text
    assert "mine" in text


def test_my_own_are_shown_however_far_back() -> None:
    text = queue_text(line(*[job(f"flood {number}") for number in range(500)], job("a cow", ALICE)), HERE, title)
    assert "`501` ➤ a cow" in text
    assert "492 more" in text


def test_held_jobs_say_why() -> None:
    held = (replace(job("a cow", ALICE), held_by=5), job("a dog"))
    text = queue_text(line(held=held), HERE, title)
    assert "⏸️ ➤ a cow · **you** · waiting for a moderator" in text
    assert f"⏸️ a dog · <@{BOB}> · paused by a moderator" in text


@pytest.mark.parametrize("sign", ["x", "*", "@everyone ", "\N{PILE OF POO}", "`"])
def test_it_always_fits_a_message(sign: str) -> None:
    many = [replace(job(sign * 6000, user_id), user_id=2**63 - 1 if user_id == BOB else ALICE) for user_id in (1, 2)]
    text = queue_text(line(*many * 400, running=tuple(many * 5), held=tuple(many * 5)), HERE, title)
    assert len(text) <= 1900
    assert "@everyone" not in text


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("a <t:1000:R>", "a <t:1015:R>", True),
        ("a <t:1000:R>", "a <t:1060:R>", False),
        ("a <t:1000:R>", "b <t:1000:R>", False),
        ("a <t:1000:R>", "a", False),
        ("a", "a", True),
    ],
)
def test_an_edit_is_made_for_what_matters(before: str, after: str, same: bool) -> None:
    assert unchanged(before, after) is same


def test_only_what_is_silent_is_called_unreachable() -> None:
    three = replace(line(job("a cat")), servers=3, answering=0, troubles=("suspended", "asleep"))
    assert "0 of 3 image servers busy · 1 unreachable · 1 unavailable · 1 asleep" in queue_text(three, HERE, title)
    locked = OnServer(job("a dog"), 1, made=True, reached=False, ill=True)
    text = queue_text(replace(EMPTY, servers=1, answering=0, running=(locked,), troubles=("locked",)), HERE, title)
    assert "its image server isn’t available right now" in text
    assert "reach" not in text


def test_a_machine_that_sleeps_is_no_outage() -> None:
    asleep = replace(EMPTY, servers=1, answering=0, troubles=("asleep",))
    assert queue_text(asleep, HERE, title) == "🌙 The GPU is asleep. It wakes up when somebody requests an image."
    waiting = replace(line(job("a cat")), servers=1, answering=0, troubles=("asleep",))
    assert "🕓 Waking up the GPU …" in queue_text(waiting, HERE, title)
