"""A guild's own workflows and drafts. They are stored on the ledger's shelf and run from the library.

The shelf stores a live workflow under its name and a draft under `DRAFT_ID/NAME`. An entry `shared/NAME` says that a
shared workflow is disabled in this guild. In the library, a draft is a hidden pack under its id.
"""

import asyncio
import json
import logging
import secrets
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from bot.errors import PackError
from bot.ledger import Entry, KeptWorkflow, Shelf
from bot.uploads.upload_rules import refused_graph, refused_pack
from bot.workflows import Graph, Library, Pack, WorkflowKey
from bot.workflows.graphs.graph import read_graph
from bot.workflows.manifests.manifest_form import read_filled_in, read_pack

log = logging.getLogger(__name__)

MOST_DRAFTS: Final = 20
"""The most drafts of a guild. The oldest are deleted first."""
MOST_OWN: Final = 50
"""The most live workflows of a guild's own."""
_SHARED: Final = "shared/"


@dataclass(frozen=True, slots=True)
class Draft:
    """A workflow that is not live yet. `manifest` is stored as it was typed and may be invalid."""

    id: str
    guild_id: int
    name: str
    graph: Graph
    manifest: str
    added_by: int

    @property
    def key(self) -> str:
        """The library's key of the draft's hidden pack."""
        return str(WorkflowKey(self.guild_id, self.id))

    @property
    def live_key(self) -> str:
        """The library's key of the workflow once it is live."""
        return str(WorkflowKey(self.guild_id, self.name))

    def pack(self) -> Pack:
        """The draft as a pack. Raises `PackError`. Takes CPU time."""
        return read_filled_in(self.name, self.graph, self.manifest)


def new_draft(guild_id: int, name: str, graph: Graph, manifest: str, added_by: int) -> Draft:
    """A draft that is not stored yet."""
    # An id begins with the time, so sorting drafts by id sorts them by age.
    number = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return Draft(str(uuid.UUID(int=number)), guild_id, name, graph, manifest, added_by)


async def load_kept(
    library: Library, shelf: Shelf, allowed: tuple[str, ...] = (), partners: Collection[int] = ()
) -> None:
    """Replace the library's uploads by the stored ones. Workflows that are no longer valid or no longer allowed are
    logged and skipped. The guilds in `partners` may use partner nodes.
    """
    packs: list[tuple[int, Pack]] = []
    disabled: list[tuple[int, str]] = []
    for row in await shelf.workflows():
        if row.graph is None or row.manifest is None:
            disabled += [] if row.enabled else [(row.guild_id, row.name.removeprefix(_SHARED))]
            continue
        try:
            pack, enabled = await asyncio.to_thread(_read, row, allowed, row.guild_id in partners)
        except PackError as fault:
            if row.live:
                log.error("workflow %s of guild %d cannot be used: %s", row.name, row.guild_id, fault)  # noqa: TRY400
            continue
        packs.append((row.guild_id, pack))
        disabled += [] if enabled else [(row.guild_id, str(WorkflowKey(row.guild_id, pack.name)))]
    library.replace_uploads(packs, disabled)


def _read(row: KeptWorkflow, allowed: tuple[str, ...], partners: bool) -> tuple[Pack, bool]:  # noqa: FBT001 - to_thread
    """A stored workflow's pack, and whether members may use it. Raises `PackError`. Takes CPU time."""
    if draft := _draft(row):
        return _hidden(draft), False
    pack = read_pack(row.name, read_graph(row.name, row.graph or ""), row.manifest or "")
    _check_allowed(pack, allowed, partners=partners)
    return pack, row.enabled


def _check_allowed(pack: Pack, allowed: tuple[str, ...], *, partners: bool) -> None:
    if refused := (*refused_graph(pack.graph, allowed, partners=partners), *refused_pack(pack)):
        raise PackError(pack.name, refused)


async def find_draft(shelf: Shelf, guild_id: int, draft_id: str) -> Draft | None:
    """A guild's draft. Drafts of other guilds are not found."""
    row = next((row for row in await _drafts(shelf, guild_id) if _draft_id(row) == draft_id), None)
    return None if row is None else await asyncio.to_thread(_draft, row)


