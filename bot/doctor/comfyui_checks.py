"""Judges what the ComfyUI servers report, and whether they can run the workflows. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from bot.comfyui import Abilities, Survey
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
"""The kinds of models to count, and the node and input that list each."""
_COMFYUI: Final = "ComfyUI"
_EVERY_ADDRESS: Final[Mapping[str | None, str]] = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - not listened at
_ITSELF: Final = frozenset({"127.0.0.1", "::1", "localhost", *_EVERY_ADDRESS})
_HOST_OF_CONTAINER: Final = "host.docker.internal"
"""The machine that a container runs on, as `compose.yaml` (`extra_hosts`) and Docker Desktop name it."""
_GIB: Final = 2**30
_SLOW_SECONDS: Final = 2.0
"""A ComfyUI normally answers in milliseconds, and stalls for some tenths of a second after a job."""


def check_server(
    url: str,
    heard: tuple[Survey, ObjectInfo | None] | NotComfyUI | str,
    *,
    ours: bool = False,
    foreign: int = 0,
    contained: bool = False,
) -> Iterator[Finding]:
    """One server. `heard` is what it reported, what answers in its place, or why no answer came. `ours`: the bot itself
    starts this server. `foreign`: so many of its prompts are not the bot's. `contained`: the bot runs in a container.
    """
    area = f"ComfyUI {url}"
    if (host := urlsplit(url).hostname) in _EVERY_ADDRESS:
        text = f"{host} means every address of a machine: a server listens there, but not every system finds it there."
        yield Finding(Level.WARNING, area, text, f"Write {_EVERY_ADDRESS[host]} in COMFYUI_URLS, or its real address.")
    if isinstance(heard, NotComfyUI):
        yield Finding(Level.FAULT, area, heard.reason, heard.advice)
        return
    if isinstance(heard, str) and ours:
        yield Finding(Level.OK, area, "It is not running now. The bot starts it (COMFYUI_COMMAND).")
        return
    if isinstance(heard, str):
        advice = f"Start it, or correct COMFYUI_URLS. {_elsewhere(url, contained=contained)}"
        yield Finding(Level.FAULT, area, f"No answer from ComfyUI: {heard}.", advice)
        return
    survey, info = heard
    own = (_cancelling, _socket, _bodies, _previews, _memory) if survey.abilities == Abilities() else (_lacking,)
    listed = (_unsaved, _models) if survey.abilities.images_over_socket else (_models,)
    for level, text, advice in (
        _version(survey, foreign),
        *_speed(survey),
        *(check(survey) for check in own),
        *(() if info is None else (check(info) for check in listed)),
    ):
        yield Finding(level, area, text, advice)


def check_command(command: Sequence[str], path: str | None) -> Iterator[Finding]:
    """Whether the program of COMFYUI_COMMAND was found; `path` is where."""
    if command and path is None:
        advice = "Write its full path in COMFYUI_COMMAND."
        yield Finding(Level.FAULT, "ComfyUI", f"COMFYUI_COMMAND: the program {command[0]} was not found.", advice)


def check_workflows(library: Library, faults: Sequence[PackError], urls: Sequence[str]) -> Iterator[Finding]:
    """Each pack: its faults, where it runs, and what is missing elsewhere. `urls`: the servers that answered."""
    for fault in faults:
        for line in fault.faults:
            yield Finding(Level.FAULT, WORKFLOWS, f"{fault.name}: {line}.", "docs/manifest.md explains every key.")
    if not library.packs:
        yield Finding(Level.FAULT, WORKFLOWS, "No workflows found.", "Put one into the WORKFLOWS_DIR folder.")
    elif not urls:
        names = ", ".join(library.packs)
        yield Finding(Level.WARNING, WORKFLOWS, f"No server can be used, so nothing is known about these: {names}.")
    else:
        usual = default_of(library.packs.values())
        if usual is None:
            advice = "Give one of them a parameter called prompt."
            yield Finding(Level.WARNING, WORKFLOWS, "None takes a prompt, so /imagine has nothing to run.", advice)
        for pack in library.packs.values():
            yield from _pack(pack, library, urls, usual=pack is usual)


def _elsewhere(url: str, *, contained: bool) -> str:
    """What is different if ComfyUI is not where the bot is."""
    parts = urlsplit(url)
    if not contained or parts.hostname not in _ITSELF:
        return "On another machine, it needs --listen and a private network."
    port = "" if parts.port is None else f":{parts.port}"
    return (
        f"In a container, {parts.hostname} is the container itself: a ComfyUI on this machine is "
        f"{parts.scheme}://{_HOST_OF_CONTAINER}{port}, and needs --listen."
    )


_Judged = tuple[Level, str, str | None]


def _version(survey: Survey, foreign: int) -> _Judged:
    queue = f"; {survey.waiting} in its queue" if survey.waiting else ""
    queue += f", {foreign} of them started in ComfyUI itself" if foreign else ""
    if not survey.version and not survey.abilities.lists_nodes and survey.api == _COMFYUI:
        return Level.OK, f"Connected{queue}.", None
    told = ".".join(map(str, survey.version)) or ("(unknown version)" if survey.api == _COMFYUI else "")
    if survey.version and survey.version < _TAKES_PROMPT_ID:
        advice = "Update it to 0.3.45 or newer. The bot needs that to find its jobs again after a restart."
        return Level.FAULT, f"ComfyUI {told} is too old.", advice
    return Level.OK, f"Connected: {f'{survey.api} {told}'.strip()}{queue}.", None


def _speed(survey: Survey) -> Iterator[_Judged]:
    if survey.seconds >= _SLOW_SECONDS:
        advice = "Check what keeps its machine or the network busy. After 15 s without an answer it counts as down."
        yield Level.WARNING, f"It is slow: it took {survey.seconds:.0f} s to answer a short request.", advice


def _cancelling(survey: Survey) -> _Judged:
    if survey.jobs_api:
        return Level.OK, "Cancelling always stops the right job (jobs API).", None
    if survey.version >= _TARGETED_INTERRUPT:
        return (
            Level.OK,
            f"Cancelling always stops the right job (by its id; the jobs API comes with {_of(_JOBS_API)}).",
            None,
        )
    advice = f"Update it to {_of(_TARGETED_INTERRUPT)} or newer if people also use it without the bot."
    return Level.WARNING, "Cancelling a job in its last moment may stop the next one instead.", advice


def _lacking(survey: Survey) -> _Judged:
    """What this kind of server cannot do: nobody has to look for the cause."""
    able = survey.abilities
    media = ", ".join(sorted({"video", "audio"} - able.outputs))
    lacks = (
        ("shows no progress", not able.progress),
        ("sends no previews", not able.previews),
        ("cannot stop what runs", not able.stops_running),
        (f"hands over no {media}", bool(media)),
        ("does not list its nodes and models", not able.lists_nodes),
        ("cannot unload its models", not able.frees_memory),
    )
    said = "; ".join(text for text, lacking in lacks if lacking)
    return Level.OK, f"A server of this kind {said}." if said else "It can do all that ComfyUI can.", None


def _socket(survey: Survey) -> _Judged:
    if survey.websocket:
        return Level.OK, "The websocket works.", None
    if survey.seconds >= _SLOW_SECONDS:
        return Level.WARNING, "Opening the websocket timed out.", "Fix what makes it slow, then run the doctor again."
    advice = "If there is a proxy in front of it, let the proxy forward websockets (path /ws)."
    return Level.WARNING, "The websocket does not open. Jobs still run, but without live progress.", advice


def _bodies(survey: Survey) -> _Judged:
    match survey.sent_status:
        case 200:
            return Level.OK, "Large uploads reach it.", None
        case 413:
            advice = "Raise the limit of the proxy in front of it. nginx: client_max_body_size 100m."
            return Level.WARNING, "Uploads over 1 MB do not reach it (413).", advice
        case 401 | 403 as status:
            advice = "Let the proxy in front of it forward POST requests to every path."
            return Level.FAULT, f"It refuses what the bot sends ({status}), so no job can be queued.", advice
        case status:
            advice = "Check what is in front of it, and its log."
            return Level.WARNING, f"A large upload fails{f' ({status})' if status else ''}.", advice


def _previews(survey: Survey) -> _Judged:
    said = " ".join(survey.arguments).replace("=", " ").split()
    method = said[said.index("--preview-method") + 1 :][:1] if "--preview-method" in said else []
    if method in ([], ["none"]):
        advice = "Start it with --preview-method auto (or latent2rgb, which costs least)."
        return Level.WARNING, "Live previews are off, unless its settings turn them on.", advice
    told = "each names its job" if survey.preview_metadata else "they do not name their job, but the websocket does"
    return Level.OK, f"Live previews are on ({method[0]}); {told}.", None


def _unsaved(info: ObjectInfo) -> _Judged:
    sender = sender_of(info)
    if sender is not None:
        return Level.OK, f"Images can stay off its disk: it has {sender}.", None
    return Level.OK, "Images are always saved on its disk: it has no node that sends them over the websocket.", None


def _memory(survey: Survey) -> _Judged:
    told = [f"{one.name}, {one.vram_free / _GIB:.1f} of {one.vram_total / _GIB:.1f} GiB free" for one in survey.devices]
    return Level.OK, f"Devices: {'; '.join(told) or 'unknown'}.", None


def _models(info: ObjectInfo) -> _Judged:
    counted: dict[str, int] = {}
    for name, (class_type, input_name) in _MODELS.items():
        spec = info.input(class_type, input_name)
        counted[name] = len(spec.choices or ()) if spec is not None else 0
    told = ", ".join(f"{count} {name if count > 1 else name[:-1]}" for name, count in counted.items() if count)
    if counted["checkpoints"] or counted["diffusion models"]:
        return Level.OK, f"Models: {told}.", None
    advice = "Put one into the folder models/checkpoints of ComfyUI."
    return Level.WARNING, f"No checkpoint or diffusion model found{f' ({told})' if told else ''}.", advice


def _pack(pack: Pack, library: Library, urls: Sequence[str], *, usual: bool) -> Iterator[Finding]:
    lacking = library.lacking(pack.name)
    able = [url for url in urls if not lacking.get(url)]
    named = f"{pack.name} (/imagine)" if usual else pack.name
    if able:
        where = "every server" if len(able) == len(urls) else ", ".join(able)
        yield Finding(Level.OK, WORKFLOWS, f"{named} runs on {where}.")
        return
    # One finding, however many servers there are: it shows the server that lacks least.
    url = min(urls, key=lambda one: len(lacking[one]))
    where = url if len(urls) == 1 else f"any server; {url} lacks least"
    yield Finding(
        Level.FAULT if usual else Level.WARNING,
        WORKFLOWS,
        f"{named} cannot run on {where}: it {explain_missing(lacking[url]).replace('`', '')}.",
        "Install it there, or change the workflow to use a model that the server has."
        if any(one.input_name for one in lacking[url])
        else "Update ComfyUI, or install the custom nodes that provide it.",
    )


def _of(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
