"""Errors of workflow packs, and of values that do not fit them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from bot.errors.root import DarkroomError


class Fault(str):
    """A fault in English: `text` with its `values`, which may be faults themselves. Operators read it as it is. For
    administrators on Discord, who upload workflows, `bot.messages.fault_in_words` puts `text` into their language.

    `longest` is the most characters that it may have in any language; 0: as many as it likes.
    """

    __slots__ = ("longest", "text", "values")

    text: str
    values: Mapping[str, object]
    longest: int

    def __new__(cls, text: str, /, **values: object) -> Self:
        """`text` is for translators, and has its values in braces."""
        made = super().__new__(cls, text.format(**values))
        made.text, made.values, made.longest = text, values, 0
        return made

    def cut(self, longest: int) -> "Fault":
        """The same, with at most so many characters and “…”."""
        if len(self) <= longest:
            return self
        made = str.__new__(Fault, f"{self[:longest]}…")
        made.text, made.values, made.longest = self.text, self.values, longest
        return made


class PackError(DarkroomError):
    """A workflow pack cannot be used. `faults` has a sentence about each fault, `Fault`s where a stranger's file is to
    blame.
    """

    def __init__(self, name: str, faults: tuple[str, ...]) -> None:
        super().__init__(f"{name}: " + "; ".join(faults))
        self.name = name
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that does not fit one parameter.

    `code` is one of: unknown, missing, wrong_type, too_small, too_large, off_step, not_a_choice, no_choices, too_long,
    outside, bad_weight, too_many, no_place. Problems with a prompt's own syntax have others, which
    `bot/messages/rendering/prompts/prompt_problems.py` lists. `outside` means that it may name a file or an address
    outside the allowed places, `no_place` that the graph takes no LoRAs. `limit` is the bound or the choices that it
    does not fit. `parameter` may also be an input of the graph, as `title.input`.
    """

    parameter: str
    code: str
    value: object = None
    limit: object = None


class BindError(DarkroomError):
    """Values do not fit a pack; `problems` lists every one of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(f"{p.parameter}: {p.code}" for p in problems))
        self.problems = problems


class WorkflowGone(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """The pack of a job has been removed since the request. `name` is the pack's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
