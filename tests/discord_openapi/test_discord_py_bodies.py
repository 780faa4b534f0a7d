"""What discord.py itself writes is sound: every finding in a body of the bot is then the bot's own."""

import io
from typing import Any

import discord
import pytest
from discord import app_commands, ui
from discord.http import handle_message_parameters
from discord.webhook.async_ import interaction_message_response_params

from tests.discord_openapi import problems

EDITS = ("/webhooks/1/made-up-token/messages/@original", "/channels/1/messages/2")
NOBODY = discord.AllowedMentions.none()


def everything_on_an_embed() -> discord.Embed:
    embed = discord.Embed(title="A cat", description="on a mat", colour=0xABCDEF, url="https://example.org/")
    embed.set_author(name="alice", icon_url="https://example.org/a.png").set_footer(text="seed 7")
    embed.set_image(url="attachment://cat.png").set_thumbnail(url="attachment://small.png")
    embed.timestamp = discord.utils.utcnow()
    return embed.add_field(name="Seed", value="7", inline=False)


class Buttons(ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.add_item(ui.Button(label="Cancel", custom_id="cancel:1", style=discord.ButtonStyle.danger))
        self.add_item(ui.Button(label="Docs", url="https://example.org/"))
        self.add_item(ui.Button(emoji="🎲", custom_id="again:1", row=1))
        options = [discord.SelectOption(label="Draft", value="draft", default=True, description="quick")]
        self.add_item(ui.Select(custom_id="pick", options=options, placeholder="Which one?"))
        self.add_item(ui.UserSelect(custom_id="who", max_values=2))


class Panel(ui.LayoutView):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        box: ui.Container[Panel] = ui.Container(accent_colour=0x336699)
        thumbnail: ui.Thumbnail[Panel] = ui.Thumbnail("attachment://cat.png", description="a cat")
        box.add_item(ui.Section("# Queue", "two waiting", accessory=thumbnail))
        box.add_item(ui.Separator())
        box.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://cat.png", spoiler=True)))
        box.add_item(ui.File("attachment://cat.png"))
        button: ui.Button[Panel] = ui.Button(label="Pause", custom_id="pause")
        self.add_item(box).add_item(ui.ActionRow(button))


class Form(ui.Modal, title="Edit"):
    prompt: ui.Label[Any] = ui.Label(text="Prompt", component=ui.TextInput(default="a cat", max_length=1000))
    size: ui.Label[Any] = ui.Label(
        text="Size", component=ui.Select(options=[discord.SelectOption(label="512", value="512")])
    )
    image: ui.Label[Any] = ui.Label(text="Image", component=ui.FileUpload(required=False))
    more: ui.Label[Any] = ui.Label(
        text="More", component=ui.RadioGroup(options=[discord.RadioGroupOption(label="a", value="a")] * 2)
    )
    sure: ui.Label[Any] = ui.Label(text="Sure?", component=ui.Checkbox())


async def test_messages_and_edits_are_sound() -> None:
    classic = handle_message_parameters(
        "A cat", embed=everything_on_an_embed(), view=Buttons(), allowed_mentions=NOBODY
    )
    panel = handle_message_parameters(view=Panel(), allowed_mentions=NOBODY)
    for params in (classic, panel):
        assert problems("POST", "/channels/1/messages", params.payload) == []
        assert problems("POST", "/webhooks/1/made-up-token", params.payload) == []
        assert [problems("PATCH", path, params.payload) for path in EDITS] == [[], []]


async def test_an_embed_as_it_was_received_is_sound() -> None:
    image = {
        "url": "http://127.0.0.1/cat.png",
        "proxy_url": "http://127.0.0.1/cat.png",
        "width": 1,
        "height": 1,
    }
    footer = {
        "text": "seed 7",
        "icon_url": "https://example.org/a.png",
        "proxy_icon_url": "https://example.org/a.png",
    }
    received = {
        "type": "rich",
        "title": "A cat",
        "image": {**image, "flags": 0},
        "footer": footer,
        "flags": 0,
    }
    params = handle_message_parameters(embed=discord.Embed.from_dict(received), allowed_mentions=NOBODY)
    assert [problems("PATCH", path, params.payload) for path in EDITS] == [[], []]


async def test_an_edit_that_keeps_an_attachment_is_sound() -> None:
    received: Any = {
        "id": "12", "filename": "cat.png", "size": 3, "width": 1, "height": 1, "content_type": "image/png",
        "url": "http://127.0.0.1/cat.png", "proxy_url": "http://127.0.0.1/cat.png", "description": "a cat",
    }  # fmt: skip
    async with discord.Client(intents=discord.Intents.none()) as client:
        kept = discord.Attachment(data=received, state=client._connection)  # noqa: SLF001
    new = discord.File(io.BytesIO(b"png"), "dog.png", spoiler=True, description="a dog")
    with handle_message_parameters("two", attachments=[kept, new], allowed_mentions=NOBODY) as params:
        assert params.multipart is not None
        payload = discord.utils._from_json(params.multipart[0]["value"])  # noqa: SLF001
    assert len(payload["attachments"]) == 2
    assert [problems("PATCH", path, payload) for path in EDITS] == [[], []]


@pytest.mark.parametrize("kind", [4, 7])
async def test_answers_to_interactions_are_sound(kind: int) -> None:
    params = interaction_message_response_params(
        type=kind, content="A cat", embeds=[everything_on_an_embed()], view=Buttons(), allowed_mentions=NOBODY
    )
    assert problems("POST", "/interactions/1/made-up-token/callback", params.payload) == []


async def test_a_modal_is_sound() -> None:
    body = {"type": 9, "data": Form().to_dict()}
    assert problems("POST", "/interactions/1/made-up-token/callback", body) == []


async def test_a_command_tree_is_sound() -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        tree = app_commands.CommandTree(client)
        tree.add_command(_imagine)
        tree.add_command(_moderate)
        tree.add_command(app_commands.ContextMenu(name="Show recipe", callback=_show_recipe))
        payload = [command.to_dict(tree) for command in tree.get_commands()]
    assert problems("PUT", "/applications/1/commands", payload) == []
    assert problems("PUT", "/applications/1/guilds/2/commands", payload) == []
    assert problems("POST", "/applications/1/commands", payload[0]) == []


@app_commands.command(name="imagine", description="Makes an image", nsfw=True)
@app_commands.choices(size=[app_commands.Choice(name="512", value=512)])
@app_commands.default_permissions(manage_messages=True)
@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
async def _imagine(
    interaction: discord.Interaction,
    prompt: app_commands.Range[str, 1, 1000],
    seed: app_commands.Range[int, 0, 2**53 - 1] | None = None,
    size: int = 512,
    image: discord.Attachment | None = None,
    where: discord.TextChannel | None = None,
) -> None: ...


_moderate = app_commands.Group(name="moderate", description="The queue")


@_moderate.command(name="block", description="A user")
async def _block(interaction: discord.Interaction, user: discord.Member, strict: bool = False) -> None: ...


async def _show_recipe(interaction: discord.Interaction, message: discord.Message) -> None: ...
