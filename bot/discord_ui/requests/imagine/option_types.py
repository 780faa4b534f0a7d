"""The options that `/imagine`, `/grid` and `/settings` share: what Discord accepts, and what it says about them."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from discord import app_commands

from bot.discord_ui.requests.submission import PRIVATE_DESCRIPTION
from bot.translation import N_
from bot.workflows import MAX_SEED

PromptOption: TypeAlias = app_commands.Range[str, 1, 6000]
SizeOption: TypeAlias = app_commands.Range[str, 1, 40]
CountOption: TypeAlias = app_commands.Range[int, 1, 10]
SeedOption: TypeAlias = app_commands.Range[int, 0, MAX_SEED]
ModelOption: TypeAlias = app_commands.Range[str, 1, 300]
LoraOption: TypeAlias = app_commands.Range[str, 1, 1000]
StyleOption: TypeAlias = app_commands.Range[str, 1, 100]
StrengthOption: TypeAlias = app_commands.Range[float, 0, 1]
StepsOption: TypeAlias = app_commands.Range[int, 1, 10_000]
GuidanceOption: TypeAlias = app_commands.Range[float, 0, 100]
SamplerOption: TypeAlias = app_commands.Range[str, 1, 100]

SIZE_DESCRIPTION: Final = N_("Aspect ratio or size, like 16:9, portrait or 1024x768")
COUNT_DESCRIPTION: Final = N_("Number of images to generate at once")
DESCRIPTIONS: Final[Mapping[str, str]] = {
    "workflow": N_("Workflow to use (default: the server’s standard one)"),
    "size": SIZE_DESCRIPTION,
    "model": N_("Model to use (default: the workflow’s own)"),
    "lora": N_("LoRAs to add, with their weights: detail:0.8, film grain"),
    "image": N_("Image to start from, for workflows that take one"),
    "strength": N_("Strength (denoise). How much of the image to change: 0 is nothing, 1 is everything"),
    "steps": N_("Sampling steps. More take longer and add detail, up to a point"),
    "guidance": N_("Guidance (CFG). How closely to follow the prompt"),
    "sampler": N_("Sampler to use (default: the workflow’s own)"),
    "private": PRIVATE_DESCRIPTION,
}
"""Of the options that mean the same for one image and for a grid."""
