"""What servers did while members waited, out of when each began and ended. Pure; all times are seconds of one clock."""

from collections.abc import Iterator, Mapping, Sequence

Span = tuple[float, float]


def idle_while_waiting(waiting: Sequence[Span], busy: Mapping[str, Sequence[Span]]) -> list[Span]:
    """Every time during which somebody waited while a server idled. `busy`: server -> its runs, none over another."""
    changes = [(at, step, "") for begin, end in waiting for at, step in ((begin, 1), (end, -1))]
    for server, runs in busy.items():
        changes += [(at, step, server) for begin, end in runs for at, step in ((begin, 1), (end, -1))]
    number, running = 0, dict.fromkeys(busy, 0)
    spans: list[Span] = []
    since: float | None = None
    for at, step, server in sorted(changes):
        if server:
            running[server] += step
        else:
            number += step
        idle = number > 0 and not all(running.values())
        if idle and since is None:
            since = at
        elif not idle and since is not None:
            spans += [(since, at)] if at > since else []
            since = None
    return spans


def gaps(runs: Sequence[Span], ordered: Sequence[float]) -> Iterator[float]:
    """Between runs that followed each other on one server, where the later one was ordered before the earlier ended.

    `ordered`: for each run when that was.
    """
    for (_, end), (begin, _), at in zip(runs, runs[1:], ordered[1:], strict=False):
        if at < end:
            yield begin - end
