"""What is wrong with a request or an answer, by the contract of Comfy API v2 (`openapi.yaml`, as it was published)."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import jsonschema
import yaml

_Schema: TypeAlias = Any
# A part of the document, which may have any form.

_DOCUMENT: Final = Path(__file__).with_name("openapi.yaml")
_UNWRITTEN: Final = {("GET", "/api/v2/jobs")}
"""Operations that the proxy has and the contract does not."""
_ERRORS: Final = range(400, 600)


def request_problems(method: str, path: str, body: object) -> list[str]:
    """`body` is the JSON, or the fields of a form; None without a body."""
    template = _template(path)
    if (method, path) in _UNWRITTEN:
        return []
    operation = _document()["paths"].get(template or "", {}).get(method.lower())
    if operation is None:
        return [f"no such operation: {method} {path}"]
    wanted = operation.get("requestBody")
    if wanted is None:
        return [] if body is None else ["there is a body where none belongs"]
    (schema,) = (content["schema"] for content in wanted["content"].values())
    problems = _problems(schema, body)
    strange = set(body if isinstance(body, dict) else ()) - set(schema["properties"])
    return [*problems, *(f"{name} is not in the contract" for name in sorted(strange))]


def response_problems(method: str, path: str, status: int, body: object) -> list[str]:
    """`body` is the JSON; None if it is something else."""
    if (method, path) in _UNWRITTEN:
        return []
    operation = _document()["paths"][_template(path)][method.lower()]
    answer = operation["responses"].get(str(status))
    if answer is None:
        # Every operation may fail in more ways than are written down, but always with an error.
        wanted = {"$ref": "#/components/schemas/ErrorEnvelope"}
        return _problems(wanted, body) if status in _ERRORS else [f"{method} {path} never answers {status}"]
    if (reference := answer.get("$ref")) is not None:
        answer = _document()["components"]["responses"][reference.rpartition("/")[2]]
    content = answer.get("content", {}).get("application/json")
    return _problems(content["schema"], body) if content is not None else []


def event_problems(name: str, data: object) -> list[str]:
    """An event of a job's stream."""
    events = _document()["paths"]["/api/v2/jobs/{id}/events"]["get"]["x-sse-events"]
    if name not in events:
        return [f"no such event: {name}"]
    return _problems({"$ref": events[name]["schema"]}, data)


def reference_problems(reference: object) -> list[str]:
    """An asset that stands in a graph."""
    return _problems({"$ref": "#/components/schemas/AssetReference"}, reference)


@cache
def _document() -> _Schema:
    return _plain(yaml.safe_load(_DOCUMENT.read_text(encoding="utf-8")))


def _template(path: str) -> str | None:
    return next(
        (one for one in _document()["paths"] if re.fullmatch(re.sub(r"\{[a-z]+\}", "[^/]+", one), path)),
        None,
    )


def _plain(schema: _Schema) -> _Schema:
    """`nullable` of OpenAPI 3.0 in the words of JSON Schema."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def _problems(schema: _Schema, body: object) -> list[str]:
    validator = jsonschema.Draft202012Validator({**_plain(schema), "components": _document()["components"]})
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(body)]
