"""What becomes of the words on their way to a sampler."""

from tests.workflows.drawings.sample import PLAIN, SIZED, Sample, all_but, checkpoint, encoded, sample, save
from tests.workflows.known import Drawing, output


def sdxl_two_texts() -> Sample:
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one = d.add("CLIPTextEncodeSDXL", "one", clip=clip, text_g="a cat", text_l="a cat")
    two = d.add("CLIPTextEncodeSDXL", "two", clip=clip, text_g="blurry", text_l="")
    sampled = sample(d, model, one, two)
    words = {"prompt": ("one.text_g", "one.text_l"), "negative": ("two.text_g",)}
    return Sample(save(d, vae, sampled), PLAIN | SIZED | words)


def sdxl_two_different_texts() -> Sample:
    """What one encoder takes in several parts is one prompt."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one = d.add("CLIPTextEncodeSDXL", "one", clip=clip, text_g="a cat", text_l="photo, sharp")
    latent = d.add("EmptyLatentImage", "latent")
    two = encoded(d, "two", clip, "blurry")
    sampled = sample(d, model, one, two, latent)
    return Sample(save(d, vae, sampled), PLAIN | SIZED | {"prompt": ("one.text_g", "one.text_l")})


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
    sampled = sample(d, model, again, output(again, 1))
    controls = {"control_strength": ("Apply ControlNet (DEPRECATED).strength", "7.strength", "8.strength")}
    return Sample(save(d, vae, sampled), PLAIN | SIZED | {"image": ("hint.image",)} | controls)


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
    sampled = sample(d, model, pair, output(pair, 1))
    words = {"prompt": ("one.text", "three.text"), "negative": ("two.text", "four.text")}
    return Sample(save(d, vae, sampled), PLAIN | SIZED | words)


def regional() -> Sample:
    """Two texts that are one image together are two prompts."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    left = d.add("ConditioningSetArea", conditioning=encoded(d, "left side", clip, "a cat"))
    right = d.add("ConditioningSetArea", conditioning=encoded(d, "right side", clip, "a red sofa"))
    positive = d.add("ConditioningCombine", conditioning_1=left, conditioning_2=right)
    sampled = sample(d, model, positive, encoded(d, "two", clip, "blurry"))
    words = {"prompt": ("left side.text",), "prompt_2": ("right side.text",)}
    return Sample(save(d, vae, sampled), PLAIN | SIZED | words)


def unclear_passes() -> Sample:
    """Two passes with a text each, and nothing tells which of them is a member's."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one, three = encoded(d, "", clip, "a cat"), encoded(d, "", clip, "a red sofa")
    two = encoded(d, "two", clip, "blurry")
    again = sample(d, model, three, two, sample(d, model, one, two), title="again")
    both = {name: (f"sampler.{name}", f"again.{name}") for name in ("seed", "steps", "cfg")}
    return Sample(save(d, vae, again), all_but("prompt") | both, {"prompt": ("2.text", "3.text")})


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
    sampled = sample(d, model, boxed, encoded(d, "two", clip, "blurry"))
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
    sampled = sample(
        d,
        d.add("ModelSamplingSD3", model=model),
        d.add("CLIPTextEncodeSD3", "one", clip=clip, clip_l="a cat", clip_g="a cat", t5xxl="a cat"),
        negative,
        d.add("EmptySD3LatentImage", "latent"),
    )
    return Sample(save(d, vae, sampled), PLAIN | SIZED | {"prompt": ("one.clip_l", "one.clip_g", "one.t5xxl")})


def zeroed_negative() -> Sample:
    """Nobody is asked for words that are thrown away."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    one = encoded(d, "one", clip, "a cat")
    sampled = sample(d, model, one, d.add("ConditioningZeroOut", conditioning=one))
    return Sample(save(d, vae, sampled), all_but("negative"))


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
    sampled = sample(d, both, output(both, 1), output(both, 2))
    return Sample(save(d, vae, sampled), PLAIN | SIZED | {"audio": ("Load Audio.audio",)})
