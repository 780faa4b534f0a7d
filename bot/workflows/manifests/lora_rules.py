"""`[loras]` in a manifest: whether members may add LoRAs to the workflow, which ones, and where they go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.workflows.graphs.file_names import folded
from bot.workflows.manifests.targets import Names
from bot.workflows.manifests.toml_table import Table

_KEYS: Final = frozenset({"allowed", "folder", "after"})


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


def read_lora_rules(table: Table, names: Names) -> LoraRules:
    """Read the table; its faults are noted there."""
    table.refuse_unknown(_KEYS)
    after: list[str] = []
    for title in table.strings("after"):
        found = names.named(title)
        if not found:
            table.fault(f"after {title!r}: no such node")
        after += found
    return LoraRules(
        allowed=table.take("allowed", bool, default=True),
        folder=folded(table.take("folder", str, "")).strip("/"),
        after=tuple(dict.fromkeys(after)),
    )
