"""What the name of a model file says about its place in a workflow. Pure."""

import re
from typing import Final

_DISTILLED: Final = (
    r"lightning|distill|(?<!image_)(?<!image-)turbo|(?<![a-z])(lcm|hyper|hyper-?sd\w*|dmd2?|tcd|pcm)(?![a-z])|causvid|lightx2v"
    r"|accvid|fusionx|self[-_]?forc|\d[-_ ]?steps?(?![a-z])"
)
"""LoRAs that let a model do with few steps: the workflow's steps and guidance are made for them."""
_CONTROL: Final = (
    r"control|(?<![a-z])(canny|depth|pose|openpose|normals?|albedo|scribble|ic[-_]lora|id[-_]lora|union|rgba|alpha|dpo)"
    r"(?![a-z])|inpaint|outpaint|removal|relight|upscal|abliterated"
)
"""LoRAs that do what the workflow is for: it feeds them with more than words."""
_BELONGS: Final = re.compile(f"{_DISTILLED}|{_CONTROL}")
_STYLE: Final = re.compile(r"(?<![a-z])style(?![a-z])")


def belongs_to_workflow(lora: str) -> bool:
    """Whether a LoRA is a part of how a workflow works, and not an addition to what it makes."""
    name = lora.replace("\\", "/").rpartition("/")[2].casefold()
    return _BELONGS.search(name) is not None and _STYLE.search(name) is None
