"""Jobs in a database: stored before they are acknowledged, claimed by workers, ended exactly once."""

from bot.ledger.database.inspection import LedgerFacts, inspect_ledger
from bot.ledger.history import Page, Usage
from bot.ledger.jobs import BY_RULE, PICTURE, PROMPT, Allowance, Cancellation, Job, JobState, NewJob
from bot.ledger.ledger import Ledger, open_ledger
from bot.ledger.moderation.acts import Act
from bot.ledger.moderation.audit import Entry, LogLine
from bot.ledger.moderation.cases import REPORT, Case
from bot.ledger.moderation.digests import Due
from bot.ledger.moderation.log_posts import Waiting
from bot.ledger.moderation.reports import DELETED, DISMISSED
from bot.ledger.moderation.rules import Block, ChannelRules, GuildRules, RuleBook, WordRule
from bot.ledger.moderation.styles import KeptStyle, Saved, SavedStyles, style_key
from bot.ledger.moderation.weeks import Week
from bot.ledger.polling import poll
from bot.ledger.queue.limits import RoleLimits
from bot.ledger.queue.overview import OnServer, Overview
from bot.ledger.queue.positions import COUNTED_AHEAD, Standing
from bot.ledger.queue.scheduling import Claimant, Reach, Recall
from bot.ledger.queue.servers import ILL, LOCKED, KnownServer
from bot.ledger.shelf import KeptWorkflow, Shelf
from bot.ledger.signals import CANCEL, LOG, SERVERS, WORKFLOWS, Signals

__all__ = [
    "BY_RULE",
    "CANCEL",
    "COUNTED_AHEAD",
    "DELETED",
    "DISMISSED",
    "ILL",
    "LOCKED",
    "LOG",
    "PICTURE",
    "PROMPT",
    "REPORT",
    "SERVERS",
    "WORKFLOWS",
    "Act",
    "Allowance",
    "Block",
    "Cancellation",
    "Case",
    "ChannelRules",
    "Claimant",
    "Due",
    "Entry",
    "GuildRules",
    "Job",
    "JobState",
    "KeptStyle",
    "KeptWorkflow",
    "KnownServer",
    "Ledger",
    "LedgerFacts",
    "LogLine",
    "NewJob",
    "OnServer",
    "Overview",
    "Page",
    "Reach",
    "Recall",
    "RoleLimits",
    "RuleBook",
    "Saved",
    "SavedStyles",
    "Shelf",
    "Signals",
    "Standing",
    "Usage",
    "Waiting",
    "Week",
    "WordRule",
    "inspect_ledger",
    "open_ledger",
    "poll",
    "style_key",
]
