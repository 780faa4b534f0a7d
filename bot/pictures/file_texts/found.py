"""What is found in a file, within bounds; and bytes as text."""

from typing import BinaryIO, Final

MOST_TEXT: Final = 4 * 2**20
"""Bytes of one text: twice the largest workflow that is taken."""
_MOST_TOGETHER: Final = 12 * 2**20
_MOST_TEXTS: Final = 200
_MOST_PARTS: Final = 50_000
"""Of a file that are looked at: a moving image of 25 MB has some thousand chunks."""
_LONGEST_KEYWORD: Final = 200
_BIG_ENDIAN, _LITTLE_ENDIAN = b"\xfe\xff", b"\xff\xfe"


class Found:
    """The texts of one file. A text that has no room is dropped as a whole, because half a workflow is useless."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._free = _MOST_TOGETHER
        self._parts = 0

    def more(self) -> bool:
        """Whether to look at one more part of the file: no program writes so many parts, or so much text."""
        self._parts += 1
        return self._parts <= _MOST_PARTS and self._free > 0 and len(self.texts) < _MOST_TEXTS

    def spend(self, size: int) -> bool:
        """Count bytes that take work to read; whether there was room for them."""
        self._free -= size
        return self._free >= 0

    def add(self, keyword: str, text: str) -> None:
        """One more text; of two with one keyword the last one counts, as for most readers."""
        if self.spend(len(text)) and keyword:
            self.texts[keyword[:_LONGEST_KEYWORD]] = text


def piece(file: BinaryIO, size: int) -> bytes | None:
    """The next `size` bytes; None where they are too many or not all there. The file stands behind them in any case."""
    if not 0 <= size <= MOST_TEXT:
        file.seek(max(0, size), 1)
        return None
    content = file.read(size)
    return content if len(content) == size else None


def plain(content: bytes) -> str:
    """Text whose encoding nobody wrote down: UTF-8, else Latin-1, which takes everything."""
    if content.startswith((_BIG_ENDIAN, _LITTLE_ENDIAN)):
        return content.decode("utf-16", "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")
