"""The real bot in a Discord that runs in this process (simcord)."""

from tests.demo.world.world import World

__all__ = ["World"]
