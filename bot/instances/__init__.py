"""One bot, once: one process a DATA_DIR, and signs of another program that uses the same token."""

from bot.instances.data_dir_lock import only_process
from bot.instances.sightings import OtherProgram, Sighting, read_sighting

__all__ = ["OtherProgram", "Sighting", "only_process", "read_sighting"]
