"""`/privacy` over the wire: the page, the export, and erasing with everything that is under way."""

import io
import json
import zipfile
from pathlib import Path

import aiohttp
import pytest

from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, Message, answered
from tests.discord_server.resolving import Value
from tests.grid.asking import is_complete
from tests.looks import finished, is_cancelled, is_running, labels, says
from tests.people import ALICE, BOB, MODERATORS, MONA
from tests.postgresql import connection
from tests.waiting import until

CANARY = "canarylighthouse"
LOG = Channel("log")


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild(channels=(Channel("general"), LOG), roles=(MODERATORS,)),)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, free_port: int) -> dict[str, str]:
    url = {} if request.param == "sqlite" else {"DATABASE_URL": request.getfixturevalue("postgresql_url")}
    return {"LOG_LEVEL": "DEBUG", "HTTP_PORT": str(free_port), **url}


async def page(discord: DiscordStandIn) -> Message:
    return (await answered(discord.slash("privacy", user=ALICE))).message


async def erase(discord: DiscordStandIn, label: str) -> Message:
    asked = (await answered(discord.press(await page(discord), "Erase", user=ALICE))).message
    assert labels(asked) == ["Erase", "Erase, delete messages", "Keep"]
    await discord.press(asked, label, user=ALICE)
    return await asked.until(says("Erased."))


