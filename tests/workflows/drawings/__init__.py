"""Graphs of every kind that people bring, drawn from `/object_info`, and what a member may set in each.

Titles say nothing about a node's part: "one", "two". Where they do, it is the test's point.
"""

from typing import Final

from tests.workflows.drawings.conditioning import (
    combined,
    controlnet,
    gligen,
    model_before_both_sides,
    regional,
    sd3,
    sdxl_two_different_texts,
    sdxl_two_texts,
    unclear_passes,
    zeroed_negative,
)
from tests.workflows.drawings.detours import primitives_and_reroutes, put_together, switched, titled
from tests.workflows.drawings.newer_models import (
    cfg_guider,
    flux,
    sampler_custom,
    wan_image_to_video,
    wan_text_to_video,
)
from tests.workflows.drawings.pictures import (
    base_and_refiner,
    image_to_image,
    inpaint,
    inpaint_conditioned,
    loras,
    no_sampler,
    text_to_image,
    upscaled_again,
)
from tests.workflows.drawings.sample import Sample

__all__ = [
    "SAMPLES",
    "Sample",
    "base_and_refiner",
    "flux",
    "image_to_image",
    "inpaint",
    "text_to_image",
    "unclear_passes",
]

SAMPLES: Final = (
    *(text_to_image, image_to_image, inpaint, inpaint_conditioned, sdxl_two_texts, sdxl_two_different_texts),
    *(
        base_and_refiner,
        controlnet,
        combined,
        unclear_passes,
        regional,
        gligen,
        loras,
        sampler_custom,
        flux,
        cfg_guider,
    ),
    *(sd3, zeroed_negative, primitives_and_reroutes, switched, put_together, upscaled_again),
    *(wan_text_to_video, wan_image_to_video, model_before_both_sides, titled, no_sampler),
)
