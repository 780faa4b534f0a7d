"""Graphs of every kind that people bring, drawn from `/object_info`, and what a member may set in each.

Titles say nothing about a node's part: "one", "two". Where they do, it is the test's point.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.workflows import Graph
from tests.workflows.known import Drawing, output

Link = list[object]


@dataclass(frozen=True, slots=True)
class Sample:
    """`expected`: parameter -> targets as a manifest writes them; `unclear`: parameter -> candidates."""

    graph: Graph
    expected: Mapping[str, tuple[str, ...]]
    unclear: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _checkpoint(drawing: Drawing, title: str = "model") -> tuple[Link, Link, Link]:
    loader = drawing.add("CheckpointLoaderSimple", title)
    return loader, output(loader, 1), output(loader, 2)


def _words(drawing: Drawing, title: str, clip: Link, text: object) -> Link:
    return drawing.add("CLIPTextEncode", title, clip=clip, text=text)


def _save(drawing: Drawing, vae: Link, samples: Link) -> Graph:
    drawing.add("SaveImage", images=drawing.add("VAEDecode", samples=samples, vae=vae))
    return drawing.graph


PLAIN: Final[dict[str, tuple[str, ...]]] = {
    "prompt": ("one.text",),
    "negative": ("two.text",),
    "seed": ("sampler.seed",),
    "steps": ("sampler.steps",),
    "cfg": ("sampler.cfg",),
    "checkpoint": ("model.ckpt_name",),
}
SIZED: Final[dict[str, tuple[str, ...]]] = {
    "width": ("latent.width",),
    "height": ("latent.height",),
    "count": ("latent.batch_size",),
}


def text_to_image() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    one, two = _words(d, "one", clip, "a cat"), _words(d, "two", clip, "blurry")
    latent = d.add("EmptyLatentImage", "latent")
    sampled = d.add("KSampler", "sampler", model=model, positive=one, negative=two, latent_image=latent)
    return Sample(_save(d, vae, sampled), PLAIN | SIZED)


def image_to_image() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    pixels = d.add("ImageScale", image=d.add("LoadImage", "photo"))
    latent = d.add("RepeatLatentBatch", "repeat", samples=d.add("VAEEncode", pixels=pixels, vae=vae))
    one, two = _words(d, "one", clip, "a cat"), _words(d, "two", clip, "blurry")
    sampled = d.add("KSampler", "sampler", model=model, positive=one, negative=two, latent_image=latent)
    more = {"denoise": ("sampler.denoise",), "image": ("photo.image",), "count": ("repeat.amount",)}
    return Sample(_save(d, vae, sampled), PLAIN | more)


def inpaint() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    photo, hole = d.add("LoadImage", "photo"), d.add("LoadImageMask", "hole")
    latent = d.add("VAEEncodeForInpaint", pixels=photo, vae=vae, mask=d.add("GrowMask", mask=hole))
    one, two = _words(d, "one", clip, "a cat"), _words(d, "two", clip, "blurry")
    sampled = d.add("KSampler", "sampler", model=model, positive=one, negative=two, latent_image=latent)
    more = {"denoise": ("sampler.denoise",), "image": ("photo.image",), "mask": ("hole.image",)}
    return Sample(_save(d, vae, sampled), PLAIN | more)


def inpaint_conditioned() -> Sample:
    """A mask from a second picture's transparency; the conditioning passes through a node with both sides."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    photo, hole = d.add("LoadImage", "photo"), d.add("LoadImage", "hole")
    one, two = _words(d, "one", clip, "a cat"), _words(d, "two", clip, "blurry")
    both = d.add("InpaintModelConditioning", positive=one, negative=two, vae=vae, pixels=photo, mask=output(hole, 1))
    sampled = d.add(
        "KSampler", "sampler", model=model, positive=both, negative=output(both, 1), latent_image=output(both, 2)
    )
    more = {"denoise": ("sampler.denoise",), "image": ("photo.image",), "mask": ("hole.image",)}
    return Sample(_save(d, vae, sampled), PLAIN | more)


def sdxl_two_texts() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    one = d.add("CLIPTextEncodeSDXL", "one", clip=clip, text_g="a cat", text_l="a cat")
    two = d.add("CLIPTextEncodeSDXL", "two", clip=clip, text_g="blurry", text_l="")
    latent = d.add("EmptyLatentImage", "latent")
    sampled = d.add("KSampler", "sampler", model=model, positive=one, negative=two, latent_image=latent)
    words = {"prompt": ("one.text_g", "one.text_l"), "negative": ("two.text_g",)}
    return Sample(_save(d, vae, sampled), PLAIN | SIZED | words)


