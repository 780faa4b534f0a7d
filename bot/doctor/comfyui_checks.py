"""What the ComfyUI servers say about themselves, and the workflows that they are to run, judged. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.comfyui import Survey
from bot.doctor.findings import Finding, Level
from bot.errors import NotComfyUI, PackError
from bot.messages import explain_missing
from bot.workflows import Library, ObjectInfo, Pack, default_of, sender_of

WORKFLOWS: Final = "Workflows"
_TAKES_PROMPT_ID: Final = (0, 3, 45)
_TARGETED_INTERRUPT: Final = (0, 3, 64)
_JOBS_API: Final = (0, 26)
_MODELS: Final[Mapping[str, tuple[str, str]]] = {
    "checkpoints": ("CheckpointLoaderSimple", "ckpt_name"),
    "diffusion models": ("UNETLoader", "unet_name"),
    "LoRAs": ("LoraLoader", "lora_name"),
    "ControlNets": ("ControlNetLoader", "control_net_name"),
    "upscale models": ("UpscaleModelLoader", "model_name"),
}
"""What to count, and the node that lists it."""
_GIB: Final = 2**30
_SLOW_SECONDS: Final = 2.0
"""A ComfyUI answers in milliseconds, and stalls for some tenths of a second after a job."""


def check_server(
    url: str, heard: tuple[Survey, ObjectInfo] | NotComfyUI | str, *, ours: bool = False
) -> Iterator[Finding]:
    """One server: what it said, what is there instead of it, or why it said nothing. `ours`: the bot starts it when it
    starts itself.
    """
    area = f"ComfyUI {url}"
    if isinstance(heard, NotComfyUI):
        yield Finding(Level.FAULT, area, heard.reason, heard.advice)
        return
    if isinstance(heard, str) and ours:
        yield Finding(Level.OK, area, "It does not run now; the bot starts it (COMFYUI_COMMAND).")
        return
    if isinstance(heard, str):
        yield Finding(
            Level.FAULT,
            area,
            f"It does not answer: {heard}.",
            "Start it, or correct COMFYUI_URLS. On another machine it needs --listen and a private network.",
        )
        return
    survey, info = heard
    for level, text, advice in (
        _version(survey),
        *_speed(survey),
        _cancelling(survey),
        _socket(survey),
        _previews(survey),
        _unsaved(info),
        _memory(survey),
        _models(info),
    ):
        yield Finding(level, area, text, advice)


def check_command(command: Sequence[str], path: str | None) -> Iterator[Finding]:
    """Whether there is such a program (its `path`) to start a ComfyUI with."""
    if command and path is None:
        advice = "Write its whole path into COMFYUI_COMMAND."
        yield Finding(Level.FAULT, "ComfyUI", f"There is no program {command[0]} to start one with.", advice)


def check_workflows(library: Library, faults: Sequence[PackError], urls: Sequence[str]) -> Iterator[Finding]:
    """Each pack: whether it is in order, where it runs, what is missing where. `urls`: the servers that answered."""
    for fault in faults:
        for line in fault.faults:
            yield Finding(Level.FAULT, WORKFLOWS, f"{fault.name}: {line}.", "docs/workflows.md has every key.")
    if not library.packs:
        yield Finding(Level.FAULT, WORKFLOWS, "There are none.", "Put one into the folder WORKFLOWS_DIR.")
    elif not urls:
        names = ", ".join(library.packs)
        yield Finding(Level.WARNING, WORKFLOWS, f"Who can run them is not known, since no server can be used: {names}.")
    else:
        usual = default_of(library.packs.values())
        if usual is None:
            advice = "Give one a parameter that is called prompt."
            yield Finding(Level.WARNING, WORKFLOWS, "None takes a prompt: /imagine has nothing to run.", advice)
        for pack in library.packs.values():
            yield from _pack(pack, library, urls, usual=pack is usual)


_Judged = tuple[Level, str, str | None]


def _version(survey: Survey) -> _Judged:
    told = ".".join(map(str, survey.version)) or "of an unknown version"
    queue = f"; {survey.waiting} in its queue" if survey.waiting else ""
    if survey.version and survey.version < _TAKES_PROMPT_ID:
        advice = "Update it: from 0.3.45 on it lets the bot name its jobs, and find them again after a restart."
        return Level.FAULT, f"It is ComfyUI {told}, which is too old.", advice
    return Level.OK, f"It answers: ComfyUI {told}{queue}.", None


def _speed(survey: Survey) -> Iterator[_Judged]:
    if survey.seconds >= _SLOW_SECONDS:
        advice = "Look at what keeps its machine or the network busy: after 15 s without an answer it counts as away."
        yield Level.WARNING, f"It is slow: it took {survey.seconds:.0f} s to answer a short question.", advice


def _cancelling(survey: Survey) -> _Judged:
    if survey.jobs_api:
        return Level.OK, "Cancelling is exact: it has the jobs API.", None
    if survey.version >= _TARGETED_INTERRUPT:
        return (
            Level.OK,
            f"Cancelling is exact: its interrupt takes an id (the jobs API comes with {_of(_JOBS_API)}).",
            None,
        )
    advice = f"Update it to {_of(_TARGETED_INTERRUPT)} or newer if people use it beside the bot."
    return Level.WARNING, "Cancelling at the last moment of a job may stop the one after it.", advice


def _socket(survey: Survey) -> _Judged:
    if survey.websocket:
        return Level.OK, "The websocket opens.", None
    if survey.seconds >= _SLOW_SECONDS:
        return Level.WARNING, "The websocket did not open in time.", "Mend what makes it slow, then look again."
    advice = "If a proxy stands in front of it, let it pass websockets on (path /ws)."
    return Level.WARNING, "The websocket does not open: pictures are made, but nobody sees their progress.", advice


def _previews(survey: Survey) -> _Judged:
    said = " ".join(survey.arguments).replace("=", " ").split()
    method = said[said.index("--preview-method") + 1 :][:1] if "--preview-method" in said else []
    if method in ([], ["none"]):
        advice = "Start it with --preview-method auto (or latent2rgb, which costs least)."
        return Level.WARNING, "Live previews are off, unless its settings turn them on.", advice
    told = (
        "each names its job" if survey.preview_metadata else "without their job's name, as the socket tells it anyway"
    )
    return Level.OK, f"Live previews are on ({method[0]}); {told}.", None


def _unsaved(info: ObjectInfo) -> _Judged:
    sender = sender_of(info)
    if sender is not None:
        return Level.OK, f"Pictures can stay off its disk: it has {sender}.", None
    return Level.OK, "Pictures are always saved on its disk: it has no node that sends them over the websocket.", None


def _memory(survey: Survey) -> _Judged:
    told = [f"{one.name}, {one.vram_free / _GIB:.1f} of {one.vram_total / _GIB:.1f} GiB free" for one in survey.devices]
    return Level.OK, f"It computes on {' and '.join(told) or 'what it does not say'}.", None


def _models(info: ObjectInfo) -> _Judged:
    counted: dict[str, int] = {}
    for name, (class_type, input_name) in _MODELS.items():
        spec = info.input(class_type, input_name)
        counted[name] = len(spec.choices or ()) if spec is not None else 0
    told = ", ".join(f"{count} {name if count > 1 else name[:-1]}" for name, count in counted.items() if count)
    if counted["checkpoints"] or counted["diffusion models"]:
        return Level.OK, f"Models: {told}.", None
    advice = "Put one into models/checkpoints beside its main.py."
    return Level.WARNING, f"It has no model that makes pictures{f' ({told})' if told else ''}.", advice


def _pack(pack: Pack, library: Library, urls: Sequence[str], *, usual: bool) -> Iterator[Finding]:
    lacking = library.lacking(pack.name)
    able = [url for url in urls if not lacking.get(url)]
    named = f"{pack.name} (/imagine)" if usual else pack.name
    if able:
        where = "every server" if len(able) == len(urls) else ", ".join(able)
        yield Finding(Level.OK, WORKFLOWS, f"{named} runs on {where}.")
        return
    # One line, however many servers there are: what is missing on the one that lacks least.
    url = min(urls, key=lambda one: len(lacking[one]))
    where = url if len(urls) == 1 else f"any server; {url} is nearest"
    yield Finding(
        Level.FAULT if usual else Level.WARNING,
        WORKFLOWS,
        f"{named} does not run on {where}: it {explain_missing(lacking[url]).replace('`', '')}.",
        "Put that where it belongs, or give the workflow one that is there."
        if any(one.input_name for one in lacking[url])
        else "Update ComfyUI, or install the custom nodes that bring it.",
    )


def _of(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
