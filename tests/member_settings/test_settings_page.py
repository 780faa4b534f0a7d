"""/settings shows everything in words, and each setting can be changed by an option or in a form."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Message, answered
from tests.discord_server.resolving import Value
from tests.looks import labels
from tests.member_settings.test_defaults import set_up
from tests.people import ALICE
from tests.programs import heard

PLAIN = """\
**Your defaults for `/imagine` on this server**
- Workflow: the server’s standard one (“Painting”)
- Model: the workflow’s own
- Style: none
- Size: the workflow’s own
- Number of images: the workflow’s own
- Negative prompt: the workflow’s own
- Private: No, everyone sees my requests
- Tell me when a request is done: If it took longer than a minute"""


async def page(discord: DiscordStandIn) -> Message:
    return (await answered(discord.slash("settings", user=ALICE))).message


async def test_without_options_it_shows_everything(discord: DiscordStandIn, bot: BotProcess) -> None:
    message = await page(discord)
    assert message.ephemeral
    assert message.content.startswith(PLAIN)
    assert labels(message) == ["Change defaults", "Style, privacy, notices", "Reset all"]


async def test_the_forms_change_and_reset_them(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    message = await page(discord)
    form = await answered(discord.press(message, "Change defaults", user=ALICE))
    assert len(form.modal.fields) == 5
    typed = {"Workflow": "Sketch", "Size": "16:9", "Number of images": "2", "Negative prompt": "rain"}
    await answered(form.submit(typed))
    form = await answered(discord.press(message, "Style, privacy, notices", user=ALICE))
    await answered(form.submit({"Private": "Yes, only I see my requests", "Tell me when a request is done": "Always"}))
    for line in (
        "- Workflow: **Sketch**",
        "- Size: **16:9**",
        "- Number of images: 2",
        "- Negative prompt: **rain**",
        "- Private: Yes, only I see my requests",
        "- Tell me when a request is done: Always",
    ):
        assert line in message.content.splitlines()
    form = await answered(discord.press(message, "Change defaults", user=ALICE))
    await answered(form.submit({"Workflow": "The server’s standard one", "Size": "", "Negative prompt": ""}))
    assert "- Size: the workflow’s own" in message.content
    assert "- Number of images: 2" in message.content
    await answered(discord.press(message, "Reset all", user=ALICE))
    assert PLAIN in message.content


async def test_what_is_wrong_is_said_and_the_rest_is_kept(discord: DiscordStandIn, bot: BotProcess) -> None:
    await heard(bot.log)
    message = await page(discord)
    form = await answered(discord.press(message, "Change defaults", user=ALICE))
    await answered(form.submit({"Model": "none", "Size": "huge", "Number of images": "x", "Negative prompt": "rain"}))
    assert "There is no `model` called “none”" in message.content
    assert "I don’t understand the size “huge”" in message.content
    assert "`count` should be a whole number, not “x”." in message.content
    assert "- Negative prompt: **rain**" in message.content
    assert "- Model: the workflow’s own" in message.content


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"workflow": "none"},
            "There is no workflow called “none”. You can use: **Painting**, **Sketch**, **Like FLUX**",
        ),
        ({"count": 9}, "it can be at most `4`"),
        ({"size": "99999"}, "it can be at most"),
        ({"model": "zz"}, "There is no `model` called “zz” here."),
        ({"style": "zz"}, "There is no `style` called “zz” here."),
    ],
    ids=["workflow", "count", "size", "model", "style"],
)
async def test_an_option_is_checked_as_in_imagine(
    discord: DiscordStandIn, bot: BotProcess, given: dict[str, Value], said: str
) -> None:
    await heard(bot.log)
    shown = await set_up(discord, **given)
    assert said in shown
    assert PLAIN in shown


async def test_a_style_is_found_by_a_part_of_its_name(discord: DiscordStandIn, bot: BotProcess) -> None:
    found = await discord.autocomplete("settings", option="style", value="water", user=ALICE)
    assert [one.value for one in found] == ["Watercolor"]
    assert "- Style: **Watercolor**" in await set_up(discord, style="water")


async def test_models_are_completed_for_the_workflow(discord: DiscordStandIn, bot: BotProcess) -> None:
    await heard(bot.log)
    found = await discord.autocomplete("settings", option="model", value="oth", user=ALICE)
    assert [one.value for one in found] == ["sdxl/other.safetensors"]
    assert "- Model: **other**" in await set_up(discord, model=str(found[0].value))


async def test_styles_are_completed_and_kept_by_their_whole_name(discord: DiscordStandIn, bot: BotProcess) -> None:
    found = await discord.autocomplete("settings", option="style", value="wat", user=ALICE)
    assert [one.value for one in found] == ["Watercolor"]
    assert "- Style: **Watercolor**" in await set_up(discord, style="water")
