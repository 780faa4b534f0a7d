"""Values, links and titles that take a way of their own."""

from tests.workflows.drawings.sample import PLAIN, SIZED, Link, Sample, checkpoint, encoded, sample, save
from tests.workflows.known import Drawing


def primitives_and_reroutes() -> Sample:
    """Values from nodes of their own, and a custom reroute on every kind of link."""
    d = Drawing()

    def by_way(link: Link) -> Link:
        return d.add("Reroute (custom)", **{"": d.add("ReroutePrimitive|custom", value=link)})

    model, clip, vae = checkpoint(d)
    sampled = d.add(
        "KSampler",
        "sampler",
        model=by_way(model),
        seed=by_way(d.add("PrimitiveInt", "a number", value=7)),
        cfg=by_way(d.add("PrimitiveFloat", "a float", value=7.5)),
        positive=by_way(encoded(d, "encoder", clip, by_way(d.add("PrimitiveStringMultiline", "one", value="a cat")))),
        negative=by_way(encoded(d, "two", clip, "blurry")),
        latent_image=by_way(d.add("EmptyLatentImage", "latent")),
    )
    more = {"prompt": ("one.value",), "seed": ("a number.value",), "cfg": ("a float.value",)}
    return Sample(save(d, vae, sampled), PLAIN | SIZED | more)


def switched() -> Sample:
    """A switch that the author has set passes on one of its sides."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    chosen = d.add(
        "ComfySwitchNode",
        switch=True,
        on_false=encoded(d, "three", clip, "a dog"),
        on_true=encoded(d, "one", clip, "a cat"),
    )
    sampled = sample(d, model, chosen, encoded(d, "two", clip, "blurry"))
    return Sample(save(d, vae, sampled), PLAIN | SIZED)


def put_together() -> Sample:
    """A prompt that is put together from two texts that their author names: a member may write both."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    text = d.add(
        "StringConcatenate",
        string_a=d.add("PrimitiveString", "style", value="oil painting"),
        string_b=d.add("PrimitiveString", "subject", value="a cat"),
    )
    sampled = sample(d, model, encoded(d, "one", clip, text), encoded(d, "two", clip, "blurry"))
    return Sample(save(d, vae, sampled), PLAIN | SIZED | {"prompt": ("style.value",), "prompt_2": ("subject.value",)})


def titled() -> Sample:
    """The author's titles go before what the graph shows; a plain "Prompt" over the negative words fools nobody."""
    d = Drawing()
    model, clip, vae = checkpoint(d)
    positive = d.add(
        "ConditioningCombine",
        conditioning_1=encoded(d, "Positive Prompt", clip, "a cat"),
        conditioning_2=encoded(d, "style", clip, "oil painting"),
    )
    sampled = sample(d, model, positive, encoded(d, "Prompt", clip, "blurry"))
    return Sample(
        save(d, vae, sampled), PLAIN | SIZED | {"prompt": ("Positive Prompt.text",), "negative": ("Prompt.text",)}
    )
