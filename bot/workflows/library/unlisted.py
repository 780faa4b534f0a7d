"""What is known of a server that does not list its nodes and models: only which outputs it hands over. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Final, Self

from bot.workflows.graphs.graph import live_nodes, node_title
from bot.workflows.library.availability import Missing
from bot.workflows.manifests.pack import Pack

_MEDIA: Final = (
    ("video", re.compile(r"(?i)(?:save|combine|preview|export).*(?:video|webm|mp4)|video.*(?:save|combine|export)")),
    ("audio", re.compile(r"(?i)(?:save|preview|export).*(?:audio|sound|music)|audio.*(?:save|export)")),
)
"""Node classes that leave something else than images. Without `/object_info`, their names are all that tells."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """`outputs` are the kinds that it hands over, as `kind_of` names them. It counts as having every node and model."""

    outputs: frozenset[str]

    def lacks(self, pack: Pack) -> tuple[Missing, ...]:
        """The nodes of a pack whose outputs it would not hand over; empty if it may be able to run it."""
        live = live_nodes(pack.graph)
        return tuple(
            Missing(node_title(pack.graph, node_id), node["class_type"])
            for node_id, node in pack.graph.items()
            if node_id in live
            for medium, named in _MEDIA
            if medium not in self.outputs and named.search(node["class_type"])
        )

    def as_body(self) -> bytes:
        """The form in which processes tell each other, where an `/object_info` has a JSON object."""
        return json.dumps(sorted(self.outputs)).encode()

    @classmethod
    def read(cls, body: bytes) -> Self | None:
        """From that form; None: the body is something else."""
        return cls(frozenset(json.loads(body))) if body.startswith(b"[") else None
