"""`/workflow add`: a file in, a draft out, or everything that stands against it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot import pictures
from bot.discord_ui.access.permissions import administered_guild
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.workflows.draft_summary import refusal
from bot.discord_ui.workflows.draft_view import show_draft
from bot.errors import PackError, PictureRefused
from bot.messages import download
from bot.spool import Box, Content, opened, read, source_of
from bot.uploads.kept_workflows import keep_draft, new_draft
from bot.uploads.upload_rules import refused_graph
from bot.workflows import ObjectInfo
from bot.workflows.graphs.graph import Node, node_title, told
from bot.workflows.imports.editor_format import MOST_JSON, import_graph, not_carried_over, unfit, workflow_in
from bot.workflows.imports.runnable import runnable
from bot.workflows.manifests.bounded_toml import MOST_BYTES as MOST_MANIFEST
from bot.workflows.manifests.manifest_form import Form, compose, name_of, noting, proposed, taken_over, titled

log = logging.getLogger(__name__)

_MOST_PICTURE: Final = 25 * 2**20
_PNG: Final = b"\x89PNG"
_TOO_LARGE: Final = "That file is too large: at most {} MB for an image, {} MB for a workflow."
_NO_SERVER: Final = "No ComfyUI server is answering, so I can’t check this workflow. Try again later."


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
            said = None if manifest is None else await _fetched(name, manifest, MOST_MANIFEST, box)
            infos = bot.library.distinct_infos
            graph, form = await asyncio.to_thread(_proposal, name, content, said, infos, bot.workflow_nodes)
    except PackError as fault:
        await tell(interaction, refusal(fault.faults))
        return
    draft = new_draft(guild_id, name, graph, compose(form), interaction.user.id)
    await keep_draft(bot.library, bot.ledger.shelf, draft)
    log.info("guild %d: workflow %s uploaded as draft %s", guild_id, name, draft.id)
    await show_draft(interaction, draft)


def _proposal(
    name: str, content: Content, manifest: Content | None, infos: Sequence[ObjectInfo], allowed: tuple[str, ...]
) -> tuple[dict[str, Node], Form]:
    """What a draft begins with. Raises `PackError`. Takes CPU time."""
    graph, lost = examine(name, content, infos, allowed)
    if manifest is None:
        return graph, noting(proposed(name, graph, infos), lost)
    try:
        return graph, noting(taken_over(read(manifest).decode("utf-8-sig"), titled(name)), lost)
    except ValueError as fault:
        raise PackError(name, told([f"the manifest is not valid TOML ({fault})"])) from None


async def _fetched(name: str, file: discord.Attachment, most_bytes: int, box: Box) -> Content:
    limit = (_TOO_LARGE.format(_MOST_PICTURE // 2**20, MOST_JSON // 2**20),)
    if file.size > most_bytes:
        raise PackError(name, limit)
    try:
        return await download(file.url, most_bytes, box)
    except PictureRefused as fault:
        told = limit if fault.code == "too_many_bytes" else ("Discord did not deliver the file: attach it again",)
        raise PackError(name, told) from fault


def examine(
    name: str, content: Content, infos: Sequence[ObjectInfo], allowed: tuple[str, ...]
) -> tuple[dict[str, Node], tuple[str, ...]]:
    """The graph in a file that at least one server knows all nodes of, and what of the file it lacks. Raises
    `PackError`. Takes CPU time.
    """
    with opened(content) as file:
        is_png = file.read(len(_PNG)) == _PNG
    text: str | bytes = (workflow_in(pictures.texts(source_of(content))) or "") if is_png else read(content)
    if is_png and not text:
        raise PackError(name, ("this image contains no workflow: upload the original file that ComfyUI saved",))
    faults: tuple[str, ...] = () if infos else (_NO_SERVER,)
    for info in infos:
        try:
            graph, dropped = runnable(import_graph(name, text, info), info)
        except PackError as fault:
            faults = faults or fault.faults
            continue
        # What is not allowed is named before what is missing: installing it would not help.
        if refused := refused_graph(graph, allowed, infos):
            raise PackError(name, refused)
        found = _unknown(graph, info) or unfit(graph, info)
        if not found:
            return graph, (*dropped, *not_carried_over(text, info))
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
        f"no ComfyUI server has the node {class_type} (“{title}”): install it there, or remove it"
        for class_type, title in titles.items()
    )
