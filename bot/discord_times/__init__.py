"""Times that people read, by Discord's clock."""

from bot.discord_times.clocks import CLOCKS, Clocks, shown_machine_time, shown_time

__all__ = ["CLOCKS", "Clocks", "shown_machine_time", "shown_time"]
