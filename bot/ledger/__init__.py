"""Jobs in a database: stored before they are acknowledged, claimed by workers, ended exactly once."""

from bot.ledger.candidates import Claimant, Reach, Recall
from bot.ledger.database.dialects import MOST_CONNECTIONS, database_file
from bot.ledger.database.inspection import LedgerFacts, inspect_ledger
from bot.ledger.grids.grid import Axis, Grid, NewGrid
from bot.ledger.history import Page, Usage
from bot.ledger.interactions.interactions import Abandoned
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
    prompt_on_disk,
)
from bot.ledger.ledger import Ledger, open_ledger
from bot.ledger.links.links import Link, Links, NewLink
from bot.ledger.listener import Listener
from bot.ledger.members.direct_rules import direct_book, direct_rules
from bot.ledger.members.notices import Notice
from bot.ledger.members.preferences import NO_PREFERENCES, Preferences, Told
from bot.ledger.moderation.acts import Act
from bot.ledger.moderation.audit import Entry, LogLine
from bot.ledger.moderation.cases import MOST_SHOWN, REPORT, Case
from bot.ledger.moderation.digests import Due, Week
from bot.ledger.moderation.log_posts import Waiting
from bot.ledger.moderation.reports import DELETED, DISMISSED
from bot.ledger.moderation.rules.rule_book import Block, ChannelRules, GuildRules, RuleBook, WordRule
from bot.ledger.moderation.styles import KeptStyle, Saved, SavedStyles, style_key
from bot.ledger.personal_data import Holdings
from bot.ledger.polling import poll
from bot.ledger.prompts.own_prompts import find_own_prompts
from bot.ledger.queue.limits import RoleLimits
from bot.ledger.queue.overview import OnServer, Overview
from bot.ledger.queue.positions import COUNTED_AHEAD, Standing
from bot.ledger.queue.waking import Sleepy
from bot.ledger.servers.pauses import ALL, Pause
from bot.ledger.servers.servers import (
    ASLEEP,
    BUDGET,
    BUSY,
    ILL,
    LOCKED,
    PAUSED,
    QUIET,
    SUSPENDED,
    KnownServer,
    Rest,
    foreign_work,
    resting,
)
from bot.ledger.shares.usage import USE_DAYS, GuildUse
from bot.ledger.shelf import KeptWorkflow, Shelf
from bot.ledger.signals import CANCEL, LOG, SERVERS, WORKFLOWS, Signals
from bot.ledger.spending.bills import DIRECT_MESSAGES, Bill
from bot.ledger.spending.budget import Left, OverBudget, Purse
from bot.ledger.spending.reports import Cost, MonthCosts, read_costs

__all__ = [
    "ALL",
    "ASLEEP",
    "BUDGET",
    "BUSY",
    "BY_RULE",
    "CANCEL",
    "COUNTED_AHEAD",
    "DELETED",
    "DIRECT_MESSAGES",
    "DISMISSED",
    "ILL",
    "LOCKED",
    "LOG",
    "MOST_CONNECTIONS",
    "MOST_SHOWN",
    "NO_PREFERENCES",
    "PAUSED",
    "PICTURE",
    "PROMPT",
    "QUIET",
    "REPORT",
    "SERVERS",
    "SUSPENDED",
    "USE_DAYS",
    "WORKFLOWS",
    "Abandoned",
    "Act",
    "Allowance",
    "Axis",
    "Bill",
    "Block",
    "Cancellation",
    "Case",
    "ChannelRules",
    "Claimant",
    "Cost",
    "Due",
    "Entry",
    "Grid",
    "GuildRules",
    "GuildUse",
    "Holdings",
    "Job",
    "JobState",
    "KeptStyle",
    "KeptWorkflow",
    "KnownServer",
    "Ledger",
    "LedgerFacts",
    "Left",
    "Link",
    "Links",
    "Listener",
    "LogLine",
    "MonthCosts",
    "NewGrid",
    "NewJob",
    "NewLink",
    "Notice",
    "OnServer",
    "OverBudget",
    "Overview",
    "Page",
    "Pause",
    "Preferences",
    "Purse",
    "Reach",
    "Recall",
    "Rest",
    "RoleLimits",
    "RuleBook",
    "Saved",
    "SavedStyles",
    "Shelf",
    "Signals",
    "Sleepy",
    "Standing",
    "Told",
    "Usage",
    "Waiting",
    "Week",
    "WordRule",
    "database_file",
    "direct_book",
    "direct_rules",
    "find_own_prompts",
    "foreign_work",
    "inspect_ledger",
    "open_ledger",
    "poll",
    "prompt_after",
    "prompt_on_disk",
    "read_costs",
    "resting",
    "style_key",
]
