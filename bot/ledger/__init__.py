"""Jobs on disk: accepted before they are acknowledged, claimed by workers, ended once."""

from bot.ledger.inspecting import LedgerFacts, inspect_ledger
from bot.ledger.jobs import Allowance, Cancellation, Job, JobState, NewJob
from bot.ledger.ledger import LEASE_SECONDS, Ledger, open_ledger
from bot.ledger.limits import RoleLimits
from bot.ledger.line import COUNTED_AHEAD, Standing
from bot.ledger.servers import KnownServer
from bot.ledger.shelf import KeptWorkflow, Shelf
from bot.ledger.signals import SERVERS, WORK, WORKFLOWS, Signals

__all__ = [
    "COUNTED_AHEAD",
    "LEASE_SECONDS",
    "SERVERS",
    "WORK",
    "WORKFLOWS",
    "Allowance",
    "Cancellation",
    "Job",
    "JobState",
    "KeptWorkflow",
    "KnownServer",
    "Ledger",
    "LedgerFacts",
    "NewJob",
    "RoleLimits",
    "Shelf",
    "Signals",
    "Standing",
    "inspect_ledger",
    "open_ledger",
]
