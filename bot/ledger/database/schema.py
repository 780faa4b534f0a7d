"""The ledger's current tables. `migrations` holds the steps that led to them."""

from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Computed,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    case,
    false,
    literal_column,
    or_,
)
from sqlalchemy.engine import Dialect

from bot.ledger.jobs import PICTURE, PROMPT

METADATA: Final = MetaData()


class SafeText(TypeDecorator[str]):
    """Text from people or servers, without what a database refuses: NUL and unpaired surrogates."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.replace("\0", "").encode(errors="replace").decode()


JOBS: Final = Table(
    "jobs",
    METADATA,
    # The request: what, where, by whom.
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),
    Column("user_id", BigInteger, nullable=False),
    Column("application_id", BigInteger, nullable=False),
    Column("interaction_token", String, nullable=False),
    Column("pressed_at", Float),
    Column("upload_limit", BigInteger, nullable=False),
    Column("channel_visible", Boolean, nullable=False),
    Column("workflow", String, nullable=False),
    Column("values", JSON, nullable=False),
    Column("given", JSON(none_as_null=True)),
    Column("sent", JSON(none_as_null=True)),
    Column("pictures", Integer, nullable=False),
    # Its place in the queue.
    # Whose turn it is: the guild's, or in direct messages the member's (`bot.ledger.shares.turns`). The upgrade of a
    # SQLite database cannot store it, so that it is computed there when it is read.
    Column("share", BigInteger, Computed("coalesce(guild_id, -user_id)", persisted=True)),
    Column("state", String(16), nullable=False),
    Column("held_by", BigInteger),
    Column("lane", Integer, nullable=False),
    Column("weight", Float, nullable=False),
    Column("size_class", Integer, nullable=False),
    Column("models", String, nullable=False),
    Column("needs", String, nullable=False),
    Column("hold_reason", SafeText),
    Column("approved_by", BigInteger),
    Column("spoiler", Boolean, nullable=False),
    Column("previews", Boolean, nullable=False),
    Column("cost", Float, nullable=False),
    Column("start_tag", Float, nullable=False),
    Column("finish_tag", Float, nullable=False),
    Column("overtaken", Boolean, nullable=False),
    # The server and the worker it runs on.
    Column("server", String),
    Column("bound_until", Float, nullable=False),
    Column("worker", String(36)),
    Column("lease_until", Float),
    Column("epoch", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("takeovers", Integer, nullable=False),
    Column("returns", Integer, nullable=False, server_default="0"),
    Column("stops", Integer, nullable=False, server_default="0"),
    # What happened to it.
    Column("created_at", Float, nullable=False),
    Column("warned_at", Float),
    Column("started_at", Float),
    Column("begun_at", Float),
    Column("foreign_ahead", Integer, nullable=False, server_default="0"),
    Column("finished_at", Float),
    Column("seconds", Float),
    Column("cancelled_by", BigInteger),
    Column("reason", SafeText),
    Column("cause", SafeText),
    Column("failure", JSON(none_as_null=True)),
    # What it costs, in millionths of the provider's currency.
    Column("partner_price", BigInteger),
    Column("reserved", BigInteger),
    Column("charged", BigInteger),
    # Who can see it.
    Column("private", Boolean, nullable=False, server_default=false()),
    Column("publishing_until", Float),
    Column("deleted_by", BigInteger),
    Column("grid_id", String(36)),
    Column("cell", Integer),
    Column("erased_at", Float),
    Column("language", String(16)),
)


def _state(*states: str) -> ColumnElement[bool]:
    # Literals, not bound parameters: a query planner uses a partial index only if it can read the condition.
    return or_(*(JOBS.c.state == literal_column(f"'{state}'") for state in states))


IN_LINE: Final = _state("queued")
RUNNING: Final = _state("running")
ACTIVE: Final = _state("queued", "running")
COUNTED: Final = _state("queued", "running", "done")
"""Jobs that count towards a member's limits. Failed and cancelled jobs are refunded."""
DONE: Final = _state("done")
CANCELLED: Final = _state("cancelled")
STARTED: Final = JOBS.c.started_at.is_not(None)
AWAITS: Final = case((JOBS.c.hold_reason.startswith(PICTURE), PICTURE), else_=PROMPT)
"""What a moderator has to review about a job that a rule holds: its prompt or its images."""


def _index(name: str, *columns: ColumnElement[Any], where: ColumnElement[bool] | None = None) -> None:
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


