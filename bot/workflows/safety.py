"""What an uploaded graph may do on the operator's machine. Pure.

A graph is data, but its nodes are code: some read or write files by a path, run programs, or talk to the network.
An operator's own files in `workflows/` are not checked: he has the machine anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final

from bot.workflows.graph import Graph, node_title, shortened
from bot.workflows.object_info import ObjectInfo
from bot.workflows.parameters import Parameter

DENIED: Final[tuple[str, ...]] = (
    # ComfyUI's own: what others have made with this server, folders of training data, and writing models to disk.
    *("LoadImageOutput", "*DataSetFromFolder", "*DataSetToFolder", "*TrainingDataset", "TrainLoraNode"),
    *("CheckpointSave", "CLIPSave", "VAESave", "ModelSave", "ImageOnlyCheckpointSave", "SaveLoRA", "LoraSave"),
    # Its shaders run on the graphics card as they are written.
    "GLSLShader",
    # Anything by a path, a folder or a file's name.
    *("*Path", "*Path *", "*(Path)*", "*_Path*", "*_path*", "*FromPath*", "*ByPath*", "*[Ff]rom [Pp]ath*"),
    *("*Folder*", "*folder*", "*Directory*", "*directory*", "*FromDir*", "*_dir_*", "*FromFile*", "*From File*"),
    *("LoadText*", "*Load Text*", "*SaveText*File*", "SaveText|*", "*Save Text*", "*Text File*", "*TextFile*"),
    *("*ReadFile*", "*WriteFile*", "*DeleteFile*", "*FileReader*", "*Load*Batch", "*ToDisk*"),
    *("*FromDisk*", "*Pickle*", "*CSV*", "*Save*JSON*", "*Load*JSON*", "*Load*Sequence*", "*Save*Sequence*"),
    # The network.
    *("*URL*", "*Url*", "*url", "*_url*", "*HTTP*", "*Http*", "*Download*", "*download*", "*Webhook*", "*Discord*"),
    *("*UploadTo*", "*Upload to*", "*GoogleDrive*", "*Google Drive*", "*S3*", "*Request*", "*Fetch*", "*FTP*", "*SSH*"),
    # Code, in whatever language, and programs.
    *("*Python*", "*python*", "*Exec", "*Exec[!u]*", "*Execute*", "*Eval", "*Eval *", "*EvalPy*", "*Evaluate*"),
    *("*Script*", "*Shell*", "*Subprocess*", "*Bash*", "*Terminal*", "*CommandLine*", "*Command Line*", "*RunCode*"),
    *("*Lambda*", "*JavaScript*", "*Jinja*", "*[Ff][Ff]mpeg*", "*FFMPEG*", "AnyNode*", "Screencap*", "*ScreenShare*"),
    # Services that somebody pays for: ComfyUI's own API nodes and other people's.
    *("*OpenAI*", "*ChatGPT*", "*GPT4*", "*Gemini*", "*Anthropic*", "*Claude*", "*Ollama*", "Griptape*", "*Grok*Node"),
    *("*API", "*API_*", "* API *", "*Api", "*ApiNode*", "Kling*Node", "IdeogramV*", "Recraft*Node", "Luma*Node"),
    *("Minimax*Node", "Pixverse*Node", "Runway*Node", "StabilityStable*Node", "FluxPro*Node", "Veo*Node", "Vidu*Node"),
    *("ByteDance*Node", "Tripo*Node", "Rodin3D_*", "Moonvalley*Node", "Topaz*", "Sora*Node", "LtxvApi*"),
    # Packs that have such nodes under names that say nothing of it.
    *("VHS_LoadImages*", "VHS_LoadAudio", "Image Load*", "Image Save*", "Image Send*", "Load Cache", "Cache Node"),
    *("Text Random Prompt", "CR Load *", "CR Save *", "CR Output *", "SaveImageKJ", "SaveStringKJ", "WebcamCaptureCV2"),
    *("easy saveText*", "easy saveImage*", "easy loadImagesFor*", "Image Saver*", "ImageSaver*", "SaveImageExtended*"),
    *("SDPromptSaver*", "LoadImageFrom*"),
)
"""Node classes that an uploaded graph may not use unless the operator's setting says so: names and their patterns."""

_PAID: Final = ("comfy_api_nodes", "api node", "api nodes")
"""How the module or the category of ComfyUI's own API nodes begins: they ask servers of others."""

_OUTSIDE: Final = re.compile(
    r"^\s*[/\\~]"  # from the root, a share, or somebody's home
    r"|^\s*[A-Za-z]:"  # a drive
    r"|(?:^|[/\\])\s*\.\.\s*(?:[/\\]|$)"  # up
    r"|^\s*[A-Za-z][A-Za-z0-9+.-]*://"
    r"|\x00"
)
_CLIMBS: Final = re.compile(r"^\s*\.\.[/\\]|^\S*[/\\]\.\.[/\\]\S*$")
_OTHERS: Final = re.compile(r"\[(?:output|temp)\]\s*$")
"""How ComfyUI is told to take a file from another folder than its input: there lie the pictures of others."""
_PLACES: Final = re.compile(
    r"prefix|path|folder|director|(^|_)dir(_|$)|file_?name|output_?name|^file$|ur[il](_|$)|webhook|endpoint",
    re.IGNORECASE,
)
"""Inputs whose value becomes a part of a file's path on the server, or an address."""


def forbidden(graph: Graph, allowed: tuple[str, ...] = (), infos: Iterable[ObjectInfo] = ()) -> tuple[str, ...]:
    """The node classes of an uploaded graph that it may not use, each once, in the graph's order.

    `allowed` is the operator's setting, names or patterns as `Load*`: only those may be used. Empty: all but `DENIED`
    and those of which one of the servers says that they ask servers of others.
    """
    classes = dict.fromkeys(node["class_type"] for node in graph.values())
    if allowed:
        return tuple(one for one in classes if not _matches(one, allowed))
    known = tuple(infos)
    return tuple(one for one in classes if _matches(one, DENIED) or any(_paid(one, info) for info in known))


def _matches(class_type: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(class_type.strip(), pattern.strip()) for pattern in patterns)


def _paid(class_type: str, info: ObjectInfo) -> bool:
    entry = info.entry(class_type)
    told = (entry.get("python_module"), entry.get("category"))
    return entry.get("api_node") is True or any(isinstance(one, str) and one.startswith(_PAID) for one in told)


def leaving(graph: Graph) -> tuple[str, ...]:
    """Inputs of an uploaded graph that name a place outside ComfyUI's own folders, as `title.input`."""
    return tuple(
        f"{shortened(node_title(graph, node_id))}.{shortened(name)}"
        for node_id, node in graph.items()
        for name, value in node["inputs"].items()
        if any(_leaves(name, text, node["class_type"]) for text in _texts(value))
    )


def exposing(parameters: Iterable[Parameter]) -> tuple[str, ...]:
    """Parameters of an uploaded pack that would let a member type the name of a place on the server."""
    return tuple(
        parameter.name
        for parameter in parameters
        if parameter.type == "string"
        and parameter.fixed is None
        and parameter.choices is None
        and not parameter.server_choices
        and any(_PLACES.search(target.input_name) for target in parameter.targets)
    )


def _leaves(input_name: str, text: str, class_type: str) -> bool:
    """The name of a place is checked strictly; any other text only for what climbs: a prompt may begin with a slash."""
    if class_type.startswith("Load") and _OTHERS.search(text):
        return True
    return bool((_OUTSIDE if _PLACES.search(input_name) else _CLIMBS).search(text))


def _texts(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as items:
                waiting += items
            case dict() as items:
                waiting += items.values()