async def kept(folder: Path, settings: dict[str, str]) -> str:
    """Everything that is left on the disk, and in PostgreSQL's tables."""
    found = [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]
    async with aiohttp.ClientSession() as session:
        for name in ("healthz", "metrics"):
            async with session.get(f"http://127.0.0.1:{settings['HTTP_PORT']}/{name}") as answer:
                found.append(await answer.text())
    if "DATABASE_URL" in settings:
        async with connection(settings["DATABASE_URL"]) as opened:
            names = await opened.fetch("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
            found += [str(await opened.fetch(f"SELECT t::text FROM {name} t")) for (name,) in names]  # noqa: S608
    return "".join(found)


@pytest.mark.parametrize("comfyui", [8.0], indirect=True, ids=["slowly"])
async def test_after_erasing_a_prompt_is_found_nowhere_and_what_runs_is_cancelled_first(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, settings: dict[str, str], tmp_path: Path
) -> None:
    await answered(discord.slash("moderate audit", user=MONA, options={"channel": LOG}))
    first = await finished(discord.slash("imagine", user=ALICE, prompt=f"{CANARY} done"))
    theirs = await finished(discord.slash("imagine", user=BOB, prompt="somebody else's"))
    comfyui.faults.hang_in = "KSampler"
    running = (await answered(discord.slash("imagine", user=ALICE, prompt=f"{CANARY} runs"))).message
    await running.until(is_running)
    waiting = (await answered(discord.slash("imagine", user=ALICE, prompt=f"{CANARY} waits"))).message
    assert CANARY in await kept(tmp_path, settings)

    comfyui.faults.hang_in = None
    answer = await erase(discord, "Erase")

    assert "still stopping" not in answer.content
    await waiting.until(is_cancelled)
    await running.until(is_cancelled)
    assert "Traceback" not in bot.log.read_text()
    assert CANARY not in await kept(tmp_path, settings)
    assert not first.deleted
    assert "no longer have that request" in (await answered(discord.press(first, "Again", user=ALICE))).message.content
    assert "no images here yet" in (await answered(discord.slash("history", user=ALICE))).message.content
    assert "somebody else" in (await answered(discord.slash("history", user=BOB))).message.content
    assert not theirs.deleted
    await until(lambda: any("erased what the bot kept about them" in one.content for one in discord.messages(LOG)))
    assert not any(CANARY in one.content for one in discord.messages(LOG))
    assert "0 requests" in (await page(discord)).content


async def test_whichever_door_a_prompt_came_in_by_it_is_found_nowhere(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, settings: dict[str, str], tmp_path: Path
) -> None:
    await answered(discord.slash("moderate approvals", user=MONA, options={"channel": LOG}))
    for word, action in (("lantern", "hold"), ("dynamite", "refuse")):
        await answered(discord.slash("moderate words add", user=MONA, kind="word", text=word, action=action))
    long = f"{CANARY} lantern {'and a boat ' * 90}"
    mine: list[dict[str, Value]] = [
        {"prompt": f"{CANARY} one", "negative": f"{CANARY} two", "private": True},
        {"prompt": long},
    ]
    for options in mine:
        await answered(discord.slash("imagine", user=ALICE, options=options))
    await discord.until(lambda: any("A prompt to approve" in one.content for one in discord.messages(LOG)))
    await answered(discord.slash("imagine", user=ALICE, prompt=f"{CANARY} dynamite"))
    await answered(discord.slash("settings", user=ALICE, options={"negative": f"{CANARY} three"}))
    comfyui.faults.fail = {"KSampler": Failure(exception_message=f"cannot tokenize '{CANARY} four'")}
    failing = (await answered(discord.slash("imagine", user=ALICE, prompt=f"{CANARY} four"))).message
    await failing.until(says("failed in"))
    comfyui.faults.fail = {}
    grid = (
        await answered(discord.slash("grid", user=ALICE, options={"prompt": f"{CANARY} five", "x": "seed 1, 2"}))
    ).message
    await grid.until(says("Grid of"))
    sheet = (await answered(discord.press(grid, "Start", user=ALICE))).message
    await sheet.until(is_complete)
    assert CANARY in await kept(tmp_path, settings)
    assert CANARY not in bot.log.read_text()
    answer = await erase(discord, "Erase")
    assert "still stopping" not in answer.content
    assert CANARY not in await kept(tmp_path, settings)
    (question,) = [one for one in discord.messages(LOG) if "A prompt to approve" in one.content]
    await question.until(lambda one: CANARY not in one.content and not one.attachments)
    assert "Cancelled by the requester" in question.content


async def test_messages_go_as_well_if_wished_even_if_the_bot_dies_meanwhile(
    discord: DiscordStandIn, bot: BotProcess
) -> None:
    mine = [await finished(discord.slash("imagine", user=ALICE, prompt=f"{CANARY} {one}")) for one in range(2)]
    theirs = await finished(discord.slash("imagine", user=BOB, prompt="somebody else's"))
    discord.fail_next("DELETE", "/channels/*", 500, times=1000)
    await erase(discord, "Erase, delete messages")
    await bot.kill()
    assert not any(message.deleted for message in mine)
    discord.faults.forget()
    await bot.start()
    await until(lambda: all(message.deleted for message in mine))
    assert not theirs.deleted


async def test_edits_that_discord_does_not_answer_keep_nothing_from_being_erased(
    discord: DiscordStandIn, bot: BotProcess, settings: dict[str, str], tmp_path: Path
) -> None:
    await answered(discord.slash("moderate pause", user=MONA))
    ordered = [(await answered(discord.slash("imagine", user=ALICE, prompt=f"{CANARY} {one}"))).message for one in "ab"]
    discord.faults.holds = lambda request: request.method == "PATCH" and "🛑" in request.json.get("content", "")
    answer = await erase(discord, "Erase")
    assert "still stopping" not in answer.content
    assert CANARY not in await kept(tmp_path, settings)
    discord.faults.holds = None
    for message in ordered:
        await message.until(is_cancelled)


async def test_keep_keeps(discord: DiscordStandIn, bot: BotProcess) -> None:
    await finished(discord.slash("imagine", user=ALICE, prompt=CANARY))
    asked = (await answered(discord.press(await page(discord), "Erase", user=ALICE))).message
    await discord.press(asked, "Keep", user=ALICE)
    await asked.until(says("Kept."))
    assert "1 request:" in (await page(discord)).content


async def test_whoever_presses_gets_and_erases_their_own(discord: DiscordStandIn, bot: BotProcess) -> None:
    """A modified client can press any button: it reaches nobody else's data."""
    await finished(discord.slash("imagine", user=ALICE, prompt=CANARY))
    planted = discord.plant(discord.guild.channel("general"), ["darkroom:privacy:sure:data", "darkroom:privacy:export"])
    for button in planted.buttons:
        await discord.press(planted, button.label, user=BOB)
    assert "1 request:" in (await page(discord)).content


async def test_an_export_has_the_data_and_the_images_of_the_member_alone(
    discord: DiscordStandIn, bot: BotProcess
) -> None:
    mine = await finished(discord.slash("imagine", user=ALICE, prompt=f"{CANARY} mine"))
    await finished(discord.slash("imagine", user=BOB, prompt="somebody else's"))
    answer = (await answered(discord.press(await page(discord), "Export", user=ALICE))).message
    await answer.until(says("Your data"))
    assert answer.ephemeral
    (attached,) = answer.attachments
    with zipfile.ZipFile(io.BytesIO(attached.content)) as archive:
        data = json.loads(archive.read("data-1.json"))
        (image,) = [name for name in archive.namelist() if name.startswith("images/")]
        assert archive.read(image) == mine.attachments[0].content
    (job,) = data["jobs"]
    assert job["values"]["prompt"] == f"{CANARY} mine"
    assert "interaction_token" not in job
    assert "somebody else" not in json.dumps(data)


async def test_who_asks_for_an_export_again_and_again_keeps_nobody_waiting(
    discord: DiscordStandIn, bot: BotProcess
) -> None:
    mine = await finished(discord.slash("imagine", user=ALICE, prompt="a fox"))
    await finished(discord.slash("imagine", user=BOB, prompt="a hare"))
    pages = [await page(discord), (await answered(discord.slash("privacy", user=BOB))).message]
    discord.faults.holds = lambda request: request.method == "GET" and request.path.endswith(f"/messages/{mine.id}")
    first = (await answered(discord.press(pages[0], "Export", user=ALICE))).message
    for _number in range(3):
        again = (await answered(discord.press(pages[0], "Export", user=ALICE))).message
        await again.until(says("already putting your data together"))
    theirs = (await answered(discord.press(pages[1], "Export", user=BOB))).message
    discord.faults.holds = None
    for answer in (first, theirs):
        await answer.until(says("Your data"))
    once_more = (await answered(discord.press(pages[0], "Export", user=ALICE))).message
    await once_more.until(says("Your data"))


async def test_an_export_over_the_limit_comes_in_parts_and_says_what_has_no_room(
    discord: DiscordStandIn, bot: BotProcess
) -> None:
    sent = [await finished(discord.slash("imagine", user=ALICE, prompt=f"image {number}")) for number in range(3)]
    largest = max(len(message.attachments[0].content) for message in sent)
    discord.set_upload_limit(discord.guild, largest + 3000)
    interaction = await answered(discord.press(await page(discord), "Export", user=ALICE))
    answer = await interaction.message.until(says("Your data"))
    count = int(answer.content.split("Your data: ")[1].split()[0])
    assert count > 1
    contents = [answer.attachments[0].content]
    contents += [(await interaction.followup(number)).attachments[0].content for number in range(1, count)]
    names = [name for one in contents for name in zipfile.ZipFile(io.BytesIO(one)).namelist()]
    assert len([name for name in names if name.startswith("images/")]) == 3
    assert all(len(one) <= largest + 3000 for one in contents)
