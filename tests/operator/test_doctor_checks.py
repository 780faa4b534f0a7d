"""The doctor's judgement: facts in, findings out."""

import itertools
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from bot.comfyui import Survey
from bot.comfyui.server import Device
from bot.doctor.comfyui_checks import check_command, check_server, check_workflows
from bot.doctor.discord_checks import (
    PERMISSIONS,
    Application,
    Channel,
    DiscordFacts,
    Gateway,
    Guild,
    NoDiscord,
    Overwrite,
    check_discord,
    invite_link,
    permissions_in,
    shown_permissions,
)
from bot.doctor.findings import Finding, Level
from bot.doctor.machine_checks import Disk, check_database, check_machine, check_picture_check
from bot.doctor.page_checks import check_page
from bot.doctor.report import Report, as_json, as_text
from bot.ledger import LedgerFacts
from bot.workflows import Library
from tests.workflows.known import info_of

SHIPPED = Path(__file__).parents[2] / "workflows"
BOT, GUILD, ROLE = 1, 2, 3
VIEW, SEND, ATTACH, READ = (getattr(discord.Permissions, name).flag for name in PERMISSIONS)
ALL = VIEW | SEND | ATTACH | READ
HEALTHY = DiscordFacts(
    bot_id=BOT,
    application=Application(77, "Darkroom", flags=0, public=True, code_grant=False, interactions_url=None),
    gateway=Gateway(shards=1, starts_left=1000),
    guilds=(Guild(GUILD, "Studio", ALL, (ROLE,), (Channel("general", {}),)),),
    guilds_left=0,
)
SURVEY = Survey(
    version=(0, 33, 0),
    arguments=("main.py", "--preview-method", "auto"),
    devices=(Device("cuda:0", 24 * 2**30, 18 * 2**30),),
    waiting=0,
    jobs_api=True,
    preview_metadata=True,
    websocket=True,
)
INFO = info_of({"CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": [["a.safetensors"]]}}}})


def worst(findings: Iterable[Finding]) -> Level:
    return max((one.level for one in findings), key=[Level.OK, Level.WARNING, Level.FAULT].index)


def only_bad(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.level is not Level.OK]


def test_a_healthy_bot_has_nothing_but_ok() -> None:
    assert worst(check_discord(HEALTHY, 1)) is Level.OK
    assert worst(check_server("http://gpu", (SURVEY, INFO))) is Level.OK


@pytest.mark.parametrize(("url", "right"), [("http://0.0.0.0:8188", "127.0.0.1"), ("http://[::]:8188", "[::1]")])
def test_an_address_to_listen_at_is_named(url: str, right: str) -> None:
    (finding,) = only_bad(check_server(url, (SURVEY, INFO)))
    assert finding.level is Level.WARNING
    assert finding.advice == f"Write {right} in COMFYUI_URLS, or its real address."


@pytest.mark.parametrize(
    ("status", "level"),
    [(200, Level.OK), (413, Level.WARNING), (502, Level.WARNING), (0, Level.WARNING), (403, Level.FAULT)],
)
def test_what_the_server_answers_to_a_large_upload_is_judged(status: int, level: Level) -> None:
    found = list(check_server("http://gpu", (replace(SURVEY, sent_status=status), INFO)))
    assert worst(found) is level
    assert all(one.advice for one in only_bad(found))


# --- Discord


@pytest.mark.parametrize(
    ("code", "word"), [("missing", "DISCORD_TOKEN"), ("refused", "token"), ("unreachable", "no route")]
)
def test_without_discord_there_is_one_fault_and_what_to_do(code: str, word: str) -> None:
    (finding,) = check_discord(NoDiscord(code, "no route"), 1)
    assert finding.level is Level.FAULT
    assert word in finding.text
    assert finding.advice


def test_the_invite_asks_for_exactly_what_is_explained() -> None:
    link = invite_link(77)
    assert f"permissions={ALL}" in link
    assert "client_id=77" in link
    assert "scope=bot+applications.commands" in link
    assert list(shown_permissions()) == ["View Channel", "Send Messages", "Attach Files", "Read Message History"]


