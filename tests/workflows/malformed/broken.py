"""What a malformed pack is made of."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.workflows.drawings import text_to_image


@dataclass(frozen=True, slots=True)
class Broken:
    """`fault` is what the refusal has to say; None: the pack is odd but in order; "": it may be either."""

    graph: bytes
    manifest: bytes | None
    fault: str | None

    def write(self, folder: Path, name: str) -> Path:
        """Put it there; returns the path of its JSON."""
        path = folder / f"{name}.json"
        path.write_bytes(self.graph)
        if self.manifest is not None:
            path.with_suffix(".toml").write_bytes(self.manifest)
        return path


def as_json(graph: object) -> bytes:
    return json.dumps(graph).encode()


def sound() -> dict[str, Any]:
    """A graph in order, to be broken."""
    graph: dict[str, Any] = json.loads(_drawn())
    return graph


@cache
def _drawn() -> bytes:
    return as_json(text_to_image().graph)


def broken(graph: object, fault: str | None, manifest: str | None = "") -> Broken:
    content = graph if isinstance(graph, bytes) else as_json(graph)
    return Broken(content, None if manifest is None else manifest.encode(), fault)


def with_value(value: object, fault: str | None) -> Broken:
    graph = sound()
    graph["5"]["inputs"]["extra"] = value
    return broken(graph, fault)
