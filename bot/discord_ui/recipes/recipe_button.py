"""The button Recipe: shows the command that makes the image again, and a graph to drag into ComfyUI."""

import io
import json
from collections.abc import Iterator
from typing import Final

import discord

from bot.discord_ui.access.jobs import job_here, visible_pack
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import options_of
from bot.discord_ui.core.commands.plan import IMAGINE
from bot.discord_ui.requests.imagine.given_options import given_options
from bot.discord_ui.requests.prompt_syntax import texts_in
from bot.ledger import Job
from bot.messages import explain_substituted, shown_prompt, style_of
from bot.translation import _
from bot.workflows import LORAS, Pack, escape, substitutions
from bot.workflows.binding.shareable_graph import shareable_graph
from bot.workflows.graphs.parameters import FILES
from bot.workflows.library.meanings import parameter_for

_IN_BLOCK: Final = 1600
"""The longest command, in characters, that is shown in the message. A longer one is sent as a file."""


async def press_recipe(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Reply with the recipe, visible only to the member who pressed."""
    job = await job_here(interaction, job_id)
    if job is None:
        return
    bot = interaction.client
    pack = visible_pack(interaction, job.workflow)
    # Only /imagine adds LoRAs: a workflow's own command has no option for them.
    own = None if LORAS in job.values else bot.command_sync.commands_of(interaction.guild_id).get(job.workflow)
    command = own or IMAGINE
    info = bot.library.infos.get(job.server or "")
    graph = shareable_graph(pack, job.values, info) if pack is not None else None
    line = command_line(job, pack, title_of(bot, job), command)
    content, files = command_text(job, pack, title_of(bot, job), line), []
    if not _fits_block(line):
        files.append(_file("recipe.txt", line))
    if graph is not None:
        files.append(_file("recipe.json", json.dumps(graph, indent=2, ensure_ascii=False)))
    if pack is not None and info is not None:
        content += "".join(f"\n-# {one}" for one in explain_substituted(substitutions(pack, job.values, info)))
    if graph is not None:
        content += "\n" + _("-# Drag `recipe.json` into ComfyUI to open the whole workflow.")
    else:
        content += "\n" + _("-# The workflow has changed since then, so its graph is not attached.")
    await interaction.response.send_message(content, files=files, ephemeral=True)


def command_line(job: Job, pack: Pack | None, title: str, command: str) -> str:
    """The command that requests the image again, with all its options."""
    options = _imagine_options(job, pack, title) if command == IMAGINE or pack is None else _pack_options(job, pack)
    return f"/{command} " + " ".join(f"{name}:{_typed(value)}" for name, value in options)


def command_text(job: Job, pack: Pack | None, title: str, line: str) -> str:
    """The message: the workflow, the command, and a note about input images, which no command line can hold."""
    style = style_of(job)
    made = _("Made with “{title}”:") if style is None else _("Made with “{title}” in the style “{style}”:")
    lines = [
        made.format(title=shown_prompt(title, 80), style=shown_prompt(style or "", 80)),
        f"```\n{line}\n```" if _fits_block(line) else _("The command is in `recipe.txt`."),
    ]
    given = {pack.offered[name].type for name in job.values if name in pack.offered} if pack is not None else set()
    if given & {"video", "audio"}:
        lines.append(_("-# This recipe starts from a file: attach one when you use it."))
    elif "image" in given:
        lines.append(_("-# This recipe starts from an image: attach one when you use it."))
    return "\n".join(lines)


def _imagine_options(job: Job, pack: Pack | None, title: str) -> Iterator[tuple[str, object]]:
    given = given_options(pack, job.values)
    parameter = None if pack is None else parameter_for(pack, "scheduler")
    scheduler = None if parameter is None else job.values.get(parameter.name)
    for option, value in given.items():
        text = _prompt(value) if option in {"prompt", "negative"} else value
        if scheduler is not None and option == ("sampler" if "sampler" in given else "prompt"):
            # It has no option of its own.
            text = f"{text} {scheduler}" if option == "sampler" else f"{text} --scheduler {scheduler}"
        yield option, text
    if job.spoiler:
        yield "spoiler", True
    yield "workflow", title


def _pack_options(job: Job, pack: Pack) -> Iterator[tuple[str, object]]:
    texts = texts_in(pack, job.values)
    for option in options_of(pack):
        if option.parameter in job.values and option.type not in FILES:
            value = job.values[option.parameter]
            yield option.name, _prompt(value) if option.parameter in texts else value


def _prompt(value: object) -> object:
    """A prompt as it is given, so that nothing in it is drawn again."""
    return escape(value) if isinstance(value, str) else value


def _typed(value: object) -> str:
    """A value as a member types it into an option, which is a single line."""
    return f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())


def _fits_block(line: str) -> bool:
    return len(line) <= _IN_BLOCK and "```" not in line


def _file(name: str, text: str) -> discord.File:
    content = io.BytesIO(text.encode("utf-8", "replace"))
    return discord.File(content, name, description=_("The image’s recipe as a file"))