@pytest.mark.parametrize(
    ("change", "level", "word"),
    [
        ({"interactions_url": "https://example.com"}, Level.FAULT, "Interactions Endpoint URL"),
        ({"code_grant": True}, Level.FAULT, "OAuth2 Code Grant"),
        ({"public": False}, Level.OK, "Public Bot"),
        ({"flags": discord.ApplicationFlags.gateway_message_content_limited.flag}, Level.OK, "off Message Content"),
    ],
)
def test_settings_of_the_portal_that_matter(change: dict[str, object], level: Level, word: str) -> None:
    facts = replace(HEALTHY, application=replace(HEALTHY.application, **change))  # type: ignore[arg-type]
    (finding,) = [one for one in check_discord(facts, 1) if word in f"{one.text} {one.advice}"]
    assert finding.level is level


def test_too_few_shards_and_too_many_starts() -> None:
    facts = replace(HEALTHY, gateway=Gateway(shards=4, starts_left=0))
    assert [one.level for one in only_bad(check_discord(facts, 2))] == [Level.WARNING, Level.FAULT]


def test_channels_that_lack_the_same_are_told_in_one_line() -> None:
    hidden = {GUILD: Overwrite(0, VIEW)}
    bare = {ROLE: Overwrite(0, ATTACH)}
    channels = [Channel(f"hidden-{number}", hidden) for number in range(7)] + [Channel("bare", bare)]
    facts = replace(HEALTHY, guilds=(replace(HEALTHY.guilds[0], channels=tuple(channels)),))
    first, second = only_bad(check_discord(facts, 1))
    assert first.text.startswith("Studio: View Channel is missing in #hidden-0, ")
    assert first.text.endswith("#hidden-4 and 2 more.")
    assert second.text == "Studio: Attach Files is missing in #bare."


def test_what_is_missing_everywhere_wants_a_new_invitation() -> None:
    facts = replace(HEALTHY, guilds=(replace(HEALTHY.guilds[0], permissions=VIEW),))
    (finding,) = only_bad(check_discord(facts, 1))
    assert "in every channel" in finding.text
    assert finding.advice == "Invite the bot again with the link below."


def test_no_server_and_one_that_says_nothing() -> None:
    assert "not in any server" in only_bad(check_discord(replace(HEALTHY, guilds=()), 1))[0].text
    silent = replace(HEALTHY.guilds[0], fault="Missing Access")
    assert "Missing Access" in only_bad(check_discord(replace(HEALTHY, guilds=(silent,)), 1))[0].text


def test_overwrites_count_in_discords_order() -> None:
    """@everyone's first, then those of all roles together, then the bot's own; among roles an allowance wins."""
    allow, deny, nothing = Overwrite(ATTACH, 0), Overwrite(0, ATTACH), None
    for everyone, one, other, own in itertools.product((allow, deny, nothing), repeat=4):
        given = {GUILD: everyone, ROLE: one, ROLE + 1: other, BOT: own}
        overwrites = {key: value for key, value in given.items() if value is not None}
        guild = Guild(GUILD, "Studio", VIEW, (ROLE, ROLE + 1), ())
        expected = everyone is allow
        if one is not nothing or other is not nothing:
            expected = allow in {one, other}
        if own is not nothing:
            expected = own is allow
        assert permissions_in(guild, Channel("x", overwrites), BOT).attach_files == expected


def test_an_administrator_may_everything() -> None:
    guild = Guild(GUILD, "Studio", discord.Permissions.administrator.flag, (), ())
    assert permissions_in(guild, Channel("x", {GUILD: Overwrite(0, ALL)}), BOT).value & ALL == ALL


# --- ComfyUI


