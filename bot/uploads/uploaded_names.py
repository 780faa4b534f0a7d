"""The name and the title of a workflow that an administrator brings, from its file's name or as typed. Pure."""

import hashlib
import re
import unicodedata
from typing import Final

from bot.workflows.manifests.manifest_form import LONGEST_NAME, titled

_ENDING: Final = re.compile(
    r"\.(json|a?png|webp|jpe?g|avif|svg|mp4|mov|webm|mkv|mp3|flac|ogg|opus|glb|latent|safetensors)$", re.IGNORECASE
)
"""Of the files that carry workflows."""
_LONGEST_TITLE: Final = 80
_DIGITS: Final = 6
_UNSEEN, _MARK = "C", "M"
"""How Unicode's categories begin of what cannot be seen, and of accents and vowel signs."""


def name_of(text: str) -> str:
    """A workflow's name: lower case, without accents and what else a key cannot hold. Where that drops letters, as in
    a name in Japanese, digits keep it apart from others: otherwise one workflow would replace the other.
    """
    stem = unicodedata.normalize("NFKD", _stem(text).casefold())
    plain = "".join(sign for sign in stem if unicodedata.category(sign)[0] != _MARK)
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    dropped = [sign for sign in plain if not sign.isascii() and (sign.isalnum() or not name)]
    if not dropped and len(name) <= LONGEST_NAME:
        return name or "workflow"
    digits = hashlib.sha256(stem.encode()).hexdigest()[:_DIGITS]
    return f"{name[: LONGEST_NAME - _DIGITS - 1].strip('_') or 'workflow'}_{digits}"


def title_of(text: str) -> str:
    """A title from the same, with the letters of every script."""
    stem = unicodedata.normalize("NFC", _stem(text))
    words = "".join(sign if sign.isalnum() or unicodedata.category(sign)[0] == _MARK else " " for sign in stem).split()
    return " ".join(words)[:_LONGEST_TITLE].strip().capitalize() or titled(name_of(text))


def _stem(text: str) -> str:
    """Without a file's ending, and without what cannot be seen."""
    seen = "".join(sign for sign in text if unicodedata.category(sign)[0] != _UNSEEN)
    return _ENDING.sub("", seen.strip())
