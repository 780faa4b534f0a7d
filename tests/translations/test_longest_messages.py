"""In each language, messages of jobs, grids, moderators and digests keep Discord’s limits with the longest values."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from bot.comfyui import Snapshot
from bot.discord_limits import ALTERNATIVE_TEXT, CHOICE, CHOICES, CONTENT, FILES
from bot.ledger import DELETED, PICTURE, PROMPT, Act, Axis, Case, Entry, Grid, Job, JobState, Standing, Week
from bot.messages import (
    Attachment,
    Rendered,
    behind_foreign_work,
    notice_text,
    render_approval,
    render_cancelled,
    render_digest,
    render_done,
    render_failed,
    render_grid,
    render_queued,
    render_report,
    render_running,
)
from bot.messages.rendering.grids.grid_sheet import sheet_of, sheet_text
from bot.messages.rendering.job_rendering import render_held, render_paused
from bot.messages.rendering.notes import shown_size
from bot.moderation.act_wording import log_sentence
from bot.translation import (
    ENGLISH,
    Language,
    _,
    language_called,
    languages,
    localized,
    shown_decimal,
    shown_number,
    shown_percent,
    speaking,
)
from tests.jobs import a_job

SOMEBODY: Final = 2**63 - 1
LONG: Final = "*@W" * 2000
LABEL: Final = 80
"""Characters of a button, by Discord's reference."""
PLACEHOLDER: Final = 150
IMAGES: Final = tuple(Attachment(f"image-{number}.png", b"1", LONG) for number in range(FILES))
AXES: Final = [Axis(option="guidance", labels=[f"{number}{LONG}"[:200] for number in range(5)])] * 2
WEEK: Final = Week(
    since=1_795_996_800,
    pictures=9_999_999,
    people=9_999_999,
    days=(1_428_571,) * 7,
    workflows=tuple((str(number), 1_000_000) for number in range(10)),
    waits=(359_999.0, 359_999.0),
    refused=dict.fromkeys(("words", "blocked", "channel", "workflow", "limit"), 1000000),
    cost=10**15,
    month_cost=10**15,
)


def job(language: Language, **changes: object) -> Job:
    values = {"prompt": LONG, "negative": LONG, "seed": 2**53 - 1}
    ids = {"user_id": SOMEBODY, "channel_id": SOMEBODY, "guild_id": SOMEBODY, "message_id": SOMEBODY}
    words = {"reason": LONG, "hold_reason": LONG}
    return a_job(language=language.code, values=values, **{**ids, **words, **changes})


def grid(language: Language, states: tuple[JobState, ...]) -> tuple[Grid, list[Job]]:
    """A grid of 25 cells in these states."""
    stored = Grid(
        **{name: getattr(job(language), name) for name in ("guild_id", "channel_id", "user_id", "application_id")},
        id="0" * 36,
        interaction_token="x",
        upload_limit=1,
        channel_visible=True,
        private=False,
        workflow="paint",
        prompt=LONG,
        axes=AXES,
        message_id=SOMEBODY,
        created_at=1.0,
        warned_at=None,
        closed_at=None,
        deleted_by=None,
    )
    cells = [
        job(
            language,
            id=str(number),
            cell=number,
            grid_id="0" * 36,
            state=states[number % len(states)],
            cancelled_by=SOMEBODY - 1,
            reason=f"{number}{LONG}",
            finished_at=10_000_000.0,
        )
        for number in range(25)
    ]
    return stored, cells