@pytest.mark.parametrize(
    ("change", "level", "word"),
    [
        ({"version": (0, 3, 40), "jobs_api": False}, Level.FAULT, "too old"),
        ({"version": (0, 3, 50), "jobs_api": False}, Level.WARNING, "may stop the next one"),
        ({"version": (0, 3, 75), "jobs_api": False}, Level.OK, "by its id"),
        ({"version": ()}, Level.OK, "unknown version"),
        ({"websocket": False}, Level.WARNING, "does not open"),
        ({"arguments": ("main.py",)}, Level.WARNING, "previews are off"),
        ({"arguments": ("main.py", "--preview-method", "none")}, Level.WARNING, "previews are off"),
        ({"arguments": ("main.py", "--preview-method=taesd")}, Level.OK, "(taesd)"),
        ({"waiting": 3}, Level.OK, "3 in its queue"),
        ({"devices": ()}, Level.OK, "Devices: unknown"),
        ({"seconds": 11.7}, Level.WARNING, "It is slow: it took 12 s"),
        ({"seconds": 11.7, "websocket": False}, Level.WARNING, "websocket timed out"),
    ],
)
def test_what_a_server_says_of_itself(change: dict[str, object], level: Level, word: str) -> None:
    survey = replace(SURVEY, **change)  # type: ignore[arg-type]
    (finding,) = [one for one in check_server("http://gpu", (survey, INFO)) if word in one.text]
    assert finding.level is level
    assert (finding.advice is None) == (level is Level.OK)


def test_a_server_without_a_model_or_without_an_answer() -> None:
    (finding,) = only_bad(check_server("http://gpu", (SURVEY, info_of({}))))
    assert "No checkpoint or diffusion model" in finding.text
    (finding,) = check_server("http://gpu", "timed out")
    assert (finding.level, finding.area) == (Level.FAULT, "ComfyUI http://gpu")


def test_in_a_container_the_loopback_address_is_explained() -> None:
    (finding,) = check_server("http://localhost:8189", "Connection refused", contained=True)
    assert "http://host.docker.internal:8189, and needs --listen" in (finding.advice or "")
    for url, contained in (("http://127.0.0.1:8188", False), ("http://gpu:8188", True)):
        (finding,) = check_server(url, "Connection refused", contained=contained)
        assert "host.docker.internal" not in (finding.advice or "")


def test_a_server_that_the_bot_starts_itself_may_be_away() -> None:
    (finding,) = check_server("http://127.0.0.1:8188", "Connection refused", ours=True)
    assert finding.level is Level.OK
    assert not list(check_command(["python", "main.py"], "/usr/bin/python"))
    assert not list(check_command([], None))
    (finding,) = check_command(["pyhton", "main.py"], None)
    assert (finding.level, "pyhton" in finding.text) == (Level.FAULT, True)


# --- Database, disk, clocks


def facts(
    revision: str | None, *, known: bool = True, fault: str | None = None, copy: str | None = None, lacking: int = 0
) -> LedgerFacts:
    return LedgerFacts("here", revision, "0002", known=known, fault=fault, copy=copy, lacking=lacking, ahead=None)


def test_the_database() -> None:
    assert [one.level for one in check_database("refused", "Start it.")] == [Level.FAULT]
    assert worst(check_database(facts(None), "")) is Level.OK
    assert worst(check_database(facts("0001", copy="here.before"), "")) is Level.OK
    assert worst(check_database(facts("0001", copy="here.before", lacking=2**20), "")) is Level.FAULT
    # Of a database server nobody makes a copy but the operator.
    assert worst(check_database(facts("0001"), "")) is Level.WARNING
    assert worst(check_database(facts("0009", known=False), "")) is Level.FAULT
    assert worst(check_database(facts("0002", fault="read-only"), "")) is Level.FAULT


def test_the_program_of_the_image_check() -> None:
    assert not [*check_picture_check((), None)]
    assert not [*check_picture_check(("python",), "/usr/bin/python")]
    assert worst(check_picture_check(("nudenet",), None)) is Level.WARNING