def sdxl_two_different_texts() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    one = d.add("CLIPTextEncodeSDXL", "one", clip=clip, text_g="a cat", text_l="photo, sharp")
    latent = d.add("EmptyLatentImage", "latent")
    two = _words(d, "two", clip, "blurry")
    sampled = d.add("KSampler", "sampler", model=model, positive=one, negative=two, latent_image=latent)
    expected = {name: targets for name, targets in (PLAIN | SIZED).items() if name != "prompt"}
    return Sample(_save(d, vae, sampled), expected, {"prompt": ("one.text_g", "one.text_l")})


def base_and_refiner() -> Sample:
    d = Drawing()
    model, clip, _ = _checkpoint(d, "base")
    refiner, refiner_clip, vae = _checkpoint(d, "refiner")
    d.graph["2"]["inputs"]["ckpt_name"] = "sd_xl_refiner_1.0.safetensors"
    latent = d.add("EmptyLatentImage", "latent")
    first = d.add(
        "KSamplerAdvanced",
        "first",
        model=model,
        positive=_words(d, "one", clip, "a cat"),
        negative=_words(d, "two", clip, "blurry"),
        latent_image=latent,
    )
    second = d.add(
        "KSamplerAdvanced",
        "second",
        model=refiner,
        positive=_words(d, "three", refiner_clip, "a cat"),
        negative=_words(d, "four", refiner_clip, "blurry"),
        latent_image=first,
    )
    return Sample(
        _save(d, vae, second),
        SIZED
        | {
            "prompt": ("one.text", "three.text"),
            "negative": ("two.text", "four.text"),
            "seed": ("first.noise_seed", "second.noise_seed"),
            "cfg": ("first.cfg", "second.cfg"),
        },
        {"checkpoint": ("base.ckpt_name", "refiner.ckpt_name")},
    )


