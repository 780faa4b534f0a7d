"""Texts about a job are in the language of its owner, no matter whose press or which loop shows them. Pure."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from bot.ledger import Job
from bot.translation import language_called, speaking

P = ParamSpec("P")
R = TypeVar("R")


def in_owners_language(render: Callable[Concatenate[Job, P], R]) -> Callable[Concatenate[Job, P], R]:
    """Let a function whose first argument is a job speak the language of the job's owner."""

    @functools.wraps(render)
    def rendered(job: Job, /, *rest: P.args, **named: P.kwargs) -> R:
        with speaking(language_called(job.language)):
            return render(job, *rest, **named)

    return rendered
