"""The packs as they are now: read from disk or uploaded, sharpened by what servers say, and who can run which."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from bot.errors import PackError
from bot.workflows.availability import Missing, missing
from bot.workflows.object_info import ObjectInfo
from bot.workflows.pack import Pack, load_packs, title_without_pack
from bot.workflows.parameters import Parameter
from bot.workflows.specs import sharpen, specs_of

Stamp: TypeAlias = tuple[tuple[str, int, int], ...]
"""Name, time and size of every file that belongs to a pack."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read from the folder when its files were as `stamp` says."""

    stamp: Stamp
    packs: Mapping[str, Pack]
    faults: tuple[PackError, ...]


class Library:
    """All packs by their key: a shipped or dropped-in one's is its name, an uploaded one's is `GUILD_ID/NAME`.

    It decides; whoever holds it brings the news: files that changed, uploads, what a server has.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: Stamp | None = None
        self._glimpse: Stamp | None = None
        self._on_disk: Mapping[str, Pack] = {}
        self._uploaded: dict[str, Pack] = {}
        self._disabled: set[tuple[int, str]] = set()
        self._infos: dict[str, ObjectInfo] = {}
        self.faults: tuple[PackError, ...] = ()
        self.packs: Mapping[str, Pack] = {}
        self._lacking: Mapping[str, Mapping[str, tuple[Missing, ...]]] = {}

    def reload(self) -> bool:
        """Read the folder again if a file in it was added, changed or removed; whether one was. Touches the disk."""
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self.adopt(Found(stamp, *load_packs(self._folder)))
        return True

    def look(self) -> Found | None:
        """What the folder holds now, if it changed and then stayed as it is for two looks: files are written piece by
        piece. Touches the disk, and nothing else: it may run in a thread; `adopt` what it found outside.
        """
        stamp, self._glimpse = self._look(), self._glimpse
        settled, self._glimpse = stamp == self._glimpse, stamp
        if stamp == self._stamp or not settled:
            return None
        return Found(stamp, *load_packs(self._folder))

    def adopt(self, found: Found) -> None:
        """These are the packs on disk from now on."""
        self._stamp, self._on_disk, self.faults = found.stamp, found.packs, found.faults
        self._sharpen()

    def _look(self) -> Stamp:
        stamp: list[tuple[str, int, int]] = []
        for path in self._folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):  # removed since it was listed
                if path.suffix in {".json", ".toml"}:
                    found = path.stat()
                    stamp.append((path.name, found.st_mtime_ns, found.st_size))
        return tuple(sorted(stamp))

    def upload(self, guild_id: int, pack: Pack) -> None:
        """A guild has this pack from now on; its key is made from the guild and the pack's name."""
        key = f"{guild_id}/{pack.name}"
        self._uploaded[key] = replace(pack, name=key)
        self._sharpen()

    def replace_uploads(self, packs: Iterable[tuple[int, Pack]], disabled: Iterable[tuple[int, str]]) -> None:
        """These are all uploads of all guilds from now on, and all packs (by guild and key) that are disabled."""
        uploaded = {f"{guild_id}/{pack.name}": pack for guild_id, pack in packs}
        self._uploaded = {key: replace(pack, name=key) for key, pack in uploaded.items()}
        self._disabled = set(disabled)
        self._sharpen()

    def remove(self, guild_id: int, key: str) -> None:
        """A guild no longer has an uploaded pack."""
        if key.startswith(f"{guild_id}/"):
            self._uploaded.pop(key, None)
            self._sharpen()

    def enable(self, guild_id: int, key: str, *, enabled: bool) -> None:
        """Whether a guild's members may use a pack."""
        (self._disabled.discard if enabled else self._disabled.add)((guild_id, key))

    def learn(self, url: str, info: ObjectInfo) -> bool:
        """A server said what it has; whether that is news."""
        known = self._infos.get(url)
        if known is not None and known.same_as(info):
            return False
        self._infos[url] = info
        self._sharpen()
        return True

    def visible(self, guild_id: int | None) -> tuple[Pack, ...]:
        """What members of a guild (None: in a direct message) may use, whether a server can run it now or not."""
        return tuple(
            pack
            for key, pack in self.packs.items()
            if ("/" not in key or key.startswith(f"{guild_id}/")) and (guild_id, key) not in self._disabled
        )

    def title_of(self, key: str) -> str:
        """What people call the workflow of this key, also where its pack is gone. Not escaped."""
        pack = self.packs.get(key)
        return title_without_pack(key) if pack is None else pack.title

    @property
    def infos(self) -> Mapping[str, ObjectInfo]:
        """What each server that has answered has, by its address."""
        return self._infos

    def is_enabled(self, guild_id: int, key: str) -> bool:
        """Whether a guild's members may use this pack."""
        return (guild_id, key) not in self._disabled

    @property
    def heard(self) -> bool:
        """Whether any server has said what it has."""
        return bool(self._infos)

    def choices(self, pack: Pack, parameter: Parameter) -> tuple[str, ...]:
        """What this parameter can be now: the author's list, else what every server offers that can run the pack,
        else what any of them offers.
        """
        if not parameter.server_choices:
            return parameter.choices or ()
        lacking = self.lacking(pack.name)
        offered = [
            spec.choices
            for url in sorted(self._infos)
            if not lacking.get(url)
            for spec in specs_of(parameter, pack.graph, self._infos[url])[:1]
            if spec.choices is not None
        ]
        union = tuple(dict.fromkeys(itertools.chain.from_iterable(offered)))
        everywhere = tuple(choice for choice in union if all(choice in one for one in offered))
        return everywhere or union

    def lacking(self, key: str) -> Mapping[str, tuple[Missing, ...]]:
        """What each known server lacks for this pack."""
        return self._lacking.get(key, {})

    def available(self, key: str) -> bool:
        """Whether some server can run it; as long as no server has said anything, hope is allowed."""
        lacking = self.lacking(key)
        return not lacking or not all(lacking.values())

    def offers(self, url: str, needs: str) -> bool:
        """Whether a server has what a member chose, as `effort.needs` wrote it down. What no server has is offered by
        each: so that one takes the job and says what is wrong with it.
        """
        key, chosen = json.loads(needs)
        pack = self.packs.get(key)
        if pack is None or self._has(url, pack, chosen):
            return True
        return not any(self._has(other, pack, chosen) for other in self._infos)

    def _has(self, url: str, pack: Pack, chosen: Mapping[str, object]) -> bool:
        info = self._infos.get(url)
        wanted = ((pack.parameters[name], value) for name, value in chosen.items() if name in pack.parameters)
        return info is not None and all(
            spec.choices is None or value in spec.choices
            for parameter, value in wanted
            for spec in specs_of(parameter, pack.graph, info)[:1]
        )

    def beyond(self, url: str) -> frozenset[str]:
        """The keys of the packs that this server cannot run."""
        return frozenset(key for key, lacking in self._lacking.items() if lacking.get(url))

    def runs_only_on(self, url: str) -> bool:
        """Whether there is a pack that this server can run, and no other that is known."""
        return any(
            not lacking.get(url) and all(lacks for other, lacks in lacking.items() if other != url)
            for lacking in self._lacking.values()
        )

    def _sharpen(self) -> None:
        """Work out anew what follows from the packs and the servers: claims ask for it all the time."""
        packs = {**self._on_disk, **self._uploaded}
        self._lacking = {
            key: {url: missing(pack, info) for url, info in self._infos.items()} for key, pack in packs.items()
        }
        self.packs = {key: self._sharpened(pack) for key, pack in packs.items()}

    def _sharpened(self, pack: Pack) -> Pack:
        """The pack's parameters as the first server has them that can run it, else the first that there is."""
        lacking = self._lacking[pack.name]
        # In the order of their addresses, not of their answers: the same servers always give the same ranges.
        url = min(sorted(lacking), key=lambda url: bool(lacking[url]), default=None)
        if url is None:
            return pack
        info = self._infos[url]
        return replace(pack, parameters={name: sharpen(one, pack.graph, info) for name, one in pack.parameters.items()})
