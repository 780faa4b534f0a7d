"""From words and images to an image, with a sampler or two."""

from tests.workflows.drawings.sample import PLAIN, SIZED, Sample, checkpoint, encoded, sample, save
from tests.workflows.known import Drawing, output


def text_to_image() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one, two = encoded(d, "one", clip, "a cat"), encoded(d, "two", clip, "blurry")
    sampled = sample(d, model, one, two)
    return Sample(save(d, vae, sampled), PLAIN | SIZED)


def image_to_image() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    pixels = d.add("ImageScale", image=d.add("LoadImage", "photo"))
    latent = d.add("RepeatLatentBatch", "repeat", samples=d.add("VAEEncode", pixels=pixels, vae=vae))
    one, two = encoded(d, "one", clip, "a cat"), encoded(d, "two", clip, "blurry")
    sampled = sample(d, model, one, two, latent)
    more = {"denoise": ("sampler.denoise",), "image": ("photo.image",), "count": ("repeat.amount",)}
    size = {"width": ("Upscale Image.width",), "height": ("Upscale Image.height",)}
    return Sample(save(d, vae, sampled), PLAIN | more | size)


def inpaint() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    photo, hole = d.add("LoadImage", "photo"), d.add("LoadImageMask", "hole")
    latent = d.add("VAEEncodeForInpaint", pixels=photo, vae=vae, mask=d.add("GrowMask", mask=hole))
    one, two = encoded(d, "one", clip, "a cat"), encoded(d, "two", clip, "blurry")
    sampled = sample(d, model, one, two, latent)
    more = {"denoise": ("sampler.denoise",), "image": ("photo.image",), "mask": ("hole.image",)}
    return Sample(save(d, vae, sampled), PLAIN | more)


def inpaint_conditioned() -> Sample:
    """A mask from a second image's transparency; the conditioning passes through a node with both sides."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    photo, hole = d.add("LoadImage", "photo"), d.add("LoadImage", "hole")
    one, two = encoded(d, "one", clip, "a cat"), encoded(d, "two", clip, "blurry")
    both = d.add("InpaintModelConditioning", positive=one, negative=two, vae=vae, pixels=photo, mask=output(hole, 1))
    sampled = sample(d, model, both, output(both, 1), output(both, 2))
    more = {"denoise": ("sampler.denoise",), "image": ("photo.image",), "mask": ("hole.image",)}
    return Sample(save(d, vae, sampled), PLAIN | more)


def base_and_refiner() -> Sample:
    d = Drawing()
    model, clip, _ = checkpoint(d, "base")
    refiner, refiner_clip, vae = checkpoint(d, "refiner")
    d.graph["2"]["inputs"]["ckpt_name"] = "sd_xl_refiner_1.0.safetensors"
    latent = d.add("EmptyLatentImage", "latent")
    first = d.add(
        "KSamplerAdvanced",
        "first",
        model=model,
        positive=encoded(d, "one", clip, "a cat"),
        negative=encoded(d, "two", clip, "blurry"),
        latent_image=latent,
    )
    second = d.add(
        "KSamplerAdvanced",
        "second",
        model=refiner,
        positive=encoded(d, "three", refiner_clip, "a cat"),
        negative=encoded(d, "four", refiner_clip, "blurry"),
        latent_image=first,
    )
    return Sample(
        save(d, vae, second),
        SIZED
        | {
            "prompt": ("one.text", "three.text"),
            "negative": ("two.text", "four.text"),
            "seed": ("first.noise_seed", "second.noise_seed"),
            "cfg": ("first.cfg", "second.cfg"),
        },
        {"checkpoint": ("base.ckpt_name", "refiner.ckpt_name")},
    )


def loras() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    first = d.add("LoraLoader", "style", model=model, clip=clip)
    second = d.add("LoraLoaderModelOnly", "detail", model=first)
    patched = d.add("ModelSamplingDiscrete", model=second)
    sampled = sample(
        d, patched, encoded(d, "one", output(first, 1), "a cat"), encoded(d, "two", output(first, 1), "blurry")
    )
    more = {
        "lora_1": ("style.lora_name",),
        "lora_strength_1": ("style.strength_model", "style.strength_clip"),
        "lora_2": ("detail.lora_name",),
        "lora_strength_2": ("detail.strength_model",),
    }
    return Sample(save(d, vae, sampled), PLAIN | SIZED | more)


def upscaled_again() -> Sample:
    """A second pass over an enlarged latent: the size is the first one's, the seed both's."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one, two = encoded(d, "one", clip, "a cat"), encoded(d, "two", clip, "blurry")
    first = sample(d, model, one, two, title="first", steps=20)
    second = sample(
        d, model, one, two, d.add("LatentUpscale", samples=first, width=1152, height=1152), title="second", steps=14
    )
    more = {"seed": ("first.seed", "second.seed"), "cfg": ("first.cfg", "second.cfg")}
    expected = {name: targets for name, targets in (PLAIN | SIZED | more).items() if name != "steps"}
    return Sample(save(d, vae, second), expected, {"steps": ("first.steps", "second.steps")})


def no_sampler() -> Sample:
    d = Drawing()
    photo = d.add("LoadImage", "photo")
    d.add("SaveImage", images=d.add("ImageUpscaleWithModel", upscale_model=d.add("UpscaleModelLoader"), image=photo))
    return Sample(d.graph, {"image": ("photo.image",)})
