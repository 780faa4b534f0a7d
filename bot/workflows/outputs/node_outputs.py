"""The outputs of a run's nodes -> the files and texts in them, found by their shape. Pure and total.

ComfyUI passes on whatever a node gives as its `ui`: every class calls its lists differently (images, gifs, audio, 3d,
text, tags, ...), and custom nodes leave fields out, nest lists, or give bare strings. The work grows with the size of
the outputs and no faster; what is kept of them is bounded.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from bot.workflows.outputs.output_files import OutputFile, OutputText, kind_of

MOST_FILES: Final = 1000
"""Files of one run. Far fewer are delivered, but which ones is only known once all nodes have been looked at."""
MOST_TEXTS: Final = 100
MOST_CHARACTERS: Final = 1_000_000
MOST_SPARE_CHARACTERS: Final = 20_000
"""Texts of one run, and characters in all of them: in those that are marked as texts, and in the others."""
_LONGEST_NAME: Final = 1000
"""Characters of a file's name with its folders; no file system takes a longer one."""

_FOLDERS: Final = frozenset({"output", "temp", "input"})
"""The values of `type` that `/view` knows; it takes `output` where nothing is said (server.py, `view_image`)."""
_TEXT_KEYS: Final = re.compile(
    r"text(?!ure)|string|caption|prompt|tags|descri"
    r"|^(?:tag|str|values?|responses?|answers?|messages?|content|words|display)$"
)
_FACT_KEYS: Final = frozenset(
    {
        "animated", "type", "subfolder", "format", "source", "content-type", "content_type", "media_type", "mime",
        "mime_type", "fullpath", "full_path", "workflow", "frame_rate", "camera_info", "metadata", "bus_id", "aux",
        "id", "node_id", "hash", "sha256",
    }
)  # fmt: skip
"""What describes a file or serves the editor: no member wants to read it."""
_FILE_KEYS: Final = re.compile(
    r"imag|img|pictur|photo|gif|anim|video|movie|clip|audio|sound|music|3d|mesh|model|glb|file|media|output|result"
    r"|preview|save"
)
"""Only under a key like one of these is a bare string the name of a file. Anywhere else it may be what a member typed,
and the names of other members' files are easy to guess.
"""
_ELSEWHERE: Final = re.compile(r"~?[/\\]|[A-Za-z]:[/\\]|file:", re.IGNORECASE)
"""How a path begins that does not lie below ComfyUI's own folders."""
_ANNOTATED: Final = re.compile(r" \[(output|temp)\]$")
"""ComfyUI's own way to say in a name which folder it is in (folder_paths.py, `annotated_filepath`)."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a run has left. `spare_texts` are strings that nobody marked as texts: worth showing where a run has nothing
    else. `sent` counts the images that nodes say they sent over the socket, by node.
    """

    files: tuple[OutputFile, ...] = ()
    texts: tuple[OutputText, ...] = ()
    spare_texts: tuple[OutputText, ...] = ()
    sent: Mapping[str, int] = field(default_factory=dict)


class _Role(Enum):
    """What the strings in a value are, by the key that it stands under."""

    FILE = "file"
    TEXT = "text"
    FACT = "fact"
    UNKNOWN = "unknown"


def read_outputs(outputs: object) -> Outputs:
    """What is in the `outputs` of a history entry: an object with each node's output under the node's id."""
    reader = _Reader()
    for node_id, output in outputs.items() if isinstance(outputs, Mapping) else ():
        reader.read(str(node_id), output)
    return reader.outputs()


def output_files(node_id: str, output: object) -> tuple[OutputFile, ...]:
    """The files in one node's output."""
    return read_outputs({node_id: output}).files


class _Texts:
    """Texts up to a number and a length, in characters, of all together. One that is cut ends in “…”."""

    def __init__(self, room: int) -> None:
        self.found: list[OutputText] = []
        self._room = room

    def add(self, node_id: str, text: str) -> None:
        if not self._room or len(self.found) >= MOST_TEXTS or not text.strip() or _is_path(text):
            return
        if len(text) > self._room:
            text = text[: self._room - 1] + "…"
        self._room -= len(text)
        self.found.append(OutputText(node_id, text))


