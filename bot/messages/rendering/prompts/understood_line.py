"""What was understood of the options and tags in a job's prompt, as a small line under it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from bot.ledger import Job
from bot.messages.rendering.quoted_text import shown_prompt
from bot.translation import N_, _, listed, ngettext
from bot.workflows import LORAS, Lora, read_loras
from bot.workflows.name_search import short_name
from bot.workflows.prompts.trailing_options import IGNORED, Flag, peel_options
from bot.workflows.styles.style import STYLE

_LONGEST: Final = 160
"""Characters of the line, before what is special in Markdown is escaped."""
_PART: Final = 40
"""Characters of one value."""
_WORDS: Final[Mapping[str, str]] = {
    "seed": N_("seed {value}"),
    "negative": N_("without {value}"),
    "guidance": N_("guidance {value}"),
    "strength": N_("strength {value}"),
    "model": N_("model {value}"),
    "style": N_("style {value}"),
}
"""How an option is named. Those that are not here are clear by their value."""
_OWN_LORAS: Final = ("lora", "lora_name")
"""Names of a workflow's own parameter for a LoRA."""


def understood_line(job: Job) -> str:
    """The line, escaped; empty if the prompt held no options and no tags."""
    if job.given is None:
        return ""
    ignored = _ignored(job)
    parts = [_shown(flag) for flag in _heeded(job) if flag.option != "lora"]
    parts += [_lora(lora) for lora in _added_loras(job)]
    if ignored:
        parts.append(_("ignored: {options}").format(options=listed(ignored)))
    return f"-# {shown_prompt(' · '.join(parts), _LONGEST)}" if parts else ""


def style_is_understood(job: Job) -> bool:
    """Whether the line names the job's style."""
    return any(flag.option == STYLE for flag in _heeded(job))


def _heeded(job: Job) -> list[Flag]:
    """The options in the prompt that count."""
    prompt = (job.given or {}).get("prompt")
    flags = peel_options(prompt).flags if isinstance(prompt, str) else ()
    ignored = _ignored(job)
    return [flag for flag in flags if flag.option is not None and flag.written not in ignored]


def _ignored(job: Job) -> list[str]:
    listed = (job.given or {}).get(IGNORED)
    return [str(one) for one in listed] if isinstance(listed, list | tuple) else []


def _shown(flag: Flag) -> str:
    value = flag.value if len(flag.value) <= _PART else f"{flag.value[: _PART - 1]}…"
    if flag.option == "steps":
        return ngettext("{count} step", "{count} steps", int(flag.value)).format(count=value)
    if flag.option == "count":
        return ngettext("{count} image", "{count} images", int(flag.value)).format(count=value)
    words = _WORDS.get(flag.option or "")
    return value if words is None else _(words).format(value=value)


def _added_loras(job: Job) -> Iterator[Lora]:
    """The LoRAs that the job has and that were not given as options."""
    assert job.given is not None  # noqa: S101 - only called for jobs that have it
    for name in _OWN_LORAS:
        if isinstance(job.values.get(name), str) and name not in job.given:
            yield Lora(str(job.values[name]))
    before, _problems = read_loras(str(job.given.get(LORAS, "")))
    after, _problems = read_loras(str(job.values.get(LORAS, "")))
    yield from (lora for lora in after if lora not in before)


def _lora(lora: Lora) -> str:
    name = short_name(lora.name)[:_PART]
    return f"LoRA {name}" if lora.weight == 1 else f"LoRA {name} {lora.weight:g}"
