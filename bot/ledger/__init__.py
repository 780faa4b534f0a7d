"""Jobs on disk: accepted before they are acknowledged, claimed by workers, ended once."""

from bot.ledger.jobs import Cancellation, Job, JobState, NewJob
from bot.ledger.ledger import Ledger, open_ledger
from bot.ledger.shelf import KeptWorkflow, Shelf
from bot.ledger.signals import Signals

__all__ = ["Cancellation", "Job", "JobState", "KeptWorkflow", "Ledger", "NewJob", "Shelf", "Signals", "open_ledger"]
