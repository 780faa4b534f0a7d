"""The server's folders on disk: uploads, outputs, and temporary files that die with the process."""

import posixpath
import random
import shutil
from pathlib import Path
from typing import Final, Literal, get_args

from aiohttp import web

FolderType = Literal["input", "output", "temp"]


class Storage:
    """input and output outlive a restart, temp does not."""

    def __init__(self, base: Path) -> None:
        self._base: Final = base
        # A process marks its temporary files with letters of its own.
        self.temp_mark: Final = "".join(random.choices("abcdefghijklmnopqrstupvxyz", k=5))
        shutil.rmtree(base / "temp", ignore_errors=True)
        for name in get_args(FolderType):
            (base / name).mkdir(parents=True, exist_ok=True)

    def inputs(self) -> list[str]:
        return sorted(path.name for path in (self._base / "input").iterdir() if path.is_file())

    def path(self, filename: str, subfolder: str, folder_type: str) -> Path:
        """Raises HTTPBadRequest for a name that climbs out and HTTPForbidden for such a folder."""
        if folder_type not in get_args(FolderType) or not filename or filename[0] == "/" or ".." in filename:
            raise web.HTTPBadRequest
        top = (self._base / folder_type).resolve()
        folder = (top / subfolder).resolve()
        if not folder.is_relative_to(top):
            raise web.HTTPForbidden
        return folder / Path(filename).name

    def annotated(self, name: str) -> Path:
        """A LoadImage value: a file in input, or elsewhere when it ends in ` [output]`. As in the real one, a name that
        begins with a slash is the path of any file of the machine.
        """
        folder_type = "input"
        for candidate in get_args(FolderType):
            if name.endswith(f" [{candidate}]"):
                name, folder_type = name.removesuffix(f" [{candidate}]"), candidate
        return self._base / folder_type / name

    def upload(self, content: bytes, filename: str, subfolder: str, folder_type: str, *, overwrite: bool) -> str:
        """The name it got: a name that other content has already is given a number, never taken over."""
        try:
            target = self.path(filename, subfolder, folder_type)
        except web.HTTPForbidden as error:
            raise web.HTTPBadRequest from error
        target.parent.mkdir(parents=True, exist_ok=True)
        stem, suffix = target.stem, target.suffix
        number = 1
        while not overwrite and target.exists() and target.read_bytes() != content:
            target = target.with_name(f"{stem} ({number}){suffix}")
            number += 1
        target.write_bytes(content)
        return target.name

    def next_files(
        self, prefix: str, count: int, size: tuple[int, int], folder_type: FolderType, suffix: str = ".png"
    ) -> list[tuple[Path, dict[str, str]]]:
        """Paths for `count` new files, numbered on from what is there, each with its entry in `images`.

        Raises HTTPForbidden for a prefix that climbs out.
        """
        prefix = prefix.replace("%width%", str(size[0])).replace("%height%", str(size[1]))
        prefix = posixpath.normpath(prefix)
        subfolder, stem = posixpath.split(prefix)
        folder = self.path("x", subfolder, folder_type).parent
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [_number(path.name, stem) for path in folder.iterdir()]
        first = max(numbers, default=0) + 1
        files = []
        for index in range(count):
            filename = f"{stem.replace('%batch_num%', str(index))}_{first + index:05}_{suffix}"
            entry = {"filename": filename, "subfolder": subfolder, "type": folder_type}
            files.append((folder / filename, entry))
        return files


def _number(filename: str, stem: str) -> int:
    if not filename.startswith(f"{stem}_"):
        return 0
    digits = filename[len(stem) + 1 :].partition("_")[0]
    return int(digits) if digits.isdecimal() else 0
