"""Discord's OpenAPI document (`openapi.json.xz`: 2026-07-18, MIT licence) as routes and validators.

Read in two ways: as it is, it refuses what Discord refuses; strictly, it also finds names unknown to Discord.
"""

import copy
import functools
import json
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import jsonschema_rs
from jsonschema_rs import Registry, ValidationError, ValidationErrorKind

_DOCUMENT: Final = Path(__file__).with_name("openapi.json.xz")
_URI: Final = "urn:discord"
_JSON: Final = "application/json"
_METHODS: Final = frozenset({"get", "put", "post", "patch", "delete"})

# discord.py says them where the document knows no such name, and Discord takes them: `tts` in an edit, an
# attachment or an embed as it was received, `nsfw` of a command (only the document lacks it).
_MEDIA: Final = ("proxy_url", "flags", "content_type")
_ALSO_KNOWN: Final[Mapping[str, Sequence[str]]] = {
    "IncomingWebhookUpdateRequestPartial": ("tts",),
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial": ("tts",),
    "MessageEditRequestPartial": ("tts",),
    "MessageAttachmentRequest": ("proxy_url", "size", "url", "spoiler", "height", "width", "content_type"),
    "RichEmbed": ("flags",),
    "RichEmbedImage": _MEDIA,
    "RichEmbedThumbnail": _MEDIA,
    "RichEmbedVideo": _MEDIA,
    "RichEmbedAuthor": ("proxy_icon_url",),
    "RichEmbedFooter": ("proxy_icon_url",),
    "ApplicationCommandCreateRequest": ("nsfw",),
    "ApplicationCommandUpdateRequest": ("nsfw",),
    "ApplicationCommandPatchRequestPartial": ("nsfw",),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route; `template` is the path as the document writes it."""

    method: str
    template: str
    takes_body: bool
    needs_body: bool


def operation(method: str, path: str) -> Operation | None:
    """The operation behind a path (without /api/v10), or None; a literal segment beats a parameter."""
    segments = path.strip("/").split("/")
    fitting = [found for found in _operations(method.upper(), len(segments)) if _fits(found.template, segments)]
    return min(fitting, key=lambda found: found.template.count("{"), default=None)


def refusals(found: Operation, body: object) -> list[str]:
    """Why Discord would answer 400."""
    return _explained(_body_validator(found, strict=False), body)


def unknown_names(found: Operation, body: object) -> list[str]:
    """What is wrong once names that Discord does not know count as faults; empty for a sound body."""
    return _explained(_body_validator(found, strict=True), body)


def response_problems(method: str, path: str, status: int, body: object) -> list[str]:
    """Where an answer departs from the document: keeps a stand-in for Discord true."""
    found = operation(method, path)
    if found is None:
        return [f"no such operation: {method} {path}"]
    responses = _document()["paths"][found.template][found.method.lower()]["responses"]
    if str(status) not in responses:
        return [f"{method} {found.template} has no answer {status}"]
    if _JSON not in responses[str(status)].get("content", {}):
        return [] if body is None else [f"{method} {found.template}: answer {status} has no body"]
    at = ("paths", found.template, found.method.lower(), "responses", str(status), "content", _JSON, "schema")
    return _explained(_validator(at, strict=False), body)


@functools.cache
def _document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(lzma.decompress(_DOCUMENT.read_bytes()))
    # The document says string; discord.py sends integers, and Discord takes both.
    loaded["components"]["schemas"]["SnowflakeType"] = {
        "anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}]
    }
    return loaded


@functools.cache
def _registry(*, strict: bool) -> Registry:
    document = _document()
    if strict:
        document = copy.deepcopy(document)
        for name, schema in document["components"]["schemas"].items():
            if "properties" in schema and "additionalProperties" not in schema:
                schema["additionalProperties"] = False
                schema["properties"] |= dict.fromkeys(_ALSO_KNOWN.get(name, ()), True)
    return Registry([(_URI, document)])


@functools.cache
def _operations(method: str, segments: int) -> tuple[Operation, ...]:
    return tuple(
        Operation(method, template, "requestBody" in known, known.get("requestBody", {}).get("required", False))
        for template, methods in _document()["paths"].items()
        for name, known in methods.items()
        if name in _METHODS and name.upper() == method and template.count("/") == segments
    )


def _fits(template: str, segments: Sequence[str]) -> bool:
    pairs = zip(template.strip("/").split("/"), segments, strict=True)
    return all(known == given or (known.startswith("{") and given != "") for known, given in pairs)


def _body_validator(found: Operation, *, strict: bool) -> jsonschema_rs.Draft202012Validator:
    at = ("paths", found.template, found.method.lower(), "requestBody", "content", _JSON, "schema")
    return _validator(at, strict=strict)


@functools.cache
def _validator(at: tuple[str, ...], *, strict: bool) -> jsonschema_rs.Draft202012Validator:
    pointer = quote("/".join(step.replace("~", "~0").replace("/", "~1") for step in at))
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"{_URI}#/{pointer}"}, registry=_registry(strict=strict), validate_formats=True
    )


def _explained(validator: jsonschema_rs.Draft202012Validator, body: object) -> list[str]:
    return [line for error in validator.iter_errors(body) for line in _leaves(error)]


def _leaves(error: ValidationError) -> list[str]:
    """A failed union says only "none fits": tell what is wrong with the branch that was meant."""
    kind = error.kind
    if isinstance(kind, ValidationErrorKind.OneOfNotValid | ValidationErrorKind.AnyOf):
        meant = min(kind.context, key=lambda branch: _distance(branch, error.instance_path), default=[])
        if meant:
            return [line for inner in meant for line in _leaves(inner)]
    where = "/" + "/".join(map(str, error.instance_path))
    return [f"{where}: {_short(error.message)}"]


def _distance(branch: Sequence[ValidationError], path: Sequence[str | int]) -> tuple[int, int]:
    """Another JSON type or another `type` is another branch; then the one with the fewest faults is meant."""
    alien = sum(
        (isinstance(fault.kind, ValidationErrorKind.Type) and list(fault.instance_path) == list(path))
        or (isinstance(fault.kind, ValidationErrorKind.Enum) and list(fault.instance_path) == [*path, "type"])
        for fault in branch
    )
    return alien, len(branch)


def _short(message: str) -> str:
    limit = 160
    return message if len(message) <= limit else f"{message[:60]} … {message[-90:]}"
