"""The independent reader of metadata that tells whether a mark can be read by others: exiftool (Debian's package)."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.absent import is_absent

MADE_BY_MACHINE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


class Exiftool:
    """Reads all tags of a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tags(self, name: str, content: bytes) -> dict[str, Any]:
        """By group and name, as in `XMP:DigitalSourceType`."""
        path = self._folder / name
        path.write_bytes(content)
        asked = ["exiftool", "-json", "-G", "-a", "-s", "-ee", str(path)]
        ended = subprocess.run(asked, capture_output=True, text=True, check=False)
        (found,) = json.loads(ended.stdout)
        return dict(found)

    def with_packet(self, name: str, content: bytes, packet: bytes) -> bytes:
        """The file with this XMP packet, as another program writes it."""
        path, xmp = self._folder / name, self._folder / "packet.xmp"
        path.write_bytes(content)
        xmp.write_bytes(packet)
        written = subprocess.run(["exiftool", f"-XMP<={xmp}", "-o", "-", str(path)], check=True, capture_output=True)
        return written.stdout

    def sources(self, name: str, content: bytes) -> list[Any]:
        """What it finds of the file's kind of source, wherever that stands."""
        return [value for key, value in self.tags(name, content).items() if "digitalsourcetype" in key.casefold()]


@pytest.fixture
def exiftool(pytestconfig: pytest.Config, tmp_path: Path) -> Exiftool:
    if shutil.which("exiftool") is None:
        is_absent(pytestconfig, "exiftool", "apt-get install libimage-exiftool-perl")
    folder = tmp_path / "exiftool"
    folder.mkdir()
    return Exiftool(folder)
