"""What an uploaded graph may do on the operator's machine. Pure.

A graph is data, but its nodes are code: some read or write files by a path, run programs, or talk to the network.
An operator's own files in `workflows/` are not checked: operators control the machine anyway.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Final

from bot.workflows.graphs.graph import Graph, link_source, node_title, shortened
from bot.workflows.graphs.input_kinds import feeding_files, files_from_nodes, kind_of_input, names_a_file
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import Parameter, Target
from bot.workflows.safety.admission import may_hold
from bot.workflows.safety.foreign_paths import climbs, in_another_folder, names_place, texts_in
from bot.workflows.safety.partners import SERVICES, is_partner, may_be_partner

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
    # Services that somebody pays for.
    *SERVICES,
    # Node packs that have such nodes under harmless names.
    *("VHS_LoadImages*", "VHS_LoadAudio", "Image Load*", "Image Save*", "Image Send*", "Load Cache", "Cache Node"),
    *("Text Random Prompt", "CR Load *", "CR Save *", "CR Output *", "SaveImageKJ", "SaveStringKJ", "WebcamCaptureCV2"),
    *("easy saveText*", "easy saveImage*", "easy loadImagesFor*", "Image Saver*", "ImageSaver*", "SaveImageExtended*"),
    *("SDPromptSaver*", "LoadImageFrom*"),
)
"""Node classes that an uploaded graph may not use unless the operator's setting says so: names and their patterns."""

_PLACES: Final = re.compile(
    r"prefix|path|folder|director|(^|_)dir(_|$)|file_?name|output_?name|^file$|ur[il](_|$)|webhook|endpoint",
    re.IGNORECASE,
)
"""Inputs whose value becomes a part of a file's path on the server, or an address."""


def forbidden(
    graph: Graph, allowed: tuple[str, ...] = (), infos: Iterable[ObjectInfo] = (), *, partners: bool = False
) -> tuple[str, ...]:
    """The node classes of an uploaded graph that it may not use, each once, in the graph's order.

    `allowed` is the operator's setting, names or patterns as `Load*`: only those may be used. Empty: all but `DENIED`
    and partner nodes. `partners`: the guild may use those.
    """
    classes = dict.fromkeys(node["class_type"] for node in graph.values())
    if allowed:
        return tuple(one for one in classes if not _matches(one, allowed))
    known = tuple(infos)
    return tuple(
        one
        for one in classes
        if not (partners and may_be_partner(one, known)) and (_matches(one, DENIED) or is_partner(one, known))
    )


def _matches(class_type: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(class_type.strip(), pattern.strip()) for pattern in patterns)


def leaving(graph: Graph, infos: Iterable[ObjectInfo] = ()) -> tuple[str, ...]:
    """Inputs of an uploaded graph that name a place outside ComfyUI's own folders, as `title.input`."""
    known = tuple(infos)
    places = Places(graph, known)
    found = [
        Target(node_id, name)
        for node_id, node in graph.items()
        for name, value in node["inputs"].items()
        if link_source(value) is None and any(places.refuse(Target(node_id, name), text) for text in texts_in(value))
    ]
    found += [target for info in known for target in files_from_nodes(graph, info)]
    return tuple(
        f"{shortened(node_title(graph, one.node_id))}.{shortened(one.input_name)}" for one in dict.fromkeys(found)
    )


class Places:
    """Which texts an uploaded graph may hold where: each server says what an input is for; without one, or besides,
    the input's name counts.
    """

    def __init__(self, graph: Graph, infos: Iterable[ObjectInfo] = ()) -> None:
        self._graph = graph
        self._known = [(info, feeding_files(graph, info)) for info in infos]

    def refuse(self, target: Target, text: str) -> bool:
        """Whether this input may not hold this text."""
        if not (names_place(text) or climbs(text) or in_another_folder(text)):
            return False
        class_type = self._graph[target.node_id]["class_type"]
        return _leaves(target.input_name, text, class_type) or any(
            _refused(info, class_type, target.input_name, text, feeds_files=target.node_id in feeding)
            for info, feeding in self._known
        )


def exposing(parameters: Iterable[Parameter], graph: Graph, infos: Iterable[ObjectInfo] = ()) -> tuple[str, ...]:
    """Parameters of an uploaded pack that would let a member type the name of a place on the server."""
    known = tuple(infos)
    return tuple(
        parameter.name
        for parameter in parameters
        if parameter.fixed is None
        and (
            (_is_free(parameter) and any(_PLACES.search(target.input_name) for target in parameter.targets))
            or (parameter.template is not None and _names_files(parameter, graph, known))
        )
    )


def _is_free(parameter: Parameter) -> bool:
    return parameter.type == "string" and parameter.choices is None and not parameter.server_choices


def _names_files(parameter: Parameter, graph: Graph, infos: Iterable[ObjectInfo]) -> bool:
    """Whether it sets an input that takes a file's name, around which no words may be put."""
    classes = [(graph[target.node_id]["class_type"], target.input_name) for target in parameter.targets]
    return any(names_a_file(info, class_type, name) for info in infos for class_type, name in classes)


def _refused(info: ObjectInfo, class_type: str, input_name: str, text: str, *, feeds_files: bool) -> bool:
    """Whether this server's word on the input speaks against the text."""
    spec = info.input(class_type, input_name)
    if spec is not None and spec.find(text) is not None:
        return False
    return not may_hold(kind_of_input(info, class_type, input_name), text, feeds_files=feeds_files)


def _leaves(input_name: str, text: str, class_type: str) -> bool:
    """The name of a place is checked strictly; any other text only for what climbs: a prompt may begin with a slash."""
    if class_type.startswith("Load") and in_another_folder(text):
        return True
    return names_place(text) if _PLACES.search(input_name) else climbs(text)
