"""Three shapes of workflows that the tiny checkpoint can run: a checkpoint, one like FLUX, one that makes a video."""

from typing import Any, Final

from tests.commands.packs import PAINT, PAINT_MANIFEST

TINY: Final = "tiny-random-sd15.safetensors"
UNET: Final = "tiny-unet.safetensors"


def node(class_type: str, title: str, **inputs: object) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title}}


CHECKPOINT: Final[dict[str, Any]] = PAINT | {
    "3": {**PAINT["3"], "inputs": {**PAINT["3"]["inputs"], "steps": 1}},
    "4": node("CheckpointLoaderSimple", "Load Checkpoint", ckpt_name=TINY),
    "5": node("EmptyLatentImage", "EmptyLatentImage", width=128, height=128, batch_size=1),
}
CHECKPOINT_MANIFEST: Final = (
    PAINT_MANIFEST
    + """
[parameters.checkpoint]
target = ["Load Checkpoint.ckpt_name"]
choices = "server"
[parameters.steps]
target = ["KSampler.steps"]
max = 30
[parameters.cfg]
target = ["KSampler.cfg"]
[parameters.sampler]
target = ["KSampler.sampler_name"]
choices = "server"
"""
)

FLUX: Final[dict[str, Any]] = {
    "1": node("UNETLoader", "Load Diffusion Model", unet_name=UNET, weight_dtype="default"),
    "4": node("CheckpointLoaderSimple", "Text Encoder and VAE", ckpt_name=TINY),
    "6": node("CLIPTextEncode", "positive", text="", clip=["4", 1]),
    "7": node("FluxGuidance", "Flux Guidance", guidance=3.5, conditioning=["6", 0]),
    "8": node("BasicGuider", "Guider", model=["1", 0], conditioning=["7", 0]),
    "10": node("RandomNoise", "Random Noise", noise_seed=0),
    "11": node("KSamplerSelect", "Sampler", sampler_name="euler"),
    "12": node("BasicScheduler", "Scheduler", scheduler="normal", steps=1, denoise=1.0, model=["1", 0]),
    "13": node("EmptyLatentImage", "Empty Latent Image", width=128, height=128, batch_size=1),
    "14": node(
        "SamplerCustomAdvanced",
        "Custom Sampler",
        noise=["10", 0],
        guider=["8", 0],
        sampler=["11", 0],
        sigmas=["12", 0],
        latent_image=["13", 0],
    ),
    "15": node("VAEDecode", "VAE Decode", samples=["14", 0], vae=["4", 2]),
    "16": node("SaveImage", "Save Image", images=["15", 0], filename_prefix="flux"),
}
FLUX_MANIFEST: Final = """
title = "Like FLUX"
[parameters.prompt]
target = ["positive.text"]
[parameters.width]
target = ["Empty Latent Image.width"]
[parameters.height]
target = ["Empty Latent Image.height"]
[parameters.count]
target = ["Empty Latent Image.batch_size"]
max = 2
[parameters.guidance]
target = ["Flux Guidance.guidance"]
[parameters.loops]
target = ["Scheduler.steps"]
max = 30
[parameters.seed]
target = ["Random Noise.noise_seed"]
[parameters.model]
target = ["Load Diffusion Model.unet_name"]
choices = "server"
[parameters.sampler]
target = ["Sampler.sampler_name"]
choices = "server"
"""

VIDEO: Final[dict[str, Any]] = {
    "1": node("UNETLoader", "Load Diffusion Model", unet_name=UNET, weight_dtype="default"),
    "4": node("CheckpointLoaderSimple", "Text Encoder and VAE", ckpt_name=TINY),
    "5": node("LoadImage", "Picture", image="example.png"),
    "6": node("CLIPTextEncode", "positive", text="", clip=["4", 1]),
    "7": node("CLIPTextEncode", "negative", text="", clip=["4", 1]),
    "8": node("ModelSamplingDiscrete", "Model Sampling", sampling="eps", zsnr=False, model=["1", 0]),
    "9": node("VAEEncode", "First Frame", pixels=["5", 0], vae=["4", 2]),
    "10": node("RepeatLatentBatch", "Frames", amount=2, samples=["9", 0]),
    "3": node(
        "KSampler",
        "KSampler",
        seed=0,
        steps=1,
        cfg=5.0,
        sampler_name="euler",
        scheduler="normal",
        denoise=0.6,
        model=["8", 0],
        positive=["6", 0],
        negative=["7", 0],
        latent_image=["10", 0],
    ),
    "11": node("VAEDecode", "VAE Decode", samples=["3", 0], vae=["4", 2]),
    "12": node(
        "SaveAnimatedWEBP",
        "Save Video",
        images=["11", 0],
        filename_prefix="video",
        fps=8.0,
        lossless=True,
        quality=80,
        method="default",
    ),
}
VIDEO_MANIFEST: Final = """
title = "Video"
[parameters.image]
target = ["Picture.image"]
[parameters.prompt]
target = ["positive.text"]
[parameters.negative]
target = ["negative.text"]
[parameters.seed]
target = ["KSampler.seed"]
[parameters.steps]
target = ["KSampler.steps"]
[parameters.cfg]
target = ["KSampler.cfg"]
[parameters.denoise]
target = ["KSampler.denoise"]
[parameters.sampler]
target = ["KSampler.sampler_name"]
"""