class _Reader:
    """Collects what is found. Walks with a stack of its own, so that no nesting is too deep."""

    def __init__(self) -> None:
        self._files: dict[OutputFile, None] = {}
        self._texts = _Texts(MOST_CHARACTERS)
        self._spare = _Texts(MOST_SPARE_CHARACTERS)
        self._sent: dict[str, int] = {}

    def outputs(self) -> Outputs:
        return Outputs(tuple(self._files), tuple(self._texts.found), tuple(self._spare.found), self._sent)

    def read(self, node_id: str, output: object) -> None:
        stack: list[Iterator[tuple[_Role, object]]] = [iter([(_Role.UNKNOWN, output)])]
        while stack:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
                continue
            role, value = found
            if isinstance(value, str):
                self._string(node_id, role, value)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                self._number(node_id, role, value)
            elif isinstance(value, dict) and not self._is_file(node_id, value):
                stack.append(_members(value, role))
            elif isinstance(value, list):
                if _taken_apart(value):
                    self._string(node_id, role, "".join(value))
                else:
                    stack.append(_items(value, role))

    def _is_file(self, node_id: str, value: Mapping[str, object]) -> bool:
        """Whether an object is about one file, which is then noted: what else stands in it are facts about that."""
        name, subfolder, folder = (_text_in(value, key) for key in ("filename", "subfolder", "type"))
        if value.get("source") == "websocket":
            self._sent[node_id] = self._sent.get(node_id, 0) + 1
            return True
        if not name:
            name = _text_in(value, "name")
            if folder not in _FOLDERS or kind_of(name) == "file":
                return False
        path = f"{subfolder}/{name}" if subfolder else name
        self._file(node_id, path, folder if folder in _FOLDERS else "output")
        return True

    def _file(self, node_id: str, path: str, folder: str, *, guessed: bool = False) -> None:
        if len(self._files) >= MOST_FILES or not _stays_inside(path):
            return
        # `/view` looks at the last part of `filename` only: folders have to stand in `subfolder`.
        cut = max(path.rfind("/"), path.rfind("\\"))
        self._files.setdefault(OutputFile(node_id, path[cut + 1 :], path[: max(cut, 0)], folder, guessed))

    def _string(self, node_id: str, role: _Role, text: str) -> None:
        if role is _Role.FACT:
            return
        if role is _Role.FILE and (path := _file_named(text)) is not None:
            annotated = _ANNOTATED.search(path)
            folder = annotated[1] if annotated is not None else "output"
            self._file(node_id, _ANNOTATED.sub("", path), folder, guessed=True)
        elif role is _Role.TEXT:
            self._texts.add(node_id, text)
        elif not text.startswith("data:"):
            self._spare.add(node_id, text)

    def _number(self, node_id: str, role: _Role, number: float) -> None:
        if role is _Role.TEXT:
            self._spare.add(node_id, str(number))


def _text_in(value: Mapping[str, object], key: str) -> str:
    return text if isinstance(text := value.get(key), str) else ""


def _members(value: Mapping[str, object], role: _Role) -> Iterator[tuple[_Role, object]]:
    return ((_role_of(key, role), inner) for key, inner in value.items())


def _items(value: list[object], role: _Role) -> Iterator[tuple[_Role, object]]:
    return ((role, item) for item in value)


def _role_of(key: str, outer: _Role) -> _Role:
    name = key[:_LONGEST_NAME].lower()
    if outer is _Role.FACT or name in _FACT_KEYS:
        return _Role.FACT
    if _TEXT_KEYS.search(name):
        return _Role.TEXT
    return _Role.FILE if outer is _Role.UNKNOWN and _FILE_KEYS.search(name) else outer


def _taken_apart(value: list[object]) -> bool:
    """Whether a list is one string, letter by letter: ComfyUI does that to a node's string that is in no list of its
    own (execution.py, `get_output_from_returns` joins the lists of all calls).
    """
    return len(value) > 1 and all(isinstance(item, str) and len(item) == 1 for item in value)


def _file_named(text: str) -> str | None:
    """A bare string as the name of a file, by its extension; None if it isn't one: a web address is not."""
    name = text.strip() if len(text) <= _LONGEST_NAME else ""
    named = kind_of(_ANNOTATED.sub("", name)) != "file" and name.isprintable() and "://" not in name
    return name if named else None


def _stays_inside(path: str) -> bool:
    """Whether a path cannot lead out of the folder that it is looked for in."""
    if len(path) > _LONGEST_NAME or "\0" in path or _ELSEWHERE.match(path):
        return False
    # `/view` refuses two dots wherever they stand.
    return ".." not in path and path[-1:] not in {"", "/", "\\", "."}


def _is_path(text: str) -> bool:
    """Whether a text is only a path on the server: some nodes report where they wrote something."""
    text = text.strip()
    root = re.match(r"/|~/|[A-Za-z]:[\\/]|\\\\|file:", text)
    return root is not None and "\n" not in text and re.search(r"[\\/]", text[root.end() :]) is not None
