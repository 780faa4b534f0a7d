"""The packs as they are now: read from disk or uploaded, sharpened by what servers say, and who can run which."""

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.errors import PackError
from bot.workflows.binding.loras import lora_choices, offers_loras
from bot.workflows.graphs.file_names import folded
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import NONE, Parameter
from bot.workflows.library.availability import Missing
from bot.workflows.library.compatibility import Compatibility, compare
from bot.workflows.library.folder import Found, Stamp, read_folder, stamp_of
from bot.workflows.library.specs import specs_of
from bot.workflows.library.unlisted import Unlisted
from bot.workflows.manifests.pack import Pack, easiest_first
from bot.workflows.styles.style import Style
from bot.workflows.workflow_key import WorkflowKey

_CHOSEN: Final = 512
"""For how many different choices of members it is remembered which servers offer them: claims ask all the time."""


class Library:
    """All packs by their key: as text, as `WorkflowKey` writes it.

    It decides; its owner brings the news: files that changed, uploads, what a server has. Servers that say the same are
    one to it: what a pack lacks is worked out once for all of them, and again only for packs that change.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: Stamp | None = None
        self._glimpse: Stamp | None = None
        self._on_disk: Mapping[str, Pack] = {}
        self._uploaded: dict[str, Pack] = {}
        self._disabled: set[tuple[int, str]] = set()
        self._infos: Mapping[str, ObjectInfo] = {}
        self._unlisted: Mapping[str, Unlisted] = {}
        self.faults: tuple[PackError, ...] = ()
        self.styles: Mapping[str, Style] = {}
        """Those that all guilds share, by name."""
        self.packs: Mapping[str, Pack] = {}
        """With the ranges of a server that can run them. Another mapping whenever one of them changes."""
        self._as_written: Mapping[str, Pack] = {}
        self._compared: Mapping[bytes, Compatibility] = {}
        """By what servers say, in the order of the first address that says it."""
        self._offering: dict[str, frozenset[str]] = {}
        self._only: frozenset[str] = frozenset()

    def reload(self) -> bool:
        """Read the folder again if a file in it was added, changed or removed; whether one was. Touches the disk."""
        if (stamp := stamp_of(self._folder)) == self._stamp:
            return False
        self.adopt(read_folder(self._folder, stamp))
        return True

    def look(self) -> Found | None:
        """What the folder holds now, if it changed and then stayed as it is for two looks: files are written piece by
        piece. Touches the disk, and nothing else: it may run in a thread; `adopt` what it found outside.
        """
        stamp, self._glimpse = stamp_of(self._folder), self._glimpse
        settled, self._glimpse = stamp == self._glimpse, stamp
        if stamp == self._stamp or not settled:
            return None
        return read_folder(self._folder, stamp)

    def adopt(self, found: Found) -> None:
        """These are the packs on disk from now on."""
        self._stamp, self._on_disk, self.faults = found.stamp, self._kept(found.packs), found.faults
        self.styles = found.styles
        self._take_packs()

    def upload(self, guild_id: int, pack: Pack) -> None:
        """A guild has this pack from now on; its key is made from the guild and the pack's name."""
        key = str(WorkflowKey(guild_id, pack.name))
        self._uploaded[key] = replace(pack, name=key)
        self._take_packs()

    def replace_uploads(self, packs: Iterable[tuple[int, Pack]], disabled: Iterable[tuple[int, str]]) -> None:
        """These are all uploads of all guilds from now on, and all packs (by guild and key) that are disabled."""
        named = (replace(pack, name=str(WorkflowKey(guild_id, pack.name))) for guild_id, pack in packs)
        self._uploaded = self._kept({pack.name: pack for pack in named})
        self._disabled = set(disabled)
        self._take_packs()

    def remove(self, guild_id: int, key: str) -> None:
        """A guild no longer has an uploaded pack."""
        if WorkflowKey.parse(key).guild_id == guild_id:
            self._uploaded.pop(key, None)
            self._take_packs()

    def enable(self, guild_id: int, key: str, *, enabled: bool) -> None:
        """Whether a guild's members may use a pack."""
        (self._disabled.discard if enabled else self._disabled.add)((guild_id, key))

    def judge(self, info: ObjectInfo) -> Compatibility:
        """Hold what a server has against the packs as they are now, for `learn`. Takes CPU time and changes nothing: it
        may run in a thread.
        """
        return self._judged(info, self._compared.get(info.digest))

    def learn(self, url: str, info: ObjectInfo | Unlisted, judged: Compatibility | None = None) -> bool:
        """A server said what it has; whether that is news. What is not `judged` yet is judged here."""
        if isinstance(info, Unlisted):
            news = self._unlisted.get(url) != info
            self._unlisted = {**self._unlisted, url: info}
            return news
        if (known := self._infos.get(url)) is not None and known.digest == info.digest:
            return False
        same = self._compared.get(info.digest)
        self._infos = {**self._infos, url: info if same is None else same.info}
        self._settle(judged)
        return True

    def visible(self, guild_id: int | None) -> tuple[Pack, ...]:
        """What members of a guild (None: in a direct message) may use, whether a server can run it now or not."""
        return tuple(
            pack
            for key, pack in self.packs.items()
            if pack.key.belongs_to(guild_id) and (guild_id, key) not in self._disabled
        )

    def usable(self, guild_id: int | None) -> tuple[Pack, ...]:
        """The same, in the order in which to choose one for a member who names none."""
        return easiest_first(self.visible(guild_id), self.available)

    def title_of(self, key: str) -> str:
        """What people call the workflow of this key, also where its pack is gone. Not escaped."""
        return self.packs[key].title if key in self.packs else WorkflowKey.parse(key).title

    @property
    def infos(self) -> Mapping[str, ObjectInfo]:
        """What each server that has answered has, by its address."""
        return self._infos

    @property
    def distinct_infos(self) -> tuple[ObjectInfo, ...]:
        """The same, of servers that say the same only one, in the order of their addresses."""
        return tuple(one.info for one in self._compared.values())

    def is_enabled(self, guild_id: int, key: str) -> bool:
        """Whether a guild's members may use this pack."""
        return (guild_id, key) not in self._disabled

    @property
    def heard(self) -> bool:
        """Whether any server has said what it has, or that it is there."""
        return bool(self._infos or self._unlisted)

    def choices(self, pack: Pack, parameter: Parameter) -> tuple[str, ...]:
        """What this parameter can be now: the author's list, else what every server offers that can run the pack,
        else what any of them offers.
        """
        if not parameter.server_choices:
            return parameter.choices or ()
        offered = [
            spec.choices
            for one in self._compared.values()
            if pack.name not in one.lacks
            for spec in specs_of(parameter, pack.graph, one.info)[:1]
            if spec.choices is not None
        ]
        # Servers on Windows and on Linux spell the same file differently: the first spelling stands for all.
        union: dict[str, str] = {}
        for choice in itertools.chain.from_iterable(offered):
            union.setdefault(folded(choice), choice)
        everywhere = set(union).intersection(*(map(folded, choices) for choices in offered))
        found = tuple(one for name, one in union.items() if name in everywhere) or tuple(union.values())
        return (NONE, *found) if parameter.none and found else found

    def loras(self, pack: Pack) -> tuple[str, ...]:
        """The LoRAs that members can add to this pack now: those of every server that can run it."""
        return lora_choices(pack, (one.info for one in self._compared.values() if pack.name not in one.lacks))

    def lacking(self, key: str) -> Mapping[str, tuple[Missing, ...]]:
        """What each known server lacks for this pack."""
        if key not in self._as_written:
            return {}
        pack = self._as_written[key]
        lacks = {url: self._compared[info.digest].lacks.get(key, ()) for url, info in self._infos.items()}
        return {**{url: one.lacks(pack) for url, one in self._unlisted.items()}, **lacks}

    def available(self, key: str) -> bool:
        """Whether some server can run it. True until the first server has said what it has."""
        if not self.heard or any(key not in one.lacks for one in self._compared.values()):
            return True
        return any(self.runs(url, key) for url in self._unlisted)

    def offers(self, url: str, needs: str) -> bool:
        """Whether a server has what a member chose, as `effort.needs` wrote it down. What no server has is offered by
        each: so that one takes the job and says what is wrong with it.
        """
        # A claim asks this in the ledger's thread, while servers may say something else: it looks at each thing once.
        known = self._offering
        offering = known.get(needs)
        if offering is None:
            if len(known) >= _CHOSEN:
                known.clear()
            offering = known[needs] = self._having(needs)
        return not offering or url in offering or url in self._unlisted

    def _having(self, needs: str) -> frozenset[str]:
        """The servers that have it."""
        key, chosen = json.loads(needs)
        pack, infos = self.packs.get(key), self._infos
        if pack is None:
            return frozenset()
        wanted = [(pack.parameters[name], value) for name, value in chosen.items() if name in pack.parameters]
        having = {
            digest
            for digest, info in {info.digest: info for info in infos.values()}.items()
            if offers_loras(pack, chosen, info)
            and all(
                spec.choices is None or spec.find(value) is not None
                for parameter, value in wanted
                for spec in specs_of(parameter, pack.graph, info)[:1]
            )
        }
        return frozenset(url for url, info in infos.items() if info.digest in having)

    def beyond(self, url: str) -> frozenset[str]:
        """The keys of the packs that this server cannot run."""
        if (unlisted := self._unlisted.get(url)) is not None:
            return frozenset(key for key, pack in self._as_written.items() if unlisted.lacks(pack))
        info = self._infos.get(url)
        return frozenset() if info is None else self._compared[info.digest].beyond

    def knows(self, url: str) -> bool:
        """Whether this server has said what it has, or that it does not say it."""
        return url in self._infos or url in self._unlisted

    def runs(self, url: str, key: str) -> bool:
        """Whether this server is known to be able to run a pack."""
        # Claims ask this in the ledger's thread, as `offers`.
        info, unlisted = self._infos.get(url), self._unlisted.get(url)
        if unlisted is not None:
            return (pack := self._as_written.get(key)) is not None and not unlisted.lacks(pack)
        compared = None if info is None else self._compared.get(info.digest)
        return compared is not None and key not in compared.lacks and key in self._as_written

    def takes(self, url: str, key: str, needs: str) -> bool:
        """Whether this server could be given a job of this pack with these needs. One that has not said yet what it
        has could.
        """
        return not self.knows(url) or (self.runs(url, key) and (not needs or self.offers(url, needs)))

    def runs_only_on(self, url: str) -> bool:
        """Whether there is a pack that this server can run, and no other that is known."""
        return url in self._only

    def _kept(self, packs: Mapping[str, Pack]) -> dict[str, Pack]:
        """Packs that were read again: one that has not changed stays the object that it was, so as not to be judged."""
        before = self._as_written
        return {
            key: known if (known := before.get(key)) is not None and pack.same_as(known) else pack
            for key, pack in packs.items()
        }

    def _take_packs(self) -> None:
        self._as_written = {**self._on_disk, **self._uploaded}
        self._settle()

    def _settle(self, judged: Compatibility | None = None) -> None:
        """Work out what follows from the packs and the servers: claims ask for it all the time."""
        heard = bool(self._compared)
        known = {**self._compared} if judged is None else {**self._compared, judged.info.digest: judged}
        # In the order of their addresses, not of their answers: the same servers always give the same ranges.
        infos = {self._infos[url].digest: self._infos[url] for url in sorted(self._infos)}
        self._compared = {digest: self._judged(info, known.get(digest)) for digest, info in infos.items()}
        packs = {key: self._served(key, pack) for key, pack in self._as_written.items()}
        same = [*packs] == [*self.packs] and all(pack is self.packs[key] for key, pack in packs.items())
        # The first server that speaks is news even where it changes nothing: until then nobody knew that.
        if not same or heard is not bool(self._compared):
            self.packs = packs
        self._offering = {}
        self._only = self._alone()

    def _alone(self) -> frozenset[str]:
        """The servers that are the only ones for some pack."""
        having: dict[bytes, list[str]] = {}
        for url, info in self._infos.items():
            having.setdefault(info.digest, []).append(url)
        able = ([digest for digest, one in self._compared.items() if key not in one.lacks] for key in self._as_written)
        only = (having[digests[0]] for digests in able if len(digests) == 1 and not self._unlisted)
        return frozenset(urls[0] for urls in only if len(urls) == 1)

    def _judged(self, info: ObjectInfo, before: Compatibility | None) -> Compatibility:
        if before is not None and before.packs is self._as_written:
            return before
        return compare(info, self._as_written, before, self.packs)

    def _served(self, key: str, pack: Pack) -> Pack:
        """The pack's parameters as the first server has them that can run it, else the first that there is."""
        first = min(self._compared.values(), key=lambda one: key in one.lacks, default=None)
        return pack if first is None else first.sharpened[key]
