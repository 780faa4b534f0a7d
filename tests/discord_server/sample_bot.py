"""A small discord.py bot that the stand-in's own tests run as a process: each command tries one part of Discord."""

import asyncio
import io
import os
import re
from typing import Any

import discord
from discord import app_commands, ui

NOBODY = discord.AllowedMentions.none()
gate = asyncio.Event()


def file(name: str, content: bytes) -> discord.File:
    return discord.File(io.BytesIO(content), name)


class Counter(ui.DynamicItem[ui.Button[ui.View]], template=r"count:(?P<number>\d+)"):
    """Survives a restart: its number is in its custom_id."""

    def __init__(self, number: int) -> None:
        super().__init__(ui.Button(label=f"Count {number}", custom_id=f"count:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(cls, _: discord.Interaction, __: ui.Item[ui.View], match: re.Match[str]) -> "Counter":
        return cls(int(match["number"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        view = ui.View(timeout=None).add_item(Counter(self.number + 1))
        await interaction.response.edit_message(content=f"pressed by {interaction.user.name}", view=view)


class Form(ui.Modal, title="Edit"):
    def __init__(self) -> None:
        super().__init__(custom_id="form")
        self.prompt: ui.TextInput[Form] = ui.TextInput(custom_id="prompt", default="a cat")
        options = [discord.SelectOption(label="Small", value="512"), discord.SelectOption(label="Big", value="1024")]
        self.size: ui.Select[Form] = ui.Select(custom_id="size", options=options)
        self.image: ui.FileUpload[Form] = ui.FileUpload(custom_id="image", required=False)
        for text, component in (("Prompt", self.prompt), ("Size", self.size), ("Image", self.image)):
            self.add_item(ui.Label(text=text, component=component))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        image = await self.image.values[0].read() if self.image.values else b"none"
        said = f"{self.prompt.value}, {self.size.values[0]}, {image.decode()}"
        await interaction.response.send_message(said, ephemeral=True)


class Pick(ui.View):
    @ui.select(custom_id="pick", placeholder="Which?", options=[discord.SelectOption(label="Draft", value="draft")])
    async def pick(self, interaction: discord.Interaction, select: "ui.Select[Pick]") -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"picked {select.values[0]}", view=None)


@app_commands.command(description="Edits its reply, with a file")
@app_commands.describe(prompt="What", seed="Which", image="From")
async def draw(
    interaction: discord.Interaction,
    prompt: app_commands.Range[str, 1, 100],
    seed: app_commands.Range[int, 0, 2**53 - 1] = 0,
    image: discord.Attachment | None = None,
) -> None:
    await interaction.response.send_message(f"queued {prompt}", view=ui.View(timeout=None).add_item(Counter(1)))
    content = b"png" if image is None else await image.read()
    await interaction.edit_original_response(content="running", attachments=[file("preview.png", b"blurred")])
    await interaction.edit_original_response(
        content=f"done {prompt} {seed}", attachments=[file("the cat.png", content)]
    )


@draw.autocomplete("prompt")
async def _prompts(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in ("cat", "dog") if name.startswith(current)]


@app_commands.command(description="Thinks, answers, and follows up")
async def think(interaction: discord.Interaction, private: bool = False) -> None:
    await interaction.response.defer(thinking=True, ephemeral=private)
    await interaction.followup.send("thought", wait=True)
    followup = await interaction.followup.send("more", ephemeral=True, wait=True)
    await followup.edit(content="even more")


@app_commands.command(description="Opens a modal")
async def form(interaction: discord.Interaction) -> None:
    await interaction.response.send_modal(Form())


@app_commands.command(description="Shows a select")
async def choose(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("which?", view=Pick(timeout=None))


@app_commands.command(description="Edits often")
async def burst(interaction: discord.Interaction, times: int) -> None:
    await interaction.response.send_message("0")
    for number in range(1, times + 1):
        await interaction.edit_original_response(content=str(number))


@app_commands.command(description="Waits for /go, then edits by the token, or by the channel if the token is dead")
async def outlive(interaction: discord.Interaction) -> None:
    response = await interaction.response.send_message("waiting")
    gate.clear()
    await gate.wait()
    try:
        await interaction.edit_original_response(content="by the token")
    except discord.HTTPException as error:
        assert isinstance(interaction.channel, discord.TextChannel)
        message = interaction.channel.get_partial_message(response.message_id or 0)
        await message.edit(content=f"by the channel after {error.status} {error.code}", allowed_mentions=NOBODY)


@app_commands.command(description="Lets /outlive go on")
async def go(interaction: discord.Interaction) -> None:
    gate.set()
    await interaction.response.send_message("going", ephemeral=True)


@app_commands.command(description="Breaks the project's rules")
async def rude(interaction: discord.Interaction) -> None:
    await interaction.response.send_message("@everyone", allowed_mentions=discord.AllowedMentions.all())


@app_commands.context_menu(name="Read it")
async def read_it(interaction: discord.Interaction, message: discord.Message) -> None:
    size = len(await message.attachments[0].read())
    await interaction.response.send_message(f"{message.author.name}: {message.content} ({size})", ephemeral=True)


@app_commands.context_menu(name="Greet")
async def greet(interaction: discord.Interaction, user: discord.Member) -> None:
    direct = await user.create_dm()
    await direct.send("hello")
    await interaction.response.send_message(f"{user.mention} was greeted", ephemeral=True)


moderate = app_commands.Group(
    name="moderate", description="The queue", default_permissions=discord.Permissions(manage_messages=True)
)


@moderate.command(description="Blocks a user")
async def block(
    interaction: discord.Interaction,
    user: discord.Member,
    role: discord.Role | None = None,
    channel: discord.TextChannel | None = None,
) -> None:
    names = [user.name, *([role.name] if role else []), *([channel.name] if channel else [])]
    await interaction.response.send_message(f"blocked {', '.join(names)}", ephemeral=True)


class Bot(discord.Client):
    def __init__(self) -> None:
        intents = discord.Intents.none()
        intents.guilds = True
        super().__init__(intents=intents, allowed_mentions=NOBODY)
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Counter)
        everything: list[app_commands.Command[Any, ..., None] | app_commands.Group | app_commands.ContextMenu]
        everything = [draw, think, form, choose, burst, outlive, go, rude, read_it, greet, moderate]
        for command in everything:
            self.tree.add_command(command)
        await self.tree.sync()


if __name__ == "__main__":
    Bot().run(os.environ["DISCORD_TOKEN"])