def controlnet() -> Sample:
    """The old apply takes one conditioning, the advanced one both: its outputs are positive and negative."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    one, two = _words(d, "one", clip, "a cat"), _words(d, "two", clip, "blurry")
    hint = d.add("LoadImage", "hint")
    net = d.add("ControlNetLoader")
    old = d.add("ControlNetApply", conditioning=one, control_net=net, image=hint)
    both = d.add("ControlNetApplyAdvanced", positive=old, negative=two, control_net=net, image=hint)
    again = d.add("ControlNetApplyAdvanced", positive=both, negative=output(both, 1), control_net=net, image=hint)
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=again,
        negative=output(again, 1),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(_save(d, vae, sampled), PLAIN | SIZED | {"image": ("hint.image",)})


def combined() -> Sample:
    """The same words over several areas are one prompt."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    one, three = _words(d, "one", clip, "a cat"), _words(d, "three", clip, "a cat")
    positive = d.add(
        "ConditioningCombine",
        conditioning_1=d.add("ConditioningSetArea", conditioning=one),
        conditioning_2=d.add("ConditioningConcat", conditioning_to=three, conditioning_from=one),
    )
    pair = d.add(
        "PairConditioningCombine",
        positive_A=positive,
        negative_A=_words(d, "two", clip, "blurry"),
        positive_B=one,
        negative_B=_words(d, "four", clip, "blurry"),
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=pair,
        negative=output(pair, 1),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    words = {"prompt": ("one.text", "three.text"), "negative": ("two.text", "four.text")}
    return Sample(_save(d, vae, sampled), PLAIN | SIZED | words)


def combined_unclear() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    one, three = _words(d, "one", clip, "a cat"), _words(d, "three", clip, "a red sofa")
    positive = d.add("ConditioningCombine", conditioning_1=one, conditioning_2=three)
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=positive,
        negative=_words(d, "two", clip, "blurry"),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    expected = {name: targets for name, targets in (PLAIN | SIZED).items() if name != "prompt"}
    return Sample(_save(d, vae, sampled), expected, {"prompt": ("one.text", "three.text")})


def gligen() -> Sample:
    """A box's text is not the prompt."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    boxed = d.add(
        "GLIGENTextBoxApply",
        conditioning_to=_words(d, "one", clip, "a cat"),
        clip=clip,
        gligen_textbox_model=d.add("GLIGENLoader"),
        text="a ball",
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=boxed,
        negative=_words(d, "two", clip, "blurry"),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(_save(d, vae, sampled), PLAIN | SIZED)


def loras() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    first = d.add("LoraLoader", "style", model=model, clip=clip)
    second = d.add("LoraLoaderModelOnly", "detail", model=first)
    patched = d.add("ModelSamplingDiscrete", model=second)
    sampled = d.add(
        "KSampler",
        "sampler",
        model=patched,
        positive=_words(d, "one", output(first, 1), "a cat"),
        negative=_words(d, "two", output(first, 1), "blurry"),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    more = {"lora_1": ("style.lora_name",), "lora_2": ("detail.lora_name",)}
    return Sample(_save(d, vae, sampled), PLAIN | SIZED | more)


def sampler_custom() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    sampled = d.add(
        "SamplerCustom",
        "sampler",
        model=model,
        positive=_words(d, "one", clip, "a cat"),
        negative=_words(d, "two", clip, "blurry"),
        sampler=d.add("KSamplerSelect"),
        sigmas=d.add("SDTurboScheduler", "plan", model=model),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(_save(d, vae, sampled), PLAIN | SIZED | {"seed": ("sampler.noise_seed",), "steps": ("plan.steps",)})


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
        _save(d, d.add("VAELoader"), sampled),
        {
            "prompt": ("one.t5xxl",),
            "seed": ("noise.noise_seed",),
            "width": ("wide.value",),
            "height": ("high.value",),
            "count": ("latent.batch_size",),
            "steps": ("plan.steps",),
            "checkpoint": ("model.unet_name",),
            "lora": ("style.lora_name",),
        },
    )


def cfg_guider() -> Sample:
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    sampled = d.add(
        "SamplerCustomAdvanced",
        "sampler",
        noise=d.add("RandomNoise", "noise"),
        guider=d.add(
            "CFGGuider",
            "guide",
            model=model,
            positive=_words(d, "one", clip, "a cat"),
            negative=_words(d, "two", clip, "blurry"),
        ),
        sampler=d.add("KSamplerSelect"),
        sigmas=d.add("BasicScheduler", "plan", model=model),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(
        _save(d, vae, sampled),
        PLAIN | SIZED | {"seed": ("noise.noise_seed",), "steps": ("plan.steps",), "cfg": ("guide.cfg",)},
    )


def sd3() -> Sample:
    """As ComfyUI's own SD3 template: the negative words count only for the first tenth, then nothing does."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    two = _words(d, "two", clip, "blurry")
    negative = d.add(
        "ConditioningCombine",
        conditioning_1=d.add(
            "ConditioningSetTimestepRange", conditioning=d.add("ConditioningZeroOut", conditioning=two)
        ),
        conditioning_2=d.add("ConditioningSetTimestepRange", conditioning=two),
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=d.add("ModelSamplingSD3", model=model),
        positive=d.add("CLIPTextEncodeSD3", "one", clip=clip, clip_l="a cat", clip_g="a cat", t5xxl="a cat"),
        negative=negative,
        latent_image=d.add("EmptySD3LatentImage", "latent"),
    )
    return Sample(_save(d, vae, sampled), PLAIN | SIZED | {"prompt": ("one.clip_l", "one.clip_g", "one.t5xxl")})


def zeroed_negative() -> Sample:
    """Nobody is asked for words that are thrown away."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    one = _words(d, "one", clip, "a cat")
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=one,
        negative=d.add("ConditioningZeroOut", conditioning=one),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    expected = {name: targets for name, targets in (PLAIN | SIZED).items() if name != "negative"}
    return Sample(_save(d, vae, sampled), expected)


def primitives_and_reroutes() -> Sample:
    """Values from nodes of their own, and a custom reroute on every kind of link."""
    d = Drawing()

    def by_way(link: Link) -> Link:
        return d.add("Reroute (custom)", **{"": d.add("ReroutePrimitive|custom", value=link)})

    model, clip, vae = _checkpoint(d)
    sampled = d.add(
        "KSampler",
        "sampler",
        model=by_way(model),
        seed=by_way(d.add("PrimitiveInt", "a number", value=7)),
        cfg=by_way(d.add("PrimitiveFloat", "a float", value=7.5)),
        positive=by_way(_words(d, "encoder", clip, by_way(d.add("PrimitiveStringMultiline", "one", value="a cat")))),
        negative=by_way(_words(d, "two", clip, "blurry")),
        latent_image=by_way(d.add("EmptyLatentImage", "latent")),
    )
    more = {"prompt": ("one.value",), "seed": ("a number.value",), "cfg": ("a float.value",)}
    return Sample(_save(d, vae, sampled), PLAIN | SIZED | more)


def switched() -> Sample:
    """A switch that the author has set passes on one of its sides."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    chosen = d.add(
        "ComfySwitchNode",
        switch=True,
        on_false=_words(d, "three", clip, "a dog"),
        on_true=_words(d, "one", clip, "a cat"),
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=chosen,
        negative=_words(d, "two", clip, "blurry"),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(_save(d, vae, sampled), PLAIN | SIZED)


def put_together() -> Sample:
    """A prompt that is put together from two texts: which of them is a member's?"""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    text = d.add(
        "StringConcatenate",
        string_a=d.add("PrimitiveString", "style", value="oil painting"),
        string_b=d.add("PrimitiveString", "subject", value="a cat"),
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=_words(d, "one", clip, text),
        negative=_words(d, "two", clip, "blurry"),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    expected = {name: targets for name, targets in (PLAIN | SIZED).items() if name != "prompt"}
    return Sample(_save(d, vae, sampled), expected, {"prompt": ("style.value", "subject.value")})


def upscaled_again() -> Sample:
    """A second pass over an enlarged latent: the size is the first one's, the seed both's."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    one, two = _words(d, "one", clip, "a cat"), _words(d, "two", clip, "blurry")
    first = d.add(
        "KSampler",
        "first",
        model=model,
        positive=one,
        negative=two,
        latent_image=d.add("EmptyLatentImage", "latent"),
        steps=20,
    )
    second = d.add(
        "KSampler",
        "second",
        model=model,
        positive=one,
        negative=two,
        latent_image=d.add("LatentUpscale", samples=first, width=1152, height=1152),
        steps=14,
    )
    more = {"seed": ("first.seed", "second.seed"), "cfg": ("first.cfg", "second.cfg")}
    expected = {name: targets for name, targets in (PLAIN | SIZED | more).items() if name != "steps"}
    return Sample(_save(d, vae, second), expected, {"steps": ("first.steps", "second.steps")})


def wan_text_to_video() -> Sample:
    d = Drawing()
    clip, vae = d.add("CLIPLoader"), d.add("VAELoader")
    sampled = d.add(
        "KSampler",
        "sampler",
        model=d.add("ModelSamplingSD3", model=d.add("UNETLoader", "model")),
        positive=_words(d, "one", clip, "a cat runs"),
        negative=_words(d, "two", clip, "still"),
        latent_image=d.add("EmptyHunyuanLatentVideo", "latent"),
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
        positive=_words(d, "one", clip, "a cat runs"),
        negative=_words(d, "two", clip, "still"),
        vae=vae,
        start_image=d.add("LoadImage", "photo"),
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=d.add("UNETLoader", "model"),
        positive=latent,
        negative=output(latent, 1),
        latent_image=output(latent, 2),
    )
    d.add("SaveAnimatedWEBP", images=d.add("VAEDecode", samples=sampled, vae=vae))
    more = {"checkpoint": ("model.unet_name",), "length": ("latent.length",), "image": ("photo.image",)}
    return Sample(d.graph, PLAIN | SIZED | more)


def model_before_both_sides() -> Sample:
    """A node that passes on a model before its two sides."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    both = d.add(
        "LTXVReferenceAudio",
        model=model,
        positive=_words(d, "one", clip, "a cat"),
        negative=_words(d, "two", clip, "blurry"),
        reference_audio=d.add("LoadAudio"),
        audio_vae=d.add("LTXVAudioVAELoader"),
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=both,
        positive=output(both, 1),
        negative=output(both, 2),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(_save(d, vae, sampled), PLAIN | SIZED)


def titled() -> Sample:
    """The author's titles go before what the graph shows; a plain "Prompt" over the negative words fools nobody."""
    d = Drawing()
    model, clip, vae = _checkpoint(d)
    positive = d.add(
        "ConditioningCombine",
        conditioning_1=_words(d, "Positive Prompt", clip, "a cat"),
        conditioning_2=_words(d, "style", clip, "oil painting"),
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=positive,
        negative=_words(d, "Prompt", clip, "blurry"),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(
        _save(d, vae, sampled), PLAIN | SIZED | {"prompt": ("Positive Prompt.text",), "negative": ("Prompt.text",)}
    )


def no_sampler() -> Sample:
    d = Drawing()
    photo = d.add("LoadImage", "photo")
    d.add("SaveImage", images=d.add("ImageUpscaleWithModel", upscale_model=d.add("UpscaleModelLoader"), image=photo))
    return Sample(d.graph, {"image": ("photo.image",)})


SAMPLES: Final = (
    *(text_to_image, image_to_image, inpaint, inpaint_conditioned, sdxl_two_texts, sdxl_two_different_texts),
    *(base_and_refiner, controlnet, combined, combined_unclear, gligen, loras, sampler_custom, flux, cfg_guider),
    *(sd3, zeroed_negative, primitives_and_reroutes, switched, put_together, upscaled_again),
    *(wan_text_to_video, wan_image_to_video, model_before_both_sides, titled, no_sampler),
)