def shown(language: Language) -> Iterator[Rendered]:
    """Messages of all kinds, with what may be the longest in them."""
    one, by = job(language), SOMEBODY - 1
    snapshot = Snapshot(0.5, LONG, 9_999_999, 10_000_000)
    yield render_queued(one, LONG, Standing(999_999, 99_999, 2e9, 99_999), LONG[:300])
    yield render_queued(one, LONG, Standing(999_999, 99_999, 2e9, 99_999))
    yield render_held(replace(one, held_by=by), LONG)
    yield render_held(replace(one, held_by=0), LONG)
    yield render_paused(one, LONG, by, LONG)
    yield render_running(one, LONG, snapshot, 359_999.0)
    yield render_done(one, LONG, 359_999.0, IMAGES, [behind_foreign_work(99_999)] * 20)
    yield render_failed(one, LONG, LONG)
    yield render_cancelled(replace(one, state=JobState.CANCELLED, cancelled_by=by), LONG)
    for awaits in (PROMPT, PICTURE):
        yield render_approval(one, awaits, LONG, IMAGES[:1], last=True)
    case = Case("1", "report", SOMEBODY, SOMEBODY, SOMEBODY, by, DELETED, True, 1, 1)
    for decided in (None, case):
        yield render_report(replace(one, deleted_by=by), LONG, [SOMEBODY] * 99, IMAGES[:1], decided, copied=False)
    yield render_digest(WEEK, WEEK, {name: LONG for name, _count in WEEK.workflows}, b"")
    for states in (tuple(JobState), (JobState.FAILED, JobState.DONE, JobState.CANCELLED), (JobState.FAILED,)):
        stored, cells = grid(language, states)
        yield render_grid(stored, LONG, cells, ready_at=2e9, note=LONG[:300])
        assert len(sheet_text(stored, cells)) <= ALTERNATIVE_TEXT
    for act in Act:
        yield Rendered(log_sentence(Entry(SOMEBODY, act, by, SOMEBODY, "1", LONG, SOMEBODY, LONG)))
    yield Rendered(notice_text([one] * 50, mention=True))


@pytest.mark.parametrize("language", [ENGLISH, *languages()], ids=lambda language: language.code)
def test_the_longest_messages_keep_the_limits(language: Language) -> None:
    with speaking(language):
        for rendered in shown(language):
            assert 0 < len(rendered.content) <= CONTENT, rendered.content
            assert all(0 < len(button.label) <= LABEL for button in rendered.buttons)
            assert all(len(file.description or "") <= ALTERNATIVE_TEXT for file in rendered.files or ())
            if rendered.menu is not None:
                assert len(rendered.menu.placeholder) <= PLACEHOLDER
                assert len(rendered.menu.options) <= CHOICES
                assert all(0 < len(label) <= CHOICE for _value, label in rendered.menu.options)


def test_numbers_and_their_decimals_are_those_of_the_language() -> None:
    written = {
        "en": ("1,234.5", "1.5", "12.0 MB", "99%"),
        "de": ("1.234,5", "1,5", "12,0 MB", "99\N{NO-BREAK SPACE}%"),
        "ja": ("1,234.5", "1.5", "12.0 MB", "99%"),
    }
    for code, (long, short, size, share) in written.items():
        with speaking(language_called(code)):
            assert (shown_number(1234.5, 1), shown_decimal(1.5), shown_size(12 * 2**20)) == (long, short, size)
            assert localized("1,234.50") == long + "0"
            assert shown_percent(0.999) == share


FONTLESS: Final = {"ja", "ko"}


@pytest.mark.parametrize("language", [ENGLISH, *languages()], ids=lambda language: language.code)
def test_a_sheet_has_words_or_signs_that_its_message_explains(language: Language) -> None:
    stored, cells = grid(language, tuple(JobState))
    with speaking(language):
        words = [cell.words for cell in sheet_of(stored, cells, {}).cells]
        content = render_grid(stored, "Paint", cells).content
        start = f"-# {_('On the sheet: {signs}').partition('{')[0]}"
    explained = "".join(line for line in content.split("\n") if line.startswith(start))
    assert bool(explained) == (language.code in FONTLESS)
    signs = {"…", "→", "×", "–", "·"}
    assert signs.isdisjoint(words) == (language.code not in FONTLESS)
    for sign in signs & set(words) - {"·"}:
        assert f"{sign} " in explained
