"""`/workflow add`: turn an uploaded file into a draft, or list everything that is wrong with it."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import discord

from bot import pictures
from bot.discord_ui.access.acts import entry_of
from bot.discord_ui.access.permissions import administered_guild
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.workflows.draft_summary import refusal
from bot.discord_ui.workflows.draft_view import show_draft
from bot.errors import Fault, PackError, PictureRefused
from bot.errors.readable_faults import told
from bot.ledger import Act
from bot.messages import download, fault_in_words
from bot.spool import Box, Content, opened, read, size_of, source_of
from bot.translation import N_, _, in_quotes
from bot.uploads.kept_workflows import keep_draft, new_draft
from bot.uploads.upload_rules import refused_graph
from bot.uploads.uploaded_names import name_of, title_of
from bot.workflows import ObjectInfo
from bot.workflows.graphs.graph import Node, node_title
from bot.workflows.imports.carried import Carried, candidates, carried_by_text, carried_in
from bot.workflows.imports.editor_format import MOST_JSON, not_carried_over, unfit
from bot.workflows.imports.foreign import recipe_of_texts
from bot.workflows.imports.runnable import runnable
from bot.workflows.manifests.bounded_toml import MOST_BYTES as MOST_MANIFEST
from bot.workflows.manifests.bounded_toml import Unreadable
from bot.workflows.manifests.manifest_form import Form, compose, noting, proposed, taken_over

log = logging.getLogger(__name__)

_MOST_MEDIA: Final = 100 * 2**20
"""The most bytes of an image, video or audio file. It waits on disk, and only its texts are read."""
_TOO_LARGE: Final = N_(
    "That file is too large. An image or video can have up to {media} MB, a workflow up to {workflow} MB."
)
_EMPTY: Final = N_("this file contains no workflow: use the original file that ComfyUI saved")
_FOREIGN: Final = N_(
    "this file contains another program’s recipe, but no ComfyUI workflow: “Show recipe” in the message’s menu reads it"
)
_NO_SERVER: Final = N_("No ComfyUI server is available, so I can’t check this workflow. Try again in a while.")


async def add_workflow(
    interaction: discord.Interaction[Darkroom],
    file: discord.Attachment,
    name: str | None,
    manifest: discord.Attachment | None,
) -> None:
    """Turn the file into a draft and show it. It goes live only when an administrator presses the button."""
    guild_id = await administered_guild(interaction)
    if guild_id is None:
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    bot = interaction.client
    # Where Discord has changed the name of a file, its title is the name that it had.
    given = name or file.title or file.filename
    name = name_of(given)
    try:
        async with bot.spool.box() as box:
            content = await _fetched(name, file, _MOST_MEDIA, box)
            toml = None if manifest is None else await _fetched(name, manifest, MOST_MANIFEST, box)
            infos = bot.library.distinct_infos
            partners = bot.settings.spending.allows_partners(guild_id)
            graph, form = await asyncio.to_thread(
                _proposal, name, title_of(given), content, toml, infos, bot.settings.workflow_nodes, partners
            )
    except PackError as fault:
        await tell(interaction, refusal(fault.faults))
        return
    draft = new_draft(guild_id, name, graph, compose(form), interaction.user.id)
    entry = await entry_of(interaction, guild_id, Act.WORKFLOW_ADDED, partial(in_quotes, name))
    await keep_draft(bot.library, bot.ledger.shelf, draft, entry)
    log.info("guild %d: workflow %s uploaded as draft %s", guild_id, name, draft.id)
    await show_draft(interaction, draft)


def _proposal(
    name: str,
    title: str,
    content: Content,
    manifest: Content | None,
    infos: Sequence[ObjectInfo],
    allowed: tuple[str, ...],
    partners: bool,
) -> tuple[dict[str, Node], Form]:
    """The graph and the form of a new draft. Raises `PackError`. Takes CPU time."""
    graph, lost = examine(name, content, infos, allowed, partners=partners)
    if manifest is None:
        return graph, noting(proposed(name, graph, infos, title), lost, fault_in_words)
    try:
        form = taken_over(read(manifest).decode("utf-8-sig"), title)
    except (Unreadable, UnicodeDecodeError) as fault:
        reason = fault.fault if isinstance(fault, Unreadable) else str(fault)
        raise PackError(name, told([Fault("the manifest isn’t valid TOML ({reason})", reason=reason)])) from None
    return graph, noting(form, lost, fault_in_words)


async def _fetched(name: str, file: discord.Attachment, most_bytes: int, box: Box) -> Content:
    limit = (_(_TOO_LARGE).format(media=_MOST_MEDIA // 2**20, workflow=MOST_JSON // 2**20),)
    if file.size > most_bytes:
        raise PackError(name, limit)
    try:
        return await download(file.url, most_bytes, box)
    except PictureRefused as fault:
        failed = (_("I couldn’t download that file from Discord. Please attach it again."),)
        raise PackError(name, limit if fault.code == "too_many_bytes" else failed) from fault


def examine(
    name: str, content: Content, infos: Sequence[ObjectInfo], allowed: tuple[str, ...], *, partners: bool = False
) -> tuple[dict[str, Node], tuple[Fault, ...]]:
    """The file's graph, and the settings that were not carried over. At least one ComfyUI server has all its nodes.
    Raises `PackError`. Takes CPU time.
    """
    carried = _carried(name, content)
    faults: tuple[str, ...] = () if infos else (_(_NO_SERVER),)
    for info in infos:
        try:
            graphs = candidates(name, carried, info)
        except PackError as fault:
            faults = faults or fault.faults
            continue
        for whole, text, notes in graphs:
            graph, dropped = runnable(whole, info)
            # Forbidden nodes are named before missing ones: installing a forbidden node would not help.
            if refused := refused_graph(graph, allowed, infos, partners=partners):
                raise PackError(name, refused)
            found = _unknown(graph, info) or unfit(graph, info)
            if not found:
                return graph, (*notes, *dropped, *not_carried_over(text, info))
            faults = faults or found
    raise PackError(name, faults)


def _carried(name: str, content: Content) -> Carried:
    """Both forms of the workflow in a file. Raises `PackError` if there is none."""
    with opened(content) as file:
        head = file.read(pictures.TEXTS_HEAD)
    if not pictures.carries_texts(head):
        if size_of(content) > MOST_JSON:
            raise PackError(
                name, (Fault("the workflow file is larger than {megabytes} MB", megabytes=MOST_JSON // 2**20),)
            )
        text = read(content)
        return carried_by_text(text.decode(json.detect_encoding(text), "replace"))
    texts = pictures.texts(source_of(content))
    if carried := carried_in(texts):
        return carried
    raise PackError(name, (_(_FOREIGN if recipe_of_texts(texts) else _EMPTY),))


def _unknown(graph: Mapping[str, Node], info: ObjectInfo) -> tuple[str, ...]:
    """A fault for each node class that a server lacks, with the title of one such node."""
    titles = {
        node["class_type"]: node_title(graph, node_id)
        for node_id, node in graph.items()
        if not info.knows(node["class_type"])
    }
    missing = _(
        "no ComfyUI server has the node {class_type} (“{title}”): install it there or remove it from the workflow"
    )
    return tuple(missing.format(class_type=class_type, title=title) for class_type, title in titles.items())
