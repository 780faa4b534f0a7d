"""Samplers in parts, and videos."""

from tests.workflows.drawings.sample import PLAIN, SIZED, Sample, checkpoint, encoded, sample, save
from tests.workflows.known import Drawing, output


def sampler_custom() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    sampled = d.add(
        "SamplerCustom",
        "sampler",
        model=model,
        positive=encoded(d, "one", clip, "a cat"),
        negative=encoded(d, "two", clip, "blurry"),
        sampler=d.add("KSamplerSelect"),
        sigmas=d.add("SDTurboScheduler", "plan", model=model),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(save(d, vae, sampled), PLAIN | SIZED | {"seed": ("sampler.noise_seed",), "steps": ("plan.steps",)})


def flux() -> Sample:
    """As ComfyUI's own Flux template: a guider instead of two sides, noise and steps from nodes of their own."""
    d = Drawing()
    model = d.add("LoraLoaderModelOnly", "style", model=d.add("UNETLoader", "model"))
    clip = d.add("DualCLIPLoader")
    size = {"width": d.add("PrimitiveInt", "wide", value=1024), "height": d.add("PrimitiveInt", "high", value=768)}
    words = d.add("CLIPTextEncodeFlux", "one", clip=clip, clip_l="", t5xxl="a cat")
    shifted = d.add("ModelSamplingFlux", model=model, **size)
    sampled = d.add(
        "SamplerCustomAdvanced",
        "sampler",
        noise=d.add("RandomNoise", "noise"),
        guider=d.add(
            "BasicGuider", model=shifted, conditioning=d.add("FluxGuidance", conditioning=words, guidance=3.5)
        ),
        sampler=d.add("KSamplerSelect"),
        sigmas=d.add("BasicScheduler", "plan", model=shifted),
        latent_image=d.add("EmptySD3LatentImage", "latent", **size),
    )
    return Sample(
        save(d, d.add("VAELoader"), sampled),
        {
            "prompt": ("one.t5xxl",),
            "seed": ("noise.noise_seed",),
            "width": ("wide.value",),
            "height": ("high.value",),
            "count": ("latent.batch_size",),
            "steps": ("plan.steps",),
            "checkpoint": ("model.unet_name",),
            "lora": ("style.lora_name",),
            "lora_strength": ("style.strength_model",),
            "guidance": ("one.guidance", "FluxGuidance.guidance"),
        },
    )


def cfg_guider() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    sampled = d.add(
        "SamplerCustomAdvanced",
        "sampler",
        noise=d.add("RandomNoise", "noise"),
        guider=d.add(
            "CFGGuider",
            "guide",
            model=model,
            positive=encoded(d, "one", clip, "a cat"),
            negative=encoded(d, "two", clip, "blurry"),
        ),
        sampler=d.add("KSamplerSelect"),
        sigmas=d.add("BasicScheduler", "plan", model=model),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(
        save(d, vae, sampled),
        PLAIN | SIZED | {"seed": ("noise.noise_seed",), "steps": ("plan.steps",), "cfg": ("guide.cfg",)},
    )


def wan_text_to_video() -> Sample:
    d = Drawing()
    clip, vae = d.add("CLIPLoader"), d.add("VAELoader")
    sampled = sample(
        d,
        d.add("ModelSamplingSD3", model=d.add("UNETLoader", "model")),
        encoded(d, "one", clip, "a cat runs"),
        encoded(d, "two", clip, "still"),
        d.add("EmptyHunyuanLatentVideo", "latent"),
    )
    frames = d.add("VAEDecode", samples=sampled, vae=vae)
    d.add("SaveVideo", video=d.add("CreateVideo", images=frames))
    more = {"checkpoint": ("model.unet_name",), "length": ("latent.length",)}
    return Sample(d.graph, PLAIN | SIZED | more)


def wan_image_to_video() -> Sample:
    d = Drawing()
    clip, vae = d.add("CLIPLoader"), d.add("VAELoader")
    latent = d.add(
        "WanImageToVideo",
        "latent",
        positive=encoded(d, "one", clip, "a cat runs"),
        negative=encoded(d, "two", clip, "still"),
        vae=vae,
        start_image=d.add("LoadImage", "photo"),
    )
    sampled = sample(d, d.add("UNETLoader", "model"), latent, output(latent, 1), output(latent, 2))
    d.add("SaveAnimatedWEBP", images=d.add("VAEDecode", samples=sampled, vae=vae))
    more = {"checkpoint": ("model.unet_name",), "length": ("latent.length",), "image": ("photo.image",)}
    return Sample(d.graph, PLAIN | SIZED | more)
