"""The LoRAs of a style that a request can have, from its setting and from the tags in its text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.discord_ui.requests.imagine.values import loras_offered, options_in
from bot.workflows import LORAS, Library, Lora, Pack, read_loras, write_loras
from bot.workflows.binding.loras import MOST_LORAS
from bot.workflows.graphs.file_names import folded
from bot.workflows.library.meanings import parameter_for
from bot.workflows.name_search import matches
from bot.workflows.prompts.lora_tags import LORA_TAG, take_lora_tags
from bot.workflows.quoted_lists import in_list
from bot.workflows.styles.style import Style


def with_usable_loras(
    style: Style, pack: Pack, values: Mapping[str, object], more: Iterable[str], library: Library
) -> Style:
    """The style without the LoRAs that the workflow can't have, that the member gives themselves (among the `values`
    or `more`), or for which there is no room.
    """
    taken = [_file(name, pack, library) for name in _named_by_member(pack, values, more)]
    room = max(0, MOST_LORAS - len(taken))
    kept: list[Lora] = []
    for lora in read_loras(style.lora or "")[0]:
        file = _file(lora.name, pack, library)
        if file is not None and file not in taken and len(kept) < room:
            kept.append(lora)
            taken.append(file)
    allowed: set[int] = set()
    for tag in LORA_TAG.finditer(style.prompt):
        name = in_list(tag[1].strip())
        file, wrong = _file(tag[1].strip(), pack, library), read_loras(f"{name}:{tag[2]}" if tag[2] else name)[1]
        escaped = style.prompt[: tag.start()].endswith("\\")
        if escaped or (file is not None and file not in taken and not wrong and len(kept) + len(allowed) < room):
            allowed.add(tag.start())
    return replace(style, lora=write_loras(kept) or None, prompt=take_lora_tags(style.prompt, allowed).text)


def _named_by_member(pack: Pack, values: Mapping[str, object], more: Iterable[str]) -> list[str]:
    own = parameter_for(pack, "lora")
    listed = [str(values[LORAS])] if LORAS in values else []
    if own is not None and own.name in values:
        listed.append(in_list(str(values[own.name])))
    tagged = [tag[1].strip() for tag in LORA_TAG.finditer(str(values.get("prompt") or ""))]
    return [*(lora.name for text in (*listed, *more) for lora in read_loras(text)[0]), *tagged]


def _file(name: str, pack: Pack, library: Library) -> str | None:
    """What tells this LoRA from others; None if the workflow can't have it."""
    if "lora" not in options_in(pack):
        return None
    offered = loras_offered(pack, library)
    if not offered:
        return None if library.heard else folded(name)
    found = matches(offered, name)
    return folded(found[0]) if len(found) == 1 else None
