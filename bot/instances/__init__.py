"""One bot, once: one process a DATA_DIR and an SQLite file, and signs of another program that uses the same token."""

from bot.instances.process_locks import only_process
from bot.instances.sightings import GONE_SECONDS, OtherProgram, Sighting, read_sighting

__all__ = ["GONE_SECONDS", "OtherProgram", "Sighting", "only_process", "read_sighting"]
