"""How a setting says one thing for all servers and another for some: the same in every setting that can.

`VALUE` is for all servers, `ADDRESS => VALUE` for one, and `|` separates servers.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, TypeVar

from bot.addresses import ServerAddress

T = TypeVar("T")

_NEXT: Final = re.compile(r"\s*\|\s*(?=[a-z+]+://\S+\s*=>)")
"""The `|` of a value has no address and no arrow after it."""


def split_parts(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a setting, each with the address before it as it was written ("" without one)."""
    for part in _NEXT.split(text):
        before, arrow, after = part.partition("=>")
        one = bool(arrow) and "://" in before
        yield (before.strip(), after.strip()) if one else ("", part.strip())


def parts_of(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a setting by the address that they are for; "" is for all servers. Raises `ValueError`."""
    for before, said in split_parts(text):
        if before or said:
            yield str(ServerAddress.parse(before)) if before else "", said


def check_known(urls: Collection[str], known: Collection[str]) -> None:
    """Raise `ValueError` if one of the `urls` is not a server of ours."""
    # Without addresses, those in COMFYUI_URLS are at fault, as another fault says.
    if known and (strange := [url for url in urls if url and url not in known]):
        raise ValueError(f"{strange[0]} is not in COMFYUI_URLS")


def read_each(text: str, read: Callable[[str], T], known: Collection[str]) -> Mapping[str, T]:
    """One value a server, by its address; "" is for all others. Raises `ValueError`."""
    found: dict[str, T] = {}
    for url, said in parts_of(text):
        if url in found:
            raise ValueError(f"there are two values for {url or 'all servers'}: keep one")
        found[url] = read(said)
    check_known(found, known)
    return found
