"""What becomes of the words on their way to a sampler."""

from tests.workflows.drawings.sample import PLAIN, SIZED, Sample, checkpoint, encoded, save
from tests.workflows.known import Drawing, output


def sdxl_two_texts() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one = d.add("CLIPTextEncodeSDXL", "one", clip=clip, text_g="a cat", text_l="a cat")
    two = d.add("CLIPTextEncodeSDXL", "two", clip=clip, text_g="blurry", text_l="")
    latent = d.add("EmptyLatentImage", "latent")
    sampled = d.add("KSampler", "sampler", model=model, positive=one, negative=two, latent_image=latent)
    words = {"prompt": ("one.text_g", "one.text_l"), "negative": ("two.text_g",)}
    return Sample(save(d, vae, sampled), PLAIN | SIZED | words)


def sdxl_two_different_texts() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one = d.add("CLIPTextEncodeSDXL", "one", clip=clip, text_g="a cat", text_l="photo, sharp")
    latent = d.add("EmptyLatentImage", "latent")
    two = encoded(d, "two", clip, "blurry")
    sampled = d.add("KSampler", "sampler", model=model, positive=one, negative=two, latent_image=latent)
    expected = {name: targets for name, targets in (PLAIN | SIZED).items() if name != "prompt"}
    return Sample(save(d, vae, sampled), expected, {"prompt": ("one.text_g", "one.text_l")})


def controlnet() -> Sample:
    """The old apply takes one conditioning, the advanced one both: its outputs are positive and negative."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one, two = encoded(d, "one", clip, "a cat"), encoded(d, "two", clip, "blurry")
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
    return Sample(save(d, vae, sampled), PLAIN | SIZED | {"image": ("hint.image",)})


def combined() -> Sample:
    """The same words over several areas are one prompt."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one, three = encoded(d, "one", clip, "a cat"), encoded(d, "three", clip, "a cat")
    positive = d.add(
        "ConditioningCombine",
        conditioning_1=d.add("ConditioningSetArea", conditioning=one),
        conditioning_2=d.add("ConditioningConcat", conditioning_to=three, conditioning_from=one),
    )
    pair = d.add(
        "PairConditioningCombine",
        positive_A=positive,
        negative_A=encoded(d, "two", clip, "blurry"),
        positive_B=one,
        negative_B=encoded(d, "four", clip, "blurry"),
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
    return Sample(save(d, vae, sampled), PLAIN | SIZED | words)


def combined_unclear() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one, three = encoded(d, "one", clip, "a cat"), encoded(d, "three", clip, "a red sofa")
    positive = d.add("ConditioningCombine", conditioning_1=one, conditioning_2=three)
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=positive,
        negative=encoded(d, "two", clip, "blurry"),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    expected = {name: targets for name, targets in (PLAIN | SIZED).items() if name != "prompt"}
    return Sample(save(d, vae, sampled), expected, {"prompt": ("one.text", "three.text")})


def gligen() -> Sample:
    """A box's text is not the prompt."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    boxed = d.add(
        "GLIGENTextBoxApply",
        conditioning_to=encoded(d, "one", clip, "a cat"),
        clip=clip,
        gligen_textbox_model=d.add("GLIGENLoader"),
        text="a ball",
    )
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=boxed,
        negative=encoded(d, "two", clip, "blurry"),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    return Sample(save(d, vae, sampled), PLAIN | SIZED)


def sd3() -> Sample:
    """As ComfyUI's own SD3 template: the negative words count only for the first tenth, then nothing does."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    two = encoded(d, "two", clip, "blurry")
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
    return Sample(save(d, vae, sampled), PLAIN | SIZED | {"prompt": ("one.clip_l", "one.clip_g", "one.t5xxl")})


def zeroed_negative() -> Sample:
    """Nobody is asked for words that are thrown away."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one = encoded(d, "one", clip, "a cat")
    sampled = d.add(
        "KSampler",
        "sampler",
        model=model,
        positive=one,
        negative=d.add("ConditioningZeroOut", conditioning=one),
        latent_image=d.add("EmptyLatentImage", "latent"),
    )
    expected = {name: targets for name, targets in (PLAIN | SIZED).items() if name != "negative"}
    return Sample(save(d, vae, sampled), expected)


def model_before_both_sides() -> Sample:
    """A node that passes on a model before its two sides."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    both = d.add(
        "LTXVReferenceAudio",
        model=model,
        positive=encoded(d, "one", clip, "a cat"),
        negative=encoded(d, "two", clip, "blurry"),
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
    return Sample(save(d, vae, sampled), PLAIN | SIZED)
