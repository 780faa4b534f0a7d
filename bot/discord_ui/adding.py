"""`/workflow add`: a file in, a draft out, or everything that stands against it."""

from __future__ import annotations

import asyncio
import logging
import tomllib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import discord

from bot import pictures
from bot.discord_ui.draft_summary import refusal
from bot.discord_ui.draft_view import show_draft
from bot.discord_ui.kept_workflows import keep_draft, new_draft
from bot.discord_ui.permissions import administered_guild
from bot.discord_ui.replies import tell
from bot.discord_ui.upload_rules import refused_graph
from bot.errors import PackError, PictureRefused
from bot.messages import download
from bot.spool import Box, Content, opened, read, source_of
from bot.workflows import ObjectInfo
from bot.workflows.drafting import compose, name_of, proposed, taken_over, titled
from bot.workflows.graph import Node, node_title
from bot.workflows.importing import MOST_JSON, import_graph, unfit, workflow_in

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

log = logging.getLogger(__name__)

_MOST_PICTURE: Final = 25 * 2**20
_MOST_MANIFEST: Final = 64 * 2**10
_PNG: Final = b"\x89PNG"
_TOO_LARGE: Final = "That file is too large: at most {} MB for a picture, {} MB for a workflow."
_NO_SERVER: Final = "No picture server is answering, so I cannot check this workflow. Try again when one is."


async def add_workflow(
    interaction: discord.Interaction[Darkroom],
    file: discord.Attachment,
    name: str | None,
    manifest: discord.Attachment | None,
) -> None:
    """Make a draft of the file and show it; nothing is live before its administrator says so."""
    guild_id = await administered_guild(interaction)
    if guild_id is None:
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    bot = interaction.client
    name = name_of(name or file.filename)
    try:
        async with bot.spool.box() as box:
            content = await _fetched(name, file, _MOST_PICTURE, box)
            said = None if manifest is None else await _fetched(name, manifest, _MOST_MANIFEST, box)
            graph = await asyncio.to_thread(examine, name, content, bot.library.distinct_infos, bot.workflow_nodes)
            form = proposed(name, graph) if said is None else taken_over(read(said).decode(), titled(name))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        await tell(interaction, refusal((f"the manifest is not TOML ({fault})",)))
        return
    except PackError as fault:
        await tell(interaction, refusal(fault.faults))
        return
    draft = new_draft(guild_id, name, graph, compose(form), interaction.user.id)
    await keep_draft(bot.library, bot.ledger.shelf, draft)
    log.info("server %d: %s was brought as draft %s", guild_id, name, draft.id)
    await show_draft(interaction, draft)


async def _fetched(name: str, file: discord.Attachment, most_bytes: int, box: Box) -> Content:
    limit = (_TOO_LARGE.format(_MOST_PICTURE // 2**20, MOST_JSON // 2**20),)
    if file.size > most_bytes:
        raise PackError(name, limit)
    try:
        return await download(file.url, most_bytes, box)
    except PictureRefused as fault:
        told = limit if fault.code == "too_many_bytes" else ("Discord did not hand that file over: attach it again",)
        raise PackError(name, told) from fault


def examine(name: str, content: Content, infos: Sequence[ObjectInfo], allowed: tuple[str, ...]) -> dict[str, Node]:
    """The graph in a file that at least one server knows all nodes of. Raises `PackError`. Takes CPU time."""
    with opened(content) as file:
        is_png = file.read(len(_PNG)) == _PNG
    text: str | bytes = (workflow_in(pictures.texts(source_of(content))) or "") if is_png else read(content)
    if is_png and not text:
        raise PackError(name, ("this picture carries no workflow: take the very file that ComfyUI saved",))
    faults: tuple[str, ...] = () if infos else (_NO_SERVER,)
    for info in infos:
        try:
            graph = import_graph(name, text, info)
        except PackError as fault:
            faults = faults or fault.faults
            continue
        # What is not allowed is named before what is missing: installing it would not help.
        if refused := refused_graph(graph, allowed, infos):
            raise PackError(name, refused)
        found = _unknown(graph, info) or unfit(graph, info)
        if not found:
            return graph
        faults = faults or found
    raise PackError(name, faults)


def _unknown(graph: Mapping[str, Node], info: ObjectInfo) -> tuple[str, ...]:
    """The node classes that a server lacks, each with the title of one such node."""
    titles = {
        node["class_type"]: node_title(graph, node_id)
        for node_id, node in graph.items()
        if not info.knows(node["class_type"])
    }
    return tuple(
        f"no picture server has the node {class_type} (“{title}”): install it there, or leave it out"
        for class_type, title in titles.items()
    )