# This index contains waiting jobs only, so reading the queue stays fast however long the history is.
_index("jobs_in_line", JOBS.c.lane, JOBS.c.start_tag, JOBS.c.number, where=IN_LINE)
_index("jobs_running", JOBS.c.server, JOBS.c.lease_until, where=RUNNING)
_index("jobs_in_share", JOBS.c.share, JOBS.c.lane, JOBS.c.start_tag, JOBS.c.number, where=IN_LINE)
_index("jobs_running_in_share", JOBS.c.share, where=RUNNING)
_index("jobs_virtual_time", JOBS.c.share, JOBS.c.start_tag, where=STARTED)
_index("jobs_served", JOBS.c.share, JOBS.c.finish_tag, where=DONE)
_index("jobs_last_tag", JOBS.c.user_id, JOBS.c.finish_tag, where=COUNTED)
_index("jobs_of_a_day", JOBS.c.user_id, JOBS.c.guild_id, JOBS.c.created_at, where=COUNTED)
_index("jobs_active", JOBS.c.user_id, JOBS.c.number, where=ACTIVE)
_index("jobs_history", JOBS.c.user_id, JOBS.c.guild_id, JOBS.c.number, where=DONE)
_index("jobs_by_message", JOBS.c.message_id, where=JOBS.c.message_id.is_not(None))
_index("jobs_ended", JOBS.c.finished_at, where=JOBS.c.finished_at.is_not(None))
_index("jobs_reserved", JOBS.c.reserved, where=JOBS.c.reserved.is_not(None))

COSTS: Final = Table(
    "costs",
    METADATA,
    Column("workflow", String, primary_key=True),
    Column("size_class", Integer, primary_key=True),
    Column("server", String, primary_key=True),
    Column("recent", JSON, nullable=False),
)
"""Seconds that the newest runs of a workflow took, oldest first. Server "" holds the runs of all servers."""

LIMITS: Final = Table(
    "limits",
    METADATA,
    Column("guild_id", BigInteger, primary_key=True),
    Column("role_id", BigInteger, primary_key=True),
    Column("queued", Integer),
    Column("daily", Integer),
    Column("weight", Float),
    Column("lane", Integer),
    Column("pixels", Integer),
    Column("steps", Integer),
    Column("pictures", Integer),
)
"""The limits of a role. The role with the guild's own id is @everyone. NULL: no limit set."""

GUILDS: Final = Table(
    "guilds",
    METADATA,
    Column("guild_id", BigInteger, primary_key=True),
    Column("paused_by", BigInteger),
    Column("paused_at", Float),
    Column("pause_reason", SafeText),
    Column("audit_channel", BigInteger),
    Column("approval_channel", BigInteger),
    Column("panel_channel", BigInteger),
    Column("panel_message", BigInteger),
    Column("check_action", String(16)),
    Column("check_threshold", Float),
    Column("log_days", Integer),
    Column("digest_channel", BigInteger),
    Column("digest_at", Float),
    Column("language", String(16)),
)
"""Settings that moderators made for a whole guild. A guild without a row has none."""

CHANNELS: Final = Table(
    "channels",
    METADATA,
    Column("guild_id", BigInteger, primary_key=True),
    Column("channel_id", BigInteger, primary_key=True),
    Column("allowed", Boolean),
    Column("workflows", JSON),
    Column("spoiler", Boolean),
    Column("previews", Boolean),
)
"""Settings for a channel, or for all channels of a category. NULL: not set here."""

BLOCKS: Final = Table(
    "blocks",
    METADATA,
    Column("guild_id", BigInteger, primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("by", BigInteger, nullable=False),
    Column("reason", SafeText),
    Column("since", Float, nullable=False),
    Column("until", Float),
)
"""Members who can't request images. Without `until` the block has no end."""

WORDS: Final = Table(
    "words",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", String, nullable=False),
    Column("action", String(16), nullable=False),
    Column("added_by", BigInteger, nullable=False),
    Column("forms", Boolean, nullable=False, server_default=false()),
    Index("words_of_a_guild", "guild_id"),
)
"""What to look for in prompts."""

FILES: Final = Table(
    "files",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("guild_id", BigInteger),
    Column("size", BigInteger),
)
"""Images that members uploaded, by the SHA-256 of their bytes: any worker that runs the job finds them here. Also
results that could not be delivered to anybody, by the job's id, and copies of reported images that no moderator has
been shown yet, by "report-" and the job's id. `guild_id` is where a file came from first, `size` its bytes.
"""

_OF_GUILD: Final = FILES.c.guild_id.is_not(None)
Index("files_of_guild", FILES.c.guild_id, FILES.c.size, sqlite_where=_OF_GUILD, postgresql_where=_OF_GUILD)

WORKFLOWS: Final = Table(
    "workflows",
    METADATA,
    Column("guild_id", BigInteger, primary_key=True),
    Column("name", String, primary_key=True),
    Column("graph", Text),
    Column("manifest", Text),
    Column("live", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("added_by", BigInteger, nullable=False),
    Column("added_at", Float, nullable=False),
)
"""A guild's own workflows. A row without a graph holds the guild's settings for a workflow that all guilds share."""

COMPATIBILITY: Final = Table(
    "compatibility",
    METADATA,
    Column("revision", String(32), primary_key=True),
    Column("oldest", String(32), nullable=False),
)
"""One row: the newest migration, and that of the oldest version of the program that works with its tables."""
