"""What members may request: the workflows of a scenario, beside those that ship."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.comfyui_server.graphs import CHECKPOINT

_SHIPPED: Final = Path(__file__).parents[3] / "workflows"
_TEMPLATE: Final = "text_to_image"
_MANIFEST: Final = """
title = "{name}"
default = {default}
[parameters.prompt]
target = ["positive_prompt.text"]
[parameters.seed]
target = ["KSampler.seed"]
"""


@dataclass(frozen=True, slots=True)
class Workflow:
    """What a member may request by its name: `count` images of `side` x `side` pixels after `steps` steps."""

    name: str = "usual"
    side: int = 512
    count: int = 1
    steps: int = 4
    websocket: bool = False
    """Whether its images come over the socket."""

    def write(self, folder: Path, *, default: bool) -> None:
        graph = json.loads((_SHIPPED / f"{_TEMPLATE}.json").read_text(encoding="utf-8"))
        for node in graph.values():
            if node["class_type"] == "EmptyLatentImage":
                node["inputs"] |= {"width": self.side, "height": self.side, "batch_size": self.count}
            elif node["class_type"] == "KSampler":
                node["inputs"]["steps"] = self.steps
            elif node["class_type"] == "CheckpointLoaderSimple":
                node["inputs"]["ckpt_name"] = CHECKPOINT
        (folder / f"{self.name}.json").write_text(json.dumps(graph), encoding="utf-8")
        manifest = _MANIFEST.format(name=self.name, default=str(default).lower())
        manifest += "[outputs]\nwebsocket = true\n" if self.websocket else ""
        (folder / f"{self.name}.toml").write_text(manifest, encoding="utf-8")


def write_packs(folder: Path, workflows: Sequence[Workflow]) -> Path:
    """These workflows, and those that ship: the servers lack something for most of them, and are asked for it again."""
    shutil.copytree(_SHIPPED, folder, ignore=shutil.ignore_patterns(f"{_TEMPLATE}.*"))
    for number, workflow in enumerate(workflows):
        workflow.write(folder, default=number == 0)
    return folder
