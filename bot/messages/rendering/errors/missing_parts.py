"""What a workflow needs and a server lacks, in words: node classes and models, with the folder of each. Pure."""

from collections.abc import Sequence
from typing import Final

from bot.messages.rendering.quoted_text import shown_value
from bot.translation import _, listed
from bot.workflows import Missing

_MOST_NAMED: Final = 5
"""How many things are listed; the rest is only counted."""
_MODEL_FOLDERS: Final = {
    "ckpt_name": "models/checkpoints",
    "lora_name": "models/loras",
    "control_net_name": "models/controlnet",
    "vae_name": "models/vae",
    "unet_name": "models/diffusion_models",
    "clip_name": "models/text_encoders",
    "clip_name1": "models/text_encoders",
    "clip_name2": "models/text_encoders",
    "clip_name3": "models/text_encoders",
    "clip_name4": "models/text_encoders",
    "text_encoder": "models/text_encoders",
    "audio_encoder_name": "models/audio_encoders",
    "bg_removal_name": "models/background_removal",
    "gligen_name": "models/gligen",
    "style_model_name": "models/style_models",
}
"""Inputs that name a model file, with its folder relative to ComfyUI's main.py."""
_FOLDERS_OF_CLASSES: Final = {
    "UpscaleModelLoader": "models/upscale_models",
    "LatentUpscaleModelLoader": "models/latent_upscale_models",
    "ModelPatchLoader": "models/model_patches",
    "FrameInterpolationModelLoader": "models/frame_interpolation",
    "OpticalFlowLoader": "models/optical_flow",
    "LoadDA3Model": "models/geometry_estimation",
    "LoadMoGeModel": "models/geometry_estimation",
}
"""The same for node classes whose input's name does not tell the folder."""


def explain_missing(missing: Sequence[Missing]) -> str:
    """What a workflow needs that the server does not have, on one line: "needs the model X in models/…, the node Y"."""
    named = list(dict.fromkeys(map(_missing, missing)))
    shown = listed(named[:_MOST_NAMED])
    if (more := len(named) - _MOST_NAMED) > 0:
        return _("needs {things} and {count} more").format(things=shown, count=more)
    return _("needs {things}").format(things=shown)


def _missing(one: Missing) -> str:
    if one.input_name is None:
        return _("the node {name}").format(name=shown_value(one.class_type))
    folder = _MODEL_FOLDERS.get(one.input_name)
    if one.class_type.startswith("CLIPVision"):
        folder = "models/clip_vision"
    folder = _FOLDERS_OF_CLASSES.get(one.class_type, folder)
    if folder:
        return _("the model {name} in {folder}").format(name=shown_value(one.value), folder=folder)
    return _("the model {name} for “{title}”").format(name=shown_value(one.value), title=one.node_title)
