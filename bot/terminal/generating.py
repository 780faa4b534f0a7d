"""`generate`: the same engine as in Discord, but with files and a progress bar in the terminal."""

import asyncio
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.comfyui import Connection, RunOutputs, Server, connection, offers
from bot.errors import BindError, ComfyError, Lost, NoOutput, PictureRefused, Unreachable
from bot.messages import explain_missing, explain_skipped, explain_substituted
from bot.pictures import clean
from bot.pictures.containers import HEAD, suffix_for
from bot.terminal.orders import (
    Order,
    WrongArguments,
    first_look,
    help_text,
    option_of,
    read_order,
    read_value,
    told_problems,
)
from bot.terminal.output import complain, say
from bot.terminal.progress_shown import shown
from bot.terminal.saving import save
from bot.terminal.wording import plain, told
from bot.workflows import (
    Graph,
    Library,
    OutputText,
    Pack,
    Parameter,
    Picked,
    bind,
    complete,
    default_of,
    names_for,
    needs,
    pick,
    substitutions,
)

_MADE, _NOT_MADE, _WRONG, _CANCELLED = 0, 1, 2, 130
_LARGEST_FILE: Final = 100 * 2**20
"""Bytes of an input image. ComfyUI accepts no larger request."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A job that is ready to run: its graph, and the server for it."""

    pack: Pack
    graph: Graph
    seed: object
    server: Server
    notes: tuple[str, ...] = ()


class _Nowhere(Exception):  # noqa: N818 - reads as what happened
    """No server can run the job; `lines` say why."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


async def generate(
    arguments: Sequence[str], library: Library, servers: Sequence[Server], finish: Callable[[bytes], bytes]
) -> int:
    """Carry out a command line (the arguments after `generate`) and return the exit status. `finish` is done to every
    file.

    If it is cancelled, it cancels its own prompt on the server, and no other.
    """
    pack: Pack | None = None
    try:
        wanted = first_look(arguments)
        if wanted.help and wanted.workflow is None:
            say(help_text(default_of(library.packs.values())), end="")
            return _MADE
        pack = _chosen(library, wanted.workflow)
        if wanted.help:
            say(help_text(pack), end="")
            return _MADE
        order = read_order(pack, arguments)
        _make_folder(order.folder)
        job = await _decide(order, pack, library, servers)
        return await _carry_out(order, job, finish)
    except WrongArguments as fault:
        return _complain(_WRONG, *fault.lines)
    except _Nowhere as fault:
        return _complain(_NOT_MADE, *fault.lines)
    except ComfyError as fault:
        return _complain(_NOT_MADE, told(fault, pack))
    except asyncio.CancelledError:
        _complain(_CANCELLED, "Cancelled.")
        raise


def _chosen(library: Library, name: str | None) -> Pack:
    if name is None:
        usual = default_of(library.packs.values())
        if usual is None:
            raise WrongArguments(f"No workflow takes a prompt. Choose one with --workflow: {_names(library)}.")
        return usual
    broken = [fault for fault in library.faults if fault.name == name]
    if broken:
        raise WrongArguments(*(f"{name} cannot be used: {line}" for line in broken[0].faults))
    wanted = name.casefold()
    found = next((one for one in library.packs.values() if wanted in {one.name.casefold(), one.title.casefold()}), None)
    if found is None:
        raise WrongArguments(f"There is no workflow “{name}”. Choose one of: {_names(library)}.")
    return found


def _names(library: Library) -> str:
    return ", ".join(library.packs) or "none"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise WrongArguments(f"Cannot use --out {folder}: {fault.strerror}. Choose another folder.") from None


async def _decide(order: Order, pack: Pack, library: Library, servers: Sequence[Server]) -> _Job:
    """Ask the servers what they have, check the values against it, and choose the server for the job."""
    heard = dict(zip(servers, await asyncio.gather(*(_load(server, library) for server in servers)), strict=True))
    loads = {server: load for server, load in heard.items() if isinstance(load, int)}
    if not loads:
        raise _Nowhere(*(told(fault, pack) for fault in heard.values() if isinstance(fault, Unreachable)))
    # The library has now added the types and ranges that the servers report.
    pack = library.packs[pack.name]
    offered = pack.offered
    files = {name: _file(offered[name], text) for name, text in order.texts.items() if offered[name].takes_file}
    values = {name: read_value(pack.offered[name], text) for name, text in order.texts.items()}
    try:
        values = complete(pack, values)
    except BindError as fault:
        raise WrongArguments(*told_problems(fault.problems, pack)) from None
    server = _best(pack, values, library, loads)
    bound = values | {name: await _uploaded(server, *file) for name, file in files.items()}
    try:
        graph = bind(pack, bound, await server.object_info())
    except BindError as fault:
        raise WrongArguments(*told_problems(fault.problems, pack)) from None
    info = await server.object_info()
    notes = () if info is None else explain_substituted(substitutions(pack, values, info))
    return _Job(pack, graph, values.get("seed"), server, notes)


async def _load(server: Server, library: Library) -> int | Unreachable:
    """The number of jobs on the server. The library also learns the server's nodes and models."""
    try:
        library.learn(server.url, await offers(server))
        return await server.load()
    except Unreachable as fault:
        return await server.explained(fault)


