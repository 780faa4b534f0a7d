"""Durations, sizes, tables and pages: what moderators type and read."""

import pytest

from bot.discord_ui.moderation.log_pages import LogFilter
from bot.discord_ui.moderation.panel.panel_page import guild_queue, render_panel
from bot.discord_ui.moderation.rules.limit_commands import limits_table, read_pixels
from bot.ledger import Act, Entry, GuildRules, JobState, KnownServer, RoleLimits
from bot.moderation.act_wording import log_sentence
from bot.moderation.durations import read_duration, read_since
from bot.translation import Language, languages, speaking
from tests.jobs import a_job

DAY = 86400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("2h", 7200),
        ("7d", 7 * DAY),
        ("1d 12h", 1.5 * DAY),
        ("1d12h", 1.5 * DAY),
        ("2 weeks", 14 * DAY),
        (" 90 Minutes ", 5400),
        ("0m", None),
        ("soon", None),
        ("", None),
        ("-5m", None),
        ("5", None),
        ("5 moons", None),
        ("1 month", 30 * 86400),
        ("1 day and 2 hours", 93600),
        ("1.5h", 5400),
        ("a week", 7 * 86400),
        ("999999w", None),
    ],
)
def test_a_duration_is_read(text: str, seconds: float | None) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("2h", 1_800_000_000 - 7200),
        ("2027-01-15", 1_799_971_200),
        ("2027-01-15 06:00", 1_799_992_800),
        ("1900-01-01", 0),
        ("0001-01-01", 0),
        ("2027-13-01", None),
        ("2027-01-15T08:00+02:00", 1_799_992_800),
        ("2 days ago", 1_800_000_000 - 2 * 86400),
        ("an hour ago", 1_800_000_000 - 3600),
        ("last week", 1_800_000_000 - 7 * 86400),
        ("last 3 days", 1_800_000_000 - 3 * 86400),
        ("Today", 1_799_971_200),
        ("yesterday", 1_799_971_200 - 86400),
        ("Friday", 1_799_971_200),
        ("last saturday", 1_799_971_200 - 6 * 86400),
        ("07:30", 1_799_971_200 + 27_000),
        ("23:00", 1_799_971_200 - 3600),
        ("<t:1799999999:R>", 1_799_999_999),
        ("last night", 1_799_971_200 - 6 * 3600),
        ("tonight", 1_799_971_200 - 6 * 3600),
        ("this morning", 1_799_971_200 + 6 * 3600),
        ("midnight", 1_799_971_200),
        ("7:30 am", 1_799_971_200 + 27_000),
        ("12am", 1_799_971_200),
        ("10pm", 1_799_971_200 - 2 * 3600),
        ("yesterday at 22:00", 1_799_971_200 - 2 * 3600),
        ("since Thu, 10 p.m.", 1_799_971_200 - 2 * 3600),
        ("friday 22:00", 1_799_971_200 - 7 * 86400 + 22 * 3600),
        ("14 Jan", 1_799_971_200 - 86400),
        ("Jan. 14th, 7:30", 1_799_971_200 - 86400 + 27_000),
        ("31.12.", 1_799_971_200 - 15 * 86400),
        ("31.12.2026 10pm", 1_799_971_200 - 15 * 86400 + 22 * 3600),
        ("30 feb", None),
        ("14 foo", None),
        ("13pm", None),
        ("the day before", None),
        ("25:00", None),
    ],
)
def test_a_beginning_is_read(text: str, begun: float | None) -> None:
    assert read_since(text, 1_800_000_000) == begun


@pytest.mark.parametrize(
    ("text", "pixels"),
    [
        ("1024x1024", 2**20),
        ("640 × 480", 307200),
        ("1,048,576", 2**20),
        ("500000 px", 500000),
        ("0", None),
        ("huge", None),
        ("99999x99999", None),
    ],
)
def test_a_size_is_read(text: str, pixels: int | None) -> None:
    assert read_pixels(text) == pixels


