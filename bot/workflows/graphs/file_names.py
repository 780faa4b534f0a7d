r"""Names of files as different machines spell them. Pure.

A ComfyUI on Windows lists `SDXL\style\model.safetensors` where one on Linux lists `SDXL/style/model.safetensors`.
It is the same file, and each server takes its own spelling only.
"""

from collections.abc import Sequence


def folded(name: str) -> str:
    """The name with forward slashes, for comparing. Upper and lower case stay different: on Linux they are."""
    return name.replace("\\", "/")


def choice_text(choice: object) -> str:
    """A choice as people read and type it. Nodes that show an image beside each file (ComfyUI-Custom-Scripts) offer
    objects, and take such objects only: `{"content": "model.safetensors", "image": "checkpoints/model.png"}`.
    """
    content = choice.get("content") if isinstance(choice, dict) else None
    return content if isinstance(content, str) else str(choice)


def find(value: object, offered: Sequence[object]) -> int | None:
    """The place of a value among those that are offered: the same value, else the same text, else the same file's name
    with other separators. None where there is none. An object is found by its `content`.

    A member types every choice as text, so `"2"` finds the number 2; a truth value is never a number.
    """
    if isinstance(value, str) and value in offered:  # by far the most questions
        return offered.index(value)
    if isinstance(value, dict) and isinstance(value.get("content"), str):
        return find(value["content"], offered)
    same = (index for index, one in enumerate(offered) if _is(value, one))
    if (index := next(same, None)) is not None or not isinstance(value, str | int | float):
        return index
    text = str(value)
    texts = [choice_text(one) for one in offered]
    if text in texts:
        return texts.index(text)
    if "/" not in text and "\\" not in text:
        return None
    wanted = folded(text)
    return next((index for index, one in enumerate(texts) if folded(one) == wanted), None)


def _is(one: object, other: object) -> bool:
    return isinstance(one, bool) is isinstance(other, bool) and one == other
