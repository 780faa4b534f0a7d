"""A workflow's key, by which jobs and rules know it: as text `NAME`, or `GUILD_ID/NAME` for a guild's own."""

import re
from dataclasses import dataclass
from typing import Final, Self

_DRAFT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class WorkflowKey:
    """`guild_id` None: all guilds share the workflow, which is a file of the operator's. A draft's name is its id."""

    guild_id: int | None
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that `str` has written."""
        guild_id, slash, name = text.partition("/")
        return cls(int(guild_id), name) if slash and guild_id.isdecimal() else cls(None, text)

    def __str__(self) -> str:
        return self.name if self.guild_id is None else f"{self.guild_id}/{self.name}"

    @property
    def is_draft(self) -> bool:
        """Whether it is not live yet."""
        return _DRAFT.fullmatch(self.name) is not None

    @property
    def title(self) -> str:
        """What the workflow is called once its pack is gone and only its key is left: never its guild, nor an id."""
        return "Draft" if self.is_draft else self.name.replace("_", " ").capitalize()

    def belongs_to(self, guild_id: int | None) -> bool:
        """Whether a guild (None: a direct message) has the workflow, as its own or among those that all share."""
        return self.guild_id in {None, guild_id}
