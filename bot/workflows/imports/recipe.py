"""What an image was made from, in the words of people who want to make one like it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

MOST_TEXT: Final = 20_000
"""Characters of a prompt; nobody types more."""
MOST_FACTS: Final = 25
_MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Recipe:
    """`facts` are what else there is to say, as label and value. `settings` are those of them that a workflow may have
    an option for, by the option's usual name.
    """

    prompt: str = ""
    negative: str = ""
    seed: int | None = None
    facts: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, str | int | float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.prompt or self.negative or self.seed is not None or self.facts)

    def completed(self, other: Recipe) -> Recipe:
        """With what another says in addition."""
        # A graph was made in ComfyUI, whatever form a node has written its settings in besides.
        labels, names = {*dict(self.facts), *(["Program"] if self else [])}, dict(self.settings)
        return replace(
            self,
            prompt=self.prompt or other.prompt,
            negative=self.negative or (other.negative if not self.prompt else ""),
            seed=other.seed if self.seed is None else self.seed,
            facts=(*self.facts, *((label, value) for label, value in other.facts if label not in labels))[:MOST_FACTS],
            settings=(*self.settings, *((name, value) for name, value in other.settings if name not in names)),
        )


def shown(value: object) -> str:
    """A value as a fact tells it: not too much of it."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.strip()[:_MOST_SHOWN]


def file_name(value: object) -> str:
    """The last part of a path: the folders on a stranger's machine are private."""
    return shown(value if isinstance(value, float) else str(value).replace("\\", "/").rsplit("/", 1)[-1])