def test_the_table_says_what_each_role_has_and_nothing_of_the_others() -> None:
    said = limits_table(
        [RoleLimits(100, 100, queued=2, pixels=2**20, lane=1), RoleLimits(100, 7, weight=2.5), RoleLimits(100, 8)], 100
    )
    assert said.splitlines()[:2] == [
        "**everyone**: 2 jobs waiting at once, goes last, up to 1024 x 1024",
        "<@&7>: weight 2.5",
    ]
    assert "8" not in said.splitlines()[-1]
    assert "no limits" in limits_table([], 100)


@pytest.mark.parametrize("act", [None, *Act])
def test_what_is_asked_of_the_log_comes_back_from_a_button(act: Act | None) -> None:
    asked = LogFilter(act, 2**63 - 1, None, 36**5)
    assert LogFilter.read(*asked.custom_id.split(":")[2:]) == asked
    late = LogFilter(act, None, 2**63 - 1, 36**5, 2**32)
    assert LogFilter.read(*late.custom_id.split(":")[2:]) == late
    longest = LogFilter(act, 2**63 - 1, 2**63 - 1, 36**6 - 1, 2**32)
    assert all(len(part) <= 36 for part in longest.custom_id.split(":"))


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("in <#1234567>", "in <#1234567>"),
        ("until <t:1795988232:f>: spam", "until <t:1795988232:f>: spam"),
        ("<@5> <@&7> <#x>", "\\<@\N{ZERO WIDTH SPACE}5> <@&7> \\<#x>"),
    ],
)
def test_the_log_shows_channels_and_times_as_discord_does(detail: str, shown: str) -> None:
    assert log_sentence(Entry(100, Act.PANEL, 2, detail=detail)) == f"🔧 <@2> opened the queue panel: {shown}"


@pytest.mark.parametrize("text", ["", "x", "1_2_3", "zzz_0_0_0", "_-_-_", "1_2_3_4_5", "1_2_3_4:x-"])
def test_a_button_that_nobody_made_shows_the_whole_log(text: str) -> None:
    assert LogFilter.read(*text.split(":")).act is None


def test_a_panel_shows_some_of_each_kind_and_fits() -> None:
    prompt = {"prompt": "*@everyone* " * 200}
    queued = [a_job(number=n, id=str(n), values=prompt, state=JobState.QUEUED, server=None) for n in range(40)]
    running = [a_job(number=n, id=str(n), values=prompt, server=f"http://secret:{n % 2}") for n in range(40, 60)]
    held = [
        a_job(number=n, id=str(n), values=prompt, state=JobState.QUEUED, server=None, held_by=7, hold_reason="`x" * 200)
        for n in range(60, 80)
    ]
    servers = [KnownServer(f"http://secret:{n}", answering=n == 0, fingerprint=None) for n in range(2)]
    queue = guild_queue([*held, *queued, *running], {str(n): 40 - n for n in range(40)})
    panel = render_panel(
        GuildRules(100, paused_by=9, pause_reason="why not " * 50), queue, servers, lambda _: "A title"
    )
    assert len(panel.text) <= 4096
    assert len(panel.options) <= 25
    assert all(len(one.label) <= 100 and len(one.description) <= 100 for one in panel.options)
    assert "secret" not in panel.text
    assert "server 2 is unavailable" in panel.text
    assert [one.job_id for one in panel.options][8:18] == [str(n) for n in range(39, 29, -1)]
    assert {"Running", "Waiting", "On hold"} <= set(panel.text.split("**"))


def test_an_empty_queue_has_nothing_to_pick() -> None:
    panel = render_panel(GuildRules(100), guild_queue([], {}), [], lambda _: "A title")
    assert panel.options == ()
    assert "The queue is empty." in panel.text


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_a_panel_cuts_no_words_of_ours(language: Language) -> None:
    ready = a_job(state=JobState.RUNNING, begun_at=None, server="http://one", foreign_ahead=12)
    servers = [KnownServer("http://one", answering=True, fingerprint=None)]
    with speaking(language):
        panel = render_panel(GuildRules(100), guild_queue([ready], {}), servers, lambda _: "A title")
    assert "…" not in panel.text
    assert "ComfyUI" in panel.text
