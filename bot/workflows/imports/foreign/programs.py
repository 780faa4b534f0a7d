"""Which program wrote an object, and what its words mean."""

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.workflows.imports.bounded_json import parsed_object
from bot.workflows.imports.foreign.dream import parted
from bot.workflows.imports.foreign.named_values import recipe_of
from bot.workflows.imports.recipe import Recipe

_CHARACTERS: Final = 10
"""Of NovelAI's: each has a prompt of its own."""
_NOVEL_MODEL: Final = re.compile(r"(.{1,80}?) [0-9A-F]{8}")
_SWARM: Final = "sui_image_params"
_DRAW_THINGS: Final = {"c": "prompt", "uc": "negative", "scale": "cfg"}
_CIVITAI: Final = "extraMetadata"


def invoke(texts: Mapping[str, str]) -> Recipe:
    """InvokeAI's three forms; the oldest is a command (`dream`)."""
    if (raw := parsed_object(texts.get("invokeai_metadata", ""))) is not None:
        # What it calls a scheduler is called a sampler elsewhere.
        return recipe_of(raw, "InvokeAI", {"scheduler": "sampler"})
    if (raw := parsed_object(texts.get("sd-metadata", ""))) is None or not isinstance(image := raw.get("image"), dict):
        return Recipe()
    prompts = image.get("prompt")
    listed = prompts if isinstance(prompts, list) else [{"prompt": prompts}]
    said = [one["prompt"] for one in listed if isinstance(one, dict) and isinstance(one.get("prompt"), str)]
    prompt, negative = parted(" ".join(said))
    values = {**image, "prompt": prompt, "negative": negative, "model": raw.get("model_weights")}
    return recipe_of(values, "InvokeAI")


def novel(texts: Mapping[str, str]) -> Recipe:
    """NovelAI's: the software, the model and the prompt are texts of their own, the rest is JSON in the comment. In
    WebP all of it is one object.
    """
    held = texts if "comment" in texts else _folded(parsed_object(texts.get("usercomment", "")) or {})
    if not held.get("software", "").startswith("NovelAI") or (raw := parsed_object(held.get("comment", ""))) is None:
        return Recipe()
    source = _NOVEL_MODEL.fullmatch(held.get("source", "")[:100])
    values = {
        **raw,
        "prompt": _captions(raw.get("v4_prompt")) or raw.get("prompt") or held.get("description"),
        "uc": _captions(raw.get("v4_negative_prompt")) or raw.get("uc"),
        "model": source[1] if source is not None else held.get("source"),
    }
    return recipe_of(values, "NovelAI")


def _folded(raw: Mapping[str, Any]) -> dict[str, str]:
    return {name.casefold(): value for name, value in raw.items() if isinstance(value, str)}


def _captions(raw: object) -> str:
    """The prompt, and below it those of the characters."""
    caption = raw.get("caption") if isinstance(raw, dict) else None
    if not isinstance(caption, dict):
        return ""
    characters = caption.get("char_captions")
    listed = characters[:_CHARACTERS] if isinstance(characters, list) else []
    said = [caption.get("base_caption"), *(one.get("char_caption") for one in listed if isinstance(one, dict))]
    return "\n".join(one for one in said if isinstance(one, str) and one)


def of_object(raw: dict[str, Any], texts: Mapping[str, str]) -> Recipe:
    """SwarmUI, Fooocus, Civitai, Draw Things, and other programs that name things as they do."""
    if isinstance(swarm := raw.get(_SWARM), dict):
        return recipe_of(swarm, "SwarmUI")
    if isinstance(extra := raw.get(_CIVITAI), str):
        return recipe_of(_civitai(parsed_object(extra) or {}), "Civitai")
    if "fooocus_scheme" in texts or {"base_model", "guidance_scale"} <= raw.keys():
        return recipe_of({**raw, "loras": _fooocus_loras(raw)}, "Fooocus")
    if isinstance(raw.get("c"), str) and "sampler" in raw:
        return recipe_of(raw, "Draw Things", _DRAW_THINGS)
    recipe = recipe_of(raw, "unknown")
    # Any program may write JSON: what has a prompt and nothing else is no recipe.
    return recipe if recipe.prompt and (recipe.settings or recipe.seed is not None) else Recipe()


def _civitai(extra: dict[str, Any]) -> dict[str, Any]:
    resources = extra.pop("resources", None)
    named = [one for one in resources if isinstance(one, dict)] if isinstance(resources, list) else []
    models = {str(one.get("type", "")).casefold(): one.get("modelName") for one in named}
    return {"model": models.get("checkpoint"), **extra}


def _fooocus_loras(raw: Mapping[str, Any]) -> list[Any]:
    """A list, or numbered texts `name : weight`."""
    listed = raw.get("loras")
    if isinstance(listed, list):
        return listed
    numbered = (raw.get(f"lora_combined_{number}") for number in range(1, _CHARACTERS))
    parts = [one.rpartition(":") for one in numbered if isinstance(one, str)]
    return [[name.strip(), weight] for name, _, weight in parts]


def easy(texts: Mapping[str, str]) -> Recipe:
    """Easy Diffusion's: each value is a text of its own, by its name."""
    names = {"use_stable_diffusion_model": "model", "use_vae_model": "vae", "sampler_name": "sampler"}
    if "prompt" not in texts or not {"num_inference_steps", "use_stable_diffusion_model"} & texts.keys():
        return Recipe()
    return recipe_of({names.get(name, name): value for name, value in texts.items()}, "Easy Diffusion")
