"""Members who order, and moderators."""

from typing import Final

from tests.discord_server import Permission, Role, User

ALICE: Final = User("alice")
BOB: Final = User("bob")
MODERATORS: Final = Role("moderators", Permission.MANAGE_MESSAGES)
MONA: Final = User("mona", roles=(MODERATORS,))
