"""Texts that name a place outside ComfyUI's own folders: a path from the root, a drive, a share, an address. Pure.

Everything here takes time in proportion to the text: strangers write it.
"""

import string
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

_EDGES: Final = "\"'`" + "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What a node may take off around a name before it opens the file: quotes, and every space that Unicode has."""
_BETWEEN: Final = str.maketrans(dict.fromkeys(";|=\"'`[]()<>", ","))
"""What may stand between the names in a text of several."""
_ROOTS: Final = ("/", "\\", "~")
_SCHEME: Final = frozenset(string.ascii_letters + string.digits + "+.-")
_OTHERS: Final = ("[output]", "[temp]")
_FOLDERS: Final = frozenset({
    *("ALLUSERSPROFILE", "APPDATA", "HOME", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "ONEDRIVE", "PROGRAMDATA"),
    *("PROGRAMFILES", "PUBLIC", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "WINDIR"),
})  # fmt: skip
"""What Windows calls its folders; ComfyUI has names of its own between percent signs, for the date for one."""
_LONGEST_ENDING: Final = 8


def names_place(text: str) -> bool:
    """Whether a line of the text is, or begins as, a path out of the folders, or an address; or one of several names in
    it is, such as those of a list.
    """
    return "\0" in text or any(_leads_out(line) or _lists_place(line) for line in text.splitlines())


def names_file_elsewhere(text: str) -> bool:
    """Whether a line of the text can hardly be anything but the path of a file elsewhere: “/imagine a cat” is not."""
    return "\0" in text or any(_leads_out(line) and _is_one_name(line) for line in text.splitlines())


def climbs(text: str) -> bool:
    """Whether the text as a whole is a path that goes up: for inputs of which nothing is known."""
    plain = text.strip()
    if plain.startswith(("../", "..\\")):
        return True
    return len(plain.split(None, 1)) == 1 and ".." in _segments(plain)[1:-1]


def in_another_folder(text: str) -> bool:
    """Whether ComfyUI takes the named file from another folder than its input: there lie the images of others."""
    return any(name.strip(_EDGES).endswith(_OTHERS) for name in (*text.splitlines(), *text.split(",")))


def texts_in(value: object) -> Iterator[str]:
    """Every text in an input's value, which may be a list or an object, whose keys are texts as well."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as items:
                waiting += items
            case dict() as items:
                waiting += [*items, *items.values()]


def _leads_out(line: str) -> bool:
    plain = line.strip(_EDGES)
    return _leads(plain) or ("%" in plain and _leads(unquote(plain).strip(_EDGES)))


def _leads(plain: str) -> bool:
    if plain.startswith(_ROOTS) or (plain[1:2] == ":" and plain[0] in string.ascii_letters) or _is_variable(plain):
        return True
    scheme, mark, rest = plain.partition(":")
    if mark and (scheme.casefold() == "file" or (scheme and rest.startswith("//") and _SCHEME.issuperset(scheme))):
        return True
    return ".." in _segments(plain)


def _is_variable(plain: str) -> bool:
    """`$HOME/x`, `${HOME}/x`, `%APPDATA%/x`: the folder that the server's environment names."""
    name = plain[1:].replace("\\", "/").partition("/")[0]
    if plain.startswith("$"):
        return name.strip("{}").isidentifier() and len(plain) > len(name) + 1
    return plain.startswith("%") and name.endswith("%") and name[:-1].upper() in _FOLDERS


def _lists_place(line: str) -> bool:
    """Whether one of several names leads out: only what can hardly be anything else, since prose has commas too."""
    return any(
        _leads_out(name) and ("/" in name or "\\" in name)
        for name in (part.strip(_EDGES) for part in line.translate(_BETWEEN).split(","))
        if len(name.split(None, 1)) == 1 and len(name) > 1
    )


def _segments(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\\", "/").split("/")]


def _is_one_name(line: str) -> bool:
    plain = line.strip().strip("\"'`")
    if len(plain.split(None, 1)) == 1:
        return True
    _, dot, ending = plain.rpartition(".")
    return bool(dot) and 0 < len(ending) <= _LONGEST_ENDING and ending.isalnum()
