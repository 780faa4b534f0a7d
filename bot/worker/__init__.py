"""The worker role: takes jobs from the ledger, runs them on ComfyUI servers, keeps their messages true."""

from bot.worker.approvals import Approvals
from bot.worker.digests import Digests, next_digest
from bot.worker.faltering import Faltering
from bot.worker.hearing import Hearing
from bot.worker.judging import Judge
from bot.worker.leases import Leases
from bot.worker.line import Line
from bot.worker.pruning import pruning
from bot.worker.server_loop import ServerLoop
from bot.worker.server_names import server_name
from bot.worker.socket_bound import SocketBound
from bot.worker.working import Workbench

__all__ = [
    "Approvals",
    "Digests",
    "Faltering",
    "Hearing",
    "Judge",
    "Leases",
    "Line",
    "ServerLoop",
    "SocketBound",
    "Workbench",
    "next_digest",
    "pruning",
    "server_name",
]
