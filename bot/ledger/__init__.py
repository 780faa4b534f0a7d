"""Jobs in a database: stored before they are acknowledged, claimed by workers, ended exactly once."""

from bot.ledger.database.inspection import LedgerFacts, inspect_ledger
from bot.ledger.grids.grid import Axis, Grid, NewGrid
from bot.ledger.history import Page, Usage
from bot.ledger.jobs import (
    BY_RULE,
    PICTURE,
    PROMPT,
    Allowance,
    Cancellation,
    Job,
    JobState,
    NewJob,
    prompt_after,
)
from bot.ledger.ledger import Ledger, open_ledger
from bot.ledger.links.links import Link, Links, NewLink
from bot.ledger.members.notices import Notice
from bot.ledger.members.preferences import NO_PREFERENCES, Preferences, Told
from bot.ledger.moderation.acts import Act
from bot.ledger.moderation.audit import Entry, LogLine
from bot.ledger.moderation.cases import REPORT, Case
from bot.ledger.moderation.digests import Due, Week
from bot.ledger.moderation.log_posts import Waiting
from bot.ledger.moderation.reports import DELETED, DISMISSED
from bot.ledger.moderation.rules import Block, ChannelRules, GuildRules, RuleBook, WordRule
from bot.ledger.moderation.styles import KeptStyle, Saved, SavedStyles, style_key
from bot.ledger.personal_data import Holdings
from bot.ledger.polling import poll
from bot.ledger.queue.limits import RoleLimits
from bot.ledger.queue.overview import OnServer, Overview
from bot.ledger.queue.pauses import ALL, Pause
from bot.ledger.queue.positions import COUNTED_AHEAD, Standing
from bot.ledger.queue.scheduling import Claimant, Reach, Recall
from bot.ledger.queue.servers import ASLEEP, BUSY, ILL, LOCKED, PAUSED, QUIET, SUSPENDED, KnownServer, Rest, resting
from bot.ledger.shelf import KeptWorkflow, Shelf
from bot.ledger.signals import CANCEL, LOG, SERVERS, WORKFLOWS, Signals

__all__ = [
    "ALL",
    "ASLEEP",
    "BUSY",
    "BY_RULE",
    "CANCEL",
    "COUNTED_AHEAD",
    "DELETED",
    "DISMISSED",
    "ILL",
    "LOCKED",
    "LOG",
    "NO_PREFERENCES",
    "PAUSED",
    "PICTURE",
    "PROMPT",
    "QUIET",
    "REPORT",
    "SERVERS",
    "SUSPENDED",
    "WORKFLOWS",
    "Act",
    "Allowance",
    "Axis",
    "Block",
    "Cancellation",
    "Case",
    "ChannelRules",
    "Claimant",
    "Due",
    "Entry",
    "Grid",
    "GuildRules",
    "Holdings",
    "Job",
    "JobState",
    "KeptStyle",
    "KeptWorkflow",
    "KnownServer",
    "Ledger",
    "LedgerFacts",
    "Link",
    "Links",
    "LogLine",
    "NewGrid",
    "NewJob",
    "NewLink",
    "Notice",
    "OnServer",
    "Overview",
    "Page",
    "Pause",
    "Preferences",
    "Reach",
    "Recall",
    "Rest",
    "RoleLimits",
    "RuleBook",
    "Saved",
    "SavedStyles",
    "Shelf",
    "Signals",
    "Standing",
    "Told",
    "Usage",
    "Waiting",
    "Week",
    "WordRule",
    "inspect_ledger",
    "open_ledger",
    "poll",
    "prompt_after",
    "resting",
    "style_key",
]
