"""Jobs on disk: accepted before they are acknowledged, claimed by workers, ended once."""

from bot.ledger.history import Page, Usage
from bot.ledger.jobs import Allowance, Cancellation, Job, JobState, NewJob
from bot.ledger.ledger import LEASE_SECONDS, Ledger, open_ledger
from bot.ledger.limits import RoleLimits
from bot.ledger.line import COUNTED_AHEAD, Standing
from bot.ledger.overview import OnServer, Overview
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
    "NewJob",
    "OnServer",
    "Overview",
    "Page",
    "RoleLimits",
    "Shelf",
    "Signals",
    "Standing",
    "Usage",
    "open_ledger",
]
