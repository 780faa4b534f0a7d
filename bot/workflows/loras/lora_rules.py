"""`[loras]` in a manifest: whether members may add LoRAs to the workflow, which ones, and where they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.workflows.graphs.file_names import folded


@dataclass(frozen=True, slots=True)
class LoraRules:
    """`folder` is below `models/loras`, empty for all of it. `after` are the ids of the nodes that load the model,
    empty if the graph's links are to show it.
    """

    allowed: bool = True
    folder: str = ""
    after: tuple[str, ...] = ()

    def admits(self, name: str) -> bool:
        """Whether members may use the LoRA with this name, as a server lists it."""
        return self.allowed and (not self.folder or folded(name).startswith(f"{self.folder}/"))


ANY_LORAS: Final = LoraRules()
"""The rules of a manifest that says nothing about LoRAs."""
