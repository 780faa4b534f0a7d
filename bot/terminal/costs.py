"""`python -m bot costs`: what a month has cost, as a table or as JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from bot.errors import LedgerAway
from bot.ledger import DIRECT_MESSAGES, Cost, MonthCosts, read_costs
from bot.money import shown, written
from bot.settings import Settings
from bot.terminal.output import complain, say

_NAME_WIDTH: Final = 56
_FAILED: Final = 1
_RUNPOD: Final = "runpod://"
_IDLE: Final = (
    "Not counted: the seconds in which RunPod keeps a worker warm without work (idle timeout, active workers). "
    "See its bill."
)


async def print_costs(settings: Settings, month: str | None, *, as_json_object: bool) -> int:
    """Print the costs of a month (like `2026-11`, UTC; None: this one). Returns the exit status. Changes nothing in the
    database.
    """
    try:
        costs = await read_costs(settings.database_url, month)
    except LedgerAway as fault:
        complain(f"The database cannot be used: {fault}. {settings.database_advice}")
        return _FAILED
    if costs is None:
        complain("There is no database of this version yet. Start the bot once: it creates or upgrades the database.")
        return _FAILED
    limit = settings.spending.limit
    say(json.dumps(_object(costs, limit)) if as_json_object else costs_table(costs, limit))
    return 0


def costs_table(costs: MonthCosts, limit: int | None) -> str:
    """The costs for people, in the provider's currency. Pure."""
    most = "" if limit is None else f" of {shown(limit)} (SPEND_LIMIT)"
    lines = [f"Costs in {costs.month} (UTC): {shown(costs.total.cost)}{most}"]
    if costs.reserved:
        lines.append(f"Reserved for jobs that are running: {shown(costs.reserved)}")
    guilds = {_guild(guild_id): one for guild_id, one in costs.guilds.items()}
    for title, part in (("DISCORD SERVER", guilds), ("COMFYUI SERVER", costs.servers), ("WORKFLOW", costs.workflows)):
        lines += _part(title, part)
    if any(server.startswith(_RUNPOD) for server in costs.servers):
        lines += ["", _IDLE]
    return "\n".join(lines)


def _part(title: str, part: Mapping[str, Cost]) -> Iterator[str]:
    if part:
        yield ""
        yield _line(title, "RUNS", "COST")
        for name, one in part.items():
            yield _line(name, f"{one.runs:,}", shown(one.cost))


def _line(name: str, runs: str, cost: str) -> str:
    return f"{name:<{_NAME_WIDTH}} {runs:>8} {cost:>14}"


def _guild(guild_id: int) -> str:
    return "direct messages" if guild_id == DIRECT_MESSAGES else str(guild_id)


def _object(costs: MonthCosts, limit: int | None) -> Mapping[str, object]:
    """For programs. Amounts are text, because they are exact; ids too, because they are large."""
    return {
        "month": costs.month,
        "time_zone": "UTC",
        "cost": written(costs.total.cost),
        "runs": costs.total.runs,
        "reserved": written(costs.reserved),
        "limit": None if limit is None else written(limit),
        "guilds": _listed("guild_id", {str(guild_id or "") or None: one for guild_id, one in costs.guilds.items()}),
        "servers": _listed("server", costs.servers),
        "workflows": _listed("workflow", costs.workflows),
    }


def _listed(name: str, part: Mapping[str, Cost] | Mapping[str | None, Cost]) -> list[Mapping[str, object]]:
    return [{name: key, "runs": one.runs, "cost": written(one.cost)} for key, one in part.items()]
