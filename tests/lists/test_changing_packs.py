"""The context menus while workflows come and go, and through a restart."""

from pathlib import Path

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import opened
from tests.discord_server import BotProcess, DiscordStandIn, File, answered
from tests.lists.asking import INPUT, REUSE, answer, choose, done, menu
from tests.lists.pictures import from_comfyui, graph, png
from tests.people import ALICE
from tests.programs import Program


async def test_a_form_that_waited_through_a_restart_says_so(discord: DiscordStandIn, program: Program) -> None:
    message = await discord.say("", user=ALICE, files=[from_comfyui(graph())])
    async with program().ready() as bot:
        discord.faults.files_served.clear()
        interaction = await menu(discord, REUSE, message, ALICE)
        discord.faults.files_served.set()
        await interaction.message.until(lambda m: bool(m.buttons))
        await bot.restart()
        pressed = await answered(discord.press(interaction.message, "Open the form", user=ALICE))
        assert "too long ago" in pressed.message.content


async def test_a_workflow_that_is_gone_gives_way_to_the_usual_one(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, folder: Path
) -> None:
    message = await discord.say("", user=ALICE, files=[File("a.png", png(side=32))])
    chosen = await menu(discord, INPUT, message, ALICE)
    words = await choose(discord, chosen.message, "Restyle", ALICE)
    await words.acknowledged()
    restyled = await done(await words.submit({"Prompt": "a cat"}))
    await remove(discord, folder, "restyle")
    form = await menu(discord, REUSE, restyled, ALICE)
    assert form.modal.title == "Painting"
    await done(await form.submit({}))
    assert comfyui.submitted[-1]["prompt"]["6"]["inputs"]["text"] == "oil painting, a cat"


async def test_what_is_clear_is_not_asked_and_what_is_missing_is_told(
    discord: DiscordStandIn, bot: BotProcess, folder: Path
) -> None:
    message = await discord.say("", user=ALICE, files=[File("a.png", png(side=48))])
    await remove(discord, folder, "restyle")
    result = await done(await discord.context_menu(INPUT, message, user=ALICE))
    assert opened(result.attachments[0].content).size == (48, 48)
    await remove(discord, folder, "negate")
    assert "No workflow here can start from an image" in (await answer(discord, INPUT, message, ALICE)).content


async def remove(discord: DiscordStandIn, folder: Path, name: str) -> None:
    """The pack's files go, and with them its command."""
    for suffix in ("json", "toml"):
        (folder / f"{name}.{suffix}").unlink()
    await discord.until(lambda: name not in {one["name"] for one in discord.commands()})
