"""A program that does one heavy conversion and exits: `python -m bot.pictures.process`.

Its input is a JSON object on standard input, its answer one on standard output; images are passed as file paths. It has
no token, socket or database of the bot, so a malicious image can reach none of them. Its memory is freed on exit.
"""

import json
import mmap
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image

from bot.content_credentials.reading import read_signature
from bot.errors import PictureRefused
from bot.pictures.cleaning import clean_into
from bot.pictures.decoding import DAMAGED
from bot.pictures.fitting import fit
from bot.pictures.parts.compositing import composite_into
from bot.pictures.parts.grid import with_grid
from bot.pictures.parts.preparation import Places, prepare_part
from bot.pictures.parts.regions import Cells, Extension, Painted, Region
from bot.pictures.sampling import samples

_NICENESS: Final = 10
"""Lets the bot, and a ComfyUI on the same machine, go first."""


def main() -> None:
    """Do the requested work. `memory` (bytes, in addition to the program itself) and `seconds` (CPU time) are limits
    that the operating system enforces, if it can.
    """
    task = json.load(sys.stdin)
    _bound(task["memory"], task["seconds"])
    # `decoding` has limits of its own. Pillow's limit would also stop images that can be made smaller.
    Image.MAX_IMAGE_PIXELS = None
    answer = _WORK[task["work"]](task)
    json.dump(answer, sys.stdout)


def _bound(memory: int, seconds: int) -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - exists only on Unix

    os.nice(_NICENESS)
    os.umask(0o077)
    for what, most in ((resource.RLIMIT_AS, _mapped() + memory), (resource.RLIMIT_CPU, seconds)):
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):
            # macOS cannot limit the address space; the caller's deadline still applies.
            continue


def _mapped() -> int:
    """Bytes of address space in use already. On some systems a single large file with all locales is mapped into it."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * mmap.PAGESIZE


def _fit(task: Mapping[str, Any]) -> dict[str, object]:
    fitted = fit(Path(task["source"]), task["limit"])
    if fitted is None:
        return {}
    Path(task["target"]).write_bytes(fitted.content)
    return {"suffix": fitted.suffix, "changed": fitted.changed}


def _clean(task: Mapping[str, Any]) -> dict[str, object]:
    target = Path(task["target"])
    try:
        with target.open("wb") as file:
            clean_into(Path(task["source"]), file, task["most_pixels"], target.parent)
    except PictureRefused as fault:
        return {"code": fault.code, "limit": fault.limit}
    return {}


def _samples(task: Mapping[str, Any]) -> dict[str, object]:
    shots = samples(Path(task["source"]))
    paths = [f"{task['target']}-{number}" for number in range(len(shots))]
    for path, shot in zip(paths, shots, strict=True):
        Path(path).write_bytes(shot)
    return {"paths": paths}


def _grid(task: Mapping[str, Any]) -> dict[str, object]:
    try:
        content = with_grid(Path(task["source"]))
    except PictureRefused as fault:
        return {"code": fault.code, "limit": fault.limit}
    except (*DAMAGED, Image.DecompressionBombError):
        return {"code": "not_a_picture", "limit": None}
    Path(task["target"]).write_bytes(content)
    return {}


def _part(task: Mapping[str, Any]) -> dict[str, object]:
    paths = {name: Path(f"{task['target']}-{name}") for name in ("original", "mask", "image", "given")}
    try:
        made = prepare_part(Path(task["source"]), _region(task), task["most_pixels"], task["form"], Places(**paths))
    except PictureRefused as fault:
        return {"code": fault.code, "limit": fault.limit}
    written = {name: str(path) for name, path in paths.items() if path.exists()}
    return {"paths": written, "before": made.before, "inner": made.inner}


def _region(task: Mapping[str, Any]) -> Region:
    if (painted := task.get("painted")) is not None:
        return Painted(Path(painted))
    return Cells(task["cells"]) if "cells" in task else Extension(*task["extension"])


def _composite(task: Mapping[str, Any]) -> dict[str, object]:
    with Path(task["target"]).open("wb") as file:
        made = composite_into(Path(task["source"]), Path(task["mask"]), Path(task["result"]), file)
    return {"made": made}


def _signature(task: Mapping[str, Any]) -> dict[str, object]:
    return read_signature(Path(task["source"]))


_WORK: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, object]]]] = {
    "fit": _fit,
    "clean": _clean,
    "samples": _samples,
    "grid": _grid,
    "part": _part,
    "composite": _composite,
    "signature": _signature,
}


if __name__ == "__main__":
    main()