@pytest.mark.parametrize(("free", "level"), [(12, Level.WARNING), (13, Level.OK)])
def test_a_database_with_few_connections_left(free: int, level: Level) -> None:
    assert worst(check_database(replace(facts("0002"), free=free), "")) is level


@pytest.mark.parametrize(
    ("free", "fault", "level"),
    [
        (50 * 2**30, None, Level.OK),
        (500 * 2**20, None, Level.WARNING),
        (2**20, None, Level.FAULT),
        (50 * 2**30, "Read-only file system", Level.FAULT),
    ],
)
def test_the_disk(free: int, fault: str | None, level: Level) -> None:
    (finding,) = check_machine(Disk(Path("data"), free, fault), None, None)
    assert finding.level is level


@pytest.mark.parametrize(
    ("ahead", "level", "word"),
    [(-4.0, Level.OK, "agrees"), (-30.0, Level.WARNING, "30 s behind"), (400.0, Level.FAULT, "400 s ahead of")],
)
def test_the_clocks(ahead: float, level: Level, word: str) -> None:
    _, at_discord, at_database = check_machine(Disk(Path("data"), 2**40, None), ahead, ahead)
    assert (at_discord.level, at_database.level) == (level, level)
    assert word in at_discord.text
    assert "Discord's" in at_discord.text
    assert "the database's" in at_database.text


# --- The report


def test_many_consequences_of_one_cause_are_counted() -> None:
    findings = [
        Finding(Level.WARNING, "Workflows", f"w{number} needs a model.", "Put it there.") for number in range(60)
    ]
    findings.insert(30, Finding(Level.FAULT, "Workflows", "Another fault.", "Do something else."))
    report = Report(findings, None, {})
    text = as_text(report)
    assert [f"w{number} " in text for number in (0, 1, 2, 3, 59)] == [True, True, True, False, False]
    assert "and 57 more like these" in text
    assert "Another fault." in text
    assert text.endswith("1 fault, 60 warnings.")
    assert len(text.splitlines()) < 15
    assert len(json.loads(as_json(report))["findings"]) == 61


def test_a_workflow_that_runs_nowhere_is_one_line_however_many_servers_there_are() -> None:
    library = Library(SHIPPED)
    library.reload()
    urls = [f"http://gpu{number}" for number in range(9)]
    for url in urls:
        library.learn(url, INFO)
    findings = only_bad(check_workflows(library, (), urls))
    assert len(findings) == len(library.packs)
    assert all("cannot run on any server; http://gpu0 lacks least" in one.text for one in findings)


def test_the_report_fits_a_terminal_and_says_the_same_in_json() -> None:
    findings = [
        Finding(Level.OK, "Disk", "Room."),
        Finding(Level.WARNING, "Disk", "words " * 40, "do " * 60),
        Finding(Level.FAULT, "Clock", "It is wrong.", "Set it."),
    ]
    report = Report(findings, invite_link(77), shown_permissions())
    text = as_text(report)
    link = invite_link(77)
    assert max(len(line) for line in text.splitlines() if link not in line) <= 100
    assert text.endswith("1 fault, 1 warning.")
    assert link in text
    told = json.loads(as_json(report))
    assert not told["healthy"]
    assert told["invite"] == link
    assert [one["level"] for one in told["findings"]] == ["ok", "warning", "fault"]
    assert as_text(Report(findings[:1], None, {})).endswith("All is well.")


@pytest.mark.parametrize(
    ("url", "trouble", "level", "words"),
    [
        ("", None, Level.OK, "PUBLIC_URL switches the page on"),
        ("https://paint.example", None, Level.OK, "https://paint.example can be reached"),
        ("https://paint.example", "it answers 502", Level.WARNING, "it answers 502"),
    ],
)
def test_the_paint_page(url: str, trouble: str | None, level: Level, words: str) -> None:
    (finding,) = check_page(url, ("127.0.0.1", 8480), trouble)
    assert finding.level is level
    assert words in finding.text
    assert finding.advice is None or "127.0.0.1:8480 (PUBLIC_PORT)" in finding.advice
