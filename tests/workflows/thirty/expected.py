"""ComfyUI's own templates of all kinds -> the options that a person who opens one would look for.

Written from the templates alone. An option more does no harm; one that is missing, or that changes nothing, does.
"""

from collections.abc import Mapping
from typing import Final

EXPECTED: Final[Mapping[str, tuple[str, ...]]] = {
    # Images from words.
    "image_sdxl_simple": ("prompt", "negative", "seed", "width", "height", "count", "steps", "cfg", "checkpoint"),
    "flux_schnell_full_text_to_image": ("prompt", "seed", "width", "height", "count", "steps"),
    "image_z_image_turbo": ("prompt", "seed", "width", "height", "count", "steps"),
    "image_qwen_Image_2512": ("prompt", "negative", "seed", "width", "height", "steps", "cfg", "enable_4_steps_lora"),
    "image_krea2_turbo_t2i": ("prompt", "seed", "aspect_ratio", "megapixels", "steps", "enable_lora", "refine_prompt"),
    "image_ernie_image": ("prompt", "negative", "seed", "width", "height", "steps", "enable_prompt_enhancement"),
    "sdxl_refiner_prompt_example": ("prompt", "negative", "seed", "width", "height", "count", "cfg"),
    "template_qwen_image_illustration_lora": (
        "prompt",
        "negative",
        "seed",
        "lora_strength",
        "width",
        "height",
        "steps",
    ),
    # Images that are changed.
    "image_qwen_image_edit_2511": ("prompt", "image", "image_2", "seed", "steps", "cfg", "enable_4steps_lora"),
    "flux_kontext_dev_basic": ("prompt", "image", "seed", "steps", "guidance"),
    "image_flux2_fp8": ("prompt", "image", "image_2", "seed", "steps", "guidance"),
    "image_flux2_klein_image_edit_4b_distilled": ("prompt", "image", "seed", "steps"),
    "image_qwen_image_instantx_controlnet": ("prompt", "negative", "image", "control_strength", "seed", "steps", "cfg"),
    "templates-portrait_light_migration": ("prompt", "subject_image", "lighting_image", "seed"),
    "flux_fill_inpaint_example": ("prompt", "image", "seed", "steps", "guidance"),
    # Videos.
    "video_wan2_2_5B_ti2v": ("prompt", "negative", "seed", "width", "height", "length", "steps", "cfg"),
    "video_wan2_2_14B_i2v": ("prompt", "negative", "image", "seed", "width", "height", "duration", "fps"),
    "video_wan2_2_14B_flf2v": ("prompt", "negative", "start_image", "end_image", "seed", "width", "height", "length"),
    "video_ltx2_3_flf2v": ("prompt", "negative", "first_frame", "last_frame", "seed", "width", "height", "duration"),
    "video_ltx2_5_t2v": ("prompt", "negative", "seed", "aspect_ratio", "megapixels", "duration", "fps"),
    "video_wan2_2_14B_s2v": ("prompt", "image", "audio", "seed", "width", "height", "steps"),
    "video_wan_vace_14B_v2v": ("prompt", "negative", "video", "image", "seed", "width", "height", "length", "steps"),
    "utility_video_frame_interpolation": ("video", "multiplier"),
    # Music and sound.
    "audio_ace_step_1_5_checkpoint": ("prompt", "lyrics", "duration", "seed", "bpm", "key", "language", "steps"),
    "audio_ace_step_1_m2m_editing": ("prompt", "lyrics", "audio", "denoise", "seed", "steps"),
    "audio_stable_audio_3_medium": ("prompt", "duration", "seed", "steps", "enable_reprompt"),
    # Three dimensions, enlarging, text.
    "3d_hunyuan3d_multiview_to_model": ("front", "back", "seed", "steps", "cfg"),
    "utility_interpolation_image_upscale": ("image", "scale_by"),
    "utility_seedvr2_3b_int8_upscale_image": ("image", "scale_by", "seed"),
    "llm_gemma4_text_gen": ("prompt", "image", "audio", "seed"),
}
