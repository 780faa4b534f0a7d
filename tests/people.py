"""Members who order."""

from typing import Final

from tests.discord_server import User

ALICE: Final = User("alice")
BOB: Final = User("bob")
