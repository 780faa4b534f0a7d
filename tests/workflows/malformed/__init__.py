"""A thousand broken packs, made from a number each: what somebody may drop into the folder by mistake or on purpose."""

import random
from collections.abc import Callable
from typing import Final

from tests.workflows.malformed import graphs, manifests, sizes
from tests.workflows.malformed.broken import Broken

__all__ = ["Broken", "made"]

CHEAP: Final[tuple[Callable[[random.Random], Broken], ...]] = (
    graphs.truncated,
    graphs.flipped,
    graphs.circular,
    graphs.wrong_type,
    graphs.no_graph,
    graphs.editor,
    graphs.nowhere,
    graphs.before_the_first,
    graphs.nested,
    graphs.twice,
    graphs.no_number,
    graphs.endless,
    graphs.large_number,
    graphs.surrogate,
    graphs.no_text,
    graphs.empty,
    graphs.unclear,
    sizes.long_number,
    sizes.long_names,
    manifests.same_titles,
    manifests.tiny_step,
    manifests.no_toml,
    manifests.odd_manifest,
    manifests.many_faults,
    manifests.no_utf8_manifest,
)
RARE: Final[dict[Callable[[random.Random], Broken], int]] = {
    sizes.huge_text: 4,
    sizes.large_text: 6,
    sizes.deep: 12,
    sizes.too_many: 8,
    sizes.many_values: 16,
    sizes.twice_among_many: 6,
    sizes.as_many_as_allowed: 3,
    sizes.many_samplers: 4,
    sizes.many_words: 6,
    manifests.huge_manifest: 4,
    manifests.many_targets: 8,
}
"""Kinds that are large, and how many of them are enough."""


def made(count: int) -> dict[str, Broken]:
    """Packs by name, always the same: every kind, the cheap ones in turn until there are enough."""
    rng = random.Random(7)
    found = {f"{kind.__name__}_{turn}": kind(rng) for kind, most in RARE.items() for turn in range(most)}
    for number in range(count - len(found)):
        kind = CHEAP[number % len(CHEAP)]
        found[f"{kind.__name__}_{number // len(CHEAP)}"] = kind(rng)
    return found
