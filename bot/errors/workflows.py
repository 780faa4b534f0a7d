"""Workflow packs, and values that do not fit them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors.root import DarkroomError


class PackError(DarkroomError):
    """A workflow pack cannot be used; `faults` holds a sentence for the operator each."""

    def __init__(self, name: str, faults: tuple[str, ...]) -> None:
        super().__init__(f"{name}: " + "; ".join(faults))
        self.name = name
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that does not fit one parameter.

    `code` is one of: unknown, missing, wrong_type, too_small, too_large, off_step, not_a_choice, no_choices, too_long,
    outside. The last one: it may name a file or a place that nobody may reach from here. `limit` is the bound or the
    choices that were broken. `parameter` may also be an input of the graph, as `title.input`.
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
    """A job was ordered from a pack that has been taken away since; `name` is the pack's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
