"""Images of other programs, made from the formats that they publish. Each says the same: `EXPECTED`."""

import json
from collections.abc import Mapping

from tests.pictures.carriers import png, with_comment, with_hidden

PROMPT, NEGATIVE, SEED = "a lighthouse, (storm:1.2)", "fog, people", 1234567890
SETTINGS = (
    "Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 1234567890, Size: 832x1216, "
    'Model hash: 31e35c80fc, Model: sd_xl_base_1.0, Clip skip: 2, Lora hashes: "detail: 7c6bad76eb54, grain: 1f2e", '
    "Version: v1.10.1"
)
A1111 = f"{PROMPT}\nNegative prompt: {NEGATIVE}\n{SETTINGS}"
CIVITAI = (
    f"{PROMPT}\nNegative prompt: {NEGATIVE}\nSteps: 28, Sampler: DPM++ 2M, CFG scale: 6.5, Seed: 1234567890, "
    "Size: 832x1216, Clip skip: 2, Created Date: 2026-01-05T12:00:00Z, Civitai resources: "
    '[{"type":"checkpoint","modelVersionId":128078,"modelName":"sd_xl_base_1.0","modelVersionName":"v1.0, VAE"},'
    '{"type":"lora","weight":0.8,"modelVersionId":1,"modelName":"detail","modelVersionName":"v2"}],'
    " Civitai metadata: {}"
)
CIVITAI_COMFY = {
    "resource-stack": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "urn:air:sdxl:checkpoint:x"}},
    "extra": {"airs": ["urn:air:sdxl:checkpoint:x"]},
    "extraMetadata": json.dumps(
        {
            "prompt": PROMPT,
            "negativePrompt": NEGATIVE,
            "steps": 28,
            "cfgScale": 6.5,
            "sampler": "DPM++ 2M",
            "seed": SEED,
            "width": 832,
            "height": 1216,
            "resources": [{"type": "Checkpoint", "modelName": "sd_xl_base_1.0", "strength": 1}],
        }
    ),
}
SWARM = {
    "sui_image_params": {
        "prompt": PROMPT,
        "negativeprompt": NEGATIVE,
        "model": "OfficialStableDiffusion/sd_xl_base_1.0",
        "seed": SEED,
        "steps": 28,
        "cfgscale": 6.5,
        "aspectratio": "Custom",
        "width": 832,
        "height": 1216,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "loras": ["detail"],
        "swarm_version": "0.9.7.0",
    },
    "sui_extra_data": {"date": "2026-01-05", "generation_time": "0.01 (prep) and 3.10 (gen) seconds"},
}
INVOKE = {
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": PROMPT,
    "negative_prompt": NEGATIVE,
    "width": 832,
    "height": 1216,
    "seed": SEED,
    "cfg_scale": 6.5,
    "steps": 28,
    "scheduler": "dpmpp_2m",
    "model": {"key": "1-2-3", "hash": "blake3:7", "name": "sd_xl_base_1.0", "base": "sdxl", "type": "main"},
    "loras": [{"model": {"name": "detail"}, "weight": 0.8}],
    "app_version": "5.6.0",
}
INVOKE_2 = {
    "model": "stable diffusion",
    "model_weights": "sd_xl_base_1.0",
    "image": {
        "prompt": [{"prompt": f"{PROMPT} [{NEGATIVE}]", "weight": 1.0}],
        "steps": 28,
        "cfg_scale": 6.5,
        "seed": SEED,
        "width": 832,
        "height": 1216,
        "sampler": "dpmpp_2m",
    },
}
DREAM = f'"{PROMPT} [{NEGATIVE}]" -s 28 -S {SEED} -W 832 -H 1216 -C 6.5 -A dpmpp_2m'
NOVEL = {
    "Title": "NovelAI generated image",
    "Description": PROMPT,
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4.5 4BDE2A90",
    "Comment": json.dumps(
        {
            "prompt": PROMPT,
            "steps": 28,
            "height": 1216,
            "width": 832,
            "scale": 6.5,
            "cfg_rescale": 0.0,
            "seed": SEED,
            "noise_schedule": "karras",
            "sampler": "dpmpp_2m",
            "v4_prompt": {"caption": {"base_caption": PROMPT, "char_captions": []}, "use_order": True},
            "v4_negative_prompt": {"caption": {"base_caption": NEGATIVE, "char_captions": []}},
            "uc": NEGATIVE,
        }
    ),
}
FOOOCUS = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "sd_xl_base_1.0",
    "base_model_hash": "31e35c80fc",
    "full_prompt": [PROMPT, "cinematic"],
    "guidance_scale": 6.5,
    "loras": [["detail", 0.8, "7c6b"]],
    "negative_prompt": NEGATIVE,
    "performance": "Speed",
    "prompt": PROMPT,
    "resolution": "(832, 1216)",
    "sampler": "dpmpp_2m",
    "scheduler": "karras",
    "seed": str(SEED),
    "sharpness": 2,
    "steps": 28,
    "version": "Fooocus v2.5.5",
}
MAKES: Mapping[str, bytes] = {
    "A1111, PNG": png({"parameters": A1111}),
    "A1111, JPEG": with_comment("JPEG", A1111),
    "A1111, WebP": with_comment("WEBP", A1111),
    "Forge, PNG": png({"parameters": A1111.replace("v1.10.1", "f2.0.1v1.10.1-previous-669-gdfdcbab6")}),
    "Civitai, JPEG": with_comment("JPEG", CIVITAI),
    "Civitai's generator, JPEG": with_comment("JPEG", json.dumps(CIVITAI_COMFY)),
    "SwarmUI, PNG": png({"parameters": json.dumps(SWARM, indent=2)}),
    "SwarmUI, JPEG": with_comment("JPEG", json.dumps(SWARM, indent=2)),
    "InvokeAI, PNG": png({"invokeai_metadata": json.dumps(INVOKE), "invokeai_graph": "{}"}),
    "InvokeAI 2, PNG": png({"sd-metadata": json.dumps(INVOKE_2), "Dream": DREAM}),
    "InvokeAI 1, PNG": png({"Dream": DREAM}),
    "NovelAI, PNG": png(NOVEL),
    "NovelAI, WebP": with_comment("WEBP", json.dumps(NOVEL), code=b"ASCII\0\0\0", encoding="ascii"),
    "NovelAI, hidden in PNG": with_hidden("PNG", json.dumps(NOVEL)),
    "NovelAI, hidden in WebP": with_hidden("WEBP", json.dumps(NOVEL)),
    "A1111, hidden in PNG": with_hidden("PNG", A1111),
    "Fooocus, PNG": png({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}),
    "Fooocus, JPEG": with_comment("JPEG", json.dumps(FOOOCUS), code=b"", encoding="ascii"),
}
MODELS = {"NovelAI": "NovelAI Diffusion V4.5", "InvokeAI 1": ""}
"""Where it is another, or not told."""