async def keep_draft(library: Library, shelf: Shelf, draft: Draft, entry: Entry) -> None:
    """Store the draft and put its hidden pack into the library, unless the manifest is invalid. `entry`, here and
    below, is for the moderators' log, and stored together with the change.
    """
    row = KeptWorkflow(
        draft.guild_id,
        f"{draft.id}/{draft.name}",
        json.dumps(draft.graph),
        draft.manifest,
        live=False,
        enabled=True,
        added_by=draft.added_by,
    )
    await shelf.keep_workflow(row, entry)
    try:
        hidden = await asyncio.to_thread(_hidden, draft)
    except PackError:
        library.remove(draft.guild_id, draft.key)
    else:
        # A hidden pack can run, but it is disabled and has no command, so members cannot choose it.
        library.enable(draft.guild_id, draft.key, enabled=False)
        library.upload(draft.guild_id, hidden)
    for old in (await _drafts(shelf, draft.guild_id))[:-MOST_DRAFTS]:
        await _drop(library, shelf, old)


async def drop_draft(library: Library, shelf: Shelf, draft: Draft, entry: Entry | None = None) -> None:
    """Delete the draft. Its waiting jobs fail because their workflow is gone."""
    for row in await _drafts(shelf, draft.guild_id):
        if _draft_id(row) == draft.id:
            await _drop(library, shelf, row, entry)


def _hidden(draft: Draft) -> Pack:
    """The pack under the draft's own id. Raises `PackError`."""
    return replace(draft.pack(), name=draft.id, command=None, default=False)


async def go_live(library: Library, shelf: Shelf, draft: Draft, entry: Entry) -> Pack:
    """Make the draft available to members. It replaces a workflow of the same name. Raises `PackError`."""
    pack = await asyncio.to_thread(draft.pack)
    row = KeptWorkflow(
        draft.guild_id,
        draft.name,
        json.dumps(draft.graph),
        draft.manifest,
        live=True,
        enabled=True,
        added_by=draft.added_by,
    )
    await shelf.keep_workflow(row, entry)
    library.upload(draft.guild_id, pack)
    library.enable(draft.guild_id, draft.live_key, enabled=True)
    await drop_draft(library, shelf, draft)
    return pack


async def set_enabled(
    library: Library, shelf: Shelf, guild_id: int, key: str, entry: Entry, *, enabled: bool, by: int
) -> None:
    """Set whether a guild's members may use a pack, one of its own or a shared one."""
    own = WorkflowKey.parse(key)
    if own.guild_id is not None:
        row = await shelf.workflow(guild_id, own.name)
        if row is not None:
            await shelf.keep_workflow(replace(row, enabled=enabled), entry)
    elif enabled:
        await shelf.drop_workflow(guild_id, _SHARED + key, entry)
    else:
        await shelf.keep_workflow(
            KeptWorkflow(guild_id, _SHARED + key, None, None, live=True, enabled=False, added_by=by), entry
        )
    library.enable(guild_id, key, enabled=enabled)


async def remove_own(library: Library, shelf: Shelf, guild_id: int, key: str, entry: Entry) -> None:
    """Delete one of a guild's own workflows for good."""
    await shelf.drop_workflow(guild_id, WorkflowKey.parse(key).name, entry)
    library.remove(guild_id, key)
    library.enable(guild_id, key, enabled=True)


def packs_of(library: Library, guild_id: int) -> tuple[Pack, ...]:
    """The packs that a guild's administrators see: its own and the shared ones, also disabled ones, but no drafts."""
    return tuple(pack for pack in library.packs.values() if pack.key.belongs_to(guild_id) and not pack.key.is_draft)


async def _drafts(shelf: Shelf, guild_id: int) -> list[KeptWorkflow]:
    """A guild's stored drafts, oldest first."""
    return [
        row for row in await shelf.workflows() if row.guild_id == guild_id and not row.live and row.graph is not None
    ]


async def _drop(library: Library, shelf: Shelf, row: KeptWorkflow, entry: Entry | None = None) -> None:
    await shelf.drop_workflow(row.guild_id, row.name, entry)
    key = str(WorkflowKey(row.guild_id, _draft_id(row)))
    library.remove(row.guild_id, key)
    library.enable(row.guild_id, key, enabled=True)


def _draft(row: KeptWorkflow) -> Draft | None:
    draft_id, slash, name = row.name.partition("/")
    if not slash or row.graph is None or row.manifest is None:
        return None
    return Draft(draft_id, row.guild_id, name, read_graph(name, row.graph), row.manifest, row.added_by)


def _draft_id(row: KeptWorkflow) -> str:
    return row.name.partition("/")[0]
