"""The worker role: takes jobs from the ledger, runs them on ComfyUI servers, updates their messages."""

from bot.worker.files.image_check import Judge
from bot.worker.files.image_policy import SPOILER, PicturePolicy
from bot.worker.housekeeping.completion_notices import CompletionNotices
from bot.worker.housekeeping.digests import Digests, next_digest
from bot.worker.housekeeping.grid_sheets import GridSheets
from bot.worker.housekeeping.other_processes import OtherProcesses
from bot.worker.housekeeping.queue_positions import QueuePositions
from bot.worker.housekeeping.retention import pruning
from bot.worker.housekeeping.spending_notices import SpendingNotices
from bot.worker.housekeeping.trigger_words import TriggerWords
from bot.worker.leases import Leases
from bot.worker.moderators.approvals import Approvals
from bot.worker.moderators.reports import Reports
from bot.worker.run.claimed_job import Workbench
from bot.worker.server_loop import ServerLoop
from bot.worker.server_names import server_name
from bot.worker.sockets.socket_limit import SocketLimit

__all__ = [
    "SPOILER",
    "Approvals",
    "CompletionNotices",
    "Digests",
    "GridSheets",
    "Judge",
    "Leases",
    "OtherProcesses",
    "PicturePolicy",
    "QueuePositions",
    "Reports",
    "ServerLoop",
    "SocketLimit",
    "SpendingNotices",
    "TriggerWords",
    "Workbench",
    "next_digest",
    "pruning",
    "server_name",
]