def _best(pack: Pack, values: Mapping[str, object], library: Library, loads: Mapping[Server, int]) -> Server:
    """The least busy server that can run the workflow; the first one in a tie."""
    lacking = library.lacking(pack.name)
    able = [server for server in loads if not lacking.get(server.url)]
    if not able:
        raise _Nowhere(*(f"{one.url}: “{pack.title}” {plain(explain_missing(lacking[one.url]))}." for one in loads))
    wanted = needs(pack, values)
    offering = [server for server in able if not wanted or library.offers(server.url, wanted)]
    return min(offering, key=lambda server: loads[server])


def _file(parameter: Parameter, path: str) -> tuple[bytes, str]:
    """The operator's file with the ending that fits it: an image as a plain PNG, a video or a sound as it is."""
    name = parameter.name
    try:
        if Path(path).stat().st_size > _LARGEST_FILE:
            raise WrongArguments(f"{option_of(name)}: {path} is larger than {_LARGEST_FILE // 2**20} MB.")
        content = Path(path).read_bytes()
        match parameter.type:
            case "video" | "audio":
                return content, suffix_for(parameter.type, content[:HEAD])
            case _:
                return clean(content), ".png"
    except OSError as fault:
        raise WrongArguments(f"{option_of(name)}: {path} cannot be read: {fault.strerror}.") from None
    except PictureRefused as fault:
        raise WrongArguments(f"{option_of(name)}: {path}: {told(fault, None)}") from None


async def _uploaded(server: Server, content: bytes, suffix: str) -> str:
    return await server.upload(content, f"darkroom-{hashlib.sha256(content).hexdigest()[:32]}{suffix}")


async def _carry_out(order: Order, job: _Job, finish: Callable[[bytes], bytes]) -> int:
    began_at = time.monotonic()
    async with connection(job.server) as server:
        async with shown(job.graph, sys.stderr) as listen:
            made = await server.run(job.graph, listen, over_socket=job.pack.outputs.websocket)
        for note in explain_skipped(made.skipped, job.graph):
            _complain(_MADE, plain(note))
        fetched = [(one, await _content(server, made, one)) for one in pick(job.pack, made.files)]
    seconds = time.monotonic() - began_at
    found = [(one, content) for one, content in fetched if content is not None]
    names = names_for([one for one, _ in found])
    named = [(name, content) for name, (_, content) in zip(names, found, strict=True)]
    named += _texts(made.texts or (() if named else made.spare_texts))
    if not named:
        return _complain(_NOT_MADE, told(NoOutput(), job.pack))
    named = [(name, await asyncio.to_thread(finish, content)) for name, content in named]
    stem = job.pack.name if job.seed is None else f"{job.pack.name}-{job.seed}"
    try:
        files = [save(order.folder, f"{stem}-{name.removeprefix('image-')}", content) for name, content in named]
    except OSError as fault:
        return _complain(_NOT_MADE, f"Cannot write to {order.folder}: {fault.strerror}. Choose another --out folder.")
    _tell(order, job, files, seconds, made.prompt_id)
    return _complain(_MADE, *map(plain, job.notes))


async def _content(server: Connection, made: RunOutputs, picked: Picked) -> bytes | None:
    """The bytes of a file; None if its existence was only a guess, and wrong."""
    try:
        return await server.content(made, picked.file)
    except Lost:
        if picked.file.guessed:
            return None
        raise


def _texts(texts: Iterable[OutputText]) -> list[tuple[str, bytes]]:
    words = dict.fromkeys(text.text for text in texts)
    return [(f"text-{number}.txt", f"{text}\n".encode()) for number, text in enumerate(words, start=1)]


def _tell(order: Order, job: _Job, files: Sequence[Path], seconds: float, prompt_id: str) -> None:
    if order.json:
        result = {
            "files": [str(file) for file in files],
            "seed": job.seed,
            "seconds": round(seconds, 3),
            "workflow": job.pack.name,
            "prompt_id": prompt_id,
        }
        say(json.dumps(result))
        return
    for file in files:
        say(str(file))
    seed = "" if job.seed is None else f", seed {job.seed}"
    complain(f"{job.pack.title}{seed}, {seconds:.1f} s")


def _complain(status: int, *lines: str) -> int:
    for line in lines:
        complain(line)
    return status
