"""The real bot in a Discord that runs in this process (simcord): for tests and for the demo."""

from tests.simcord_world.messages import Look, Shown
from tests.simcord_world.wire import Sent, Trouble, Wire
from tests.simcord_world.world import Ordered, World

__all__ = ["Look", "Ordered", "Sent", "Shown", "Trouble", "Wire", "World"]
