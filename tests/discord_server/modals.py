"""A modal as a user sees it, and what comes back when they send it off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tests.discord_openapi import component_rules
from tests.discord_server.commands import NotOffered
from tests.discord_server.payloads import Json
from tests.discord_server.resolving import Picked, Resolved

# One answer a field: text, what was picked, or whether it was ticked.
Entry: TypeAlias = str | bool | Picked | Sequence[str | Picked]

_CHECKBOXES: Final = 22
_LABEL: Final = 18


@dataclass(frozen=True, slots=True)
class Modal:
    custom_id: str
    title: str
    components: Sequence[Mapping[str, Any]]

    @property
    def fields(self) -> dict[str, Mapping[str, Any]]:
        """The inputs by the label that stands over them."""
        labelled = {}
        for row in self.components:
            if row["type"] == _LABEL:
                labelled[row["label"]] = row["component"]
            for one in row.get("components") or []:
                labelled[one["label"]] = one
        return labelled

    def submission(self, entries: Mapping[str, Entry], resolved: Resolved) -> Json:
        """The interaction's data; what is not in `entries` (by label or custom_id) stays as the modal came."""
        names = {label: one["custom_id"] for label, one in self.fields.items()}
        if strangers := [name for name in entries if name not in {*names, *names.values()}]:
            raise NotOffered(f"modal {self.title!r} has no fields {strangers}; there are {names}")
        by_id = {names.get(name, name): entry for name, entry in entries.items()}
        return {
            "custom_id": self.custom_id,
            "components": [_row(row, by_id, resolved) for row in self.components],
        }


def _row(row: Mapping[str, Any], entries: Mapping[str, Entry], resolved: Resolved) -> Json:
    answered: Json = {"type": row["type"], "id": row.get("id") or 0}
    if row["type"] == _LABEL:
        return answered | {"component": _answer(row["component"], entries, resolved)}
    if row["type"] == component_rules.ACTION_ROW:
        return answered | {"components": [_answer(one, entries, resolved) for one in row["components"]]}
    return answered


def _answer(field: Mapping[str, Any], entries: Mapping[str, Entry], resolved: Resolved) -> Json:
    given = entries.get(field["custom_id"])
    answered: Json = {"type": field["type"], "id": field.get("id") or 0, "custom_id": field["custom_id"]}
    match field["type"]:
        case 4:
            return answered | {"value": _text(field, given)}
        case 23:
            return answered | {"value": bool(field.get("default")) if given is None else bool(given)}
        case 21:
            chosen = _chosen(field, given, resolved)
            return answered | {"value": chosen[0] if chosen else None}
        case _:
            return answered | {"values": _chosen(field, given, resolved)}


def _text(field: Mapping[str, Any], given: Entry | None) -> str:
    text = (field.get("value") or "") if given is None else given
    name = field["custom_id"]
    if not isinstance(text, str):
        raise NotOffered(f"text input {name!r} takes text, not {text!r}")
    fewest = field.get("min_length") or (1 if field.get("required", True) else 0)
    most = field.get("max_length") or 4_000
    # An optional field may stay empty whatever its least length is.
    if (text or field.get("required", True)) and not fewest <= len(text) <= most:
        raise NotOffered(f"text input {name!r}: {len(text)} characters, not {fewest} to {most}")
    return text


def _chosen(field: Mapping[str, Any], given: Entry | None, resolved: Resolved) -> list[str]:
    if given is None:
        values = [one["value"] for one in field.get("options") or [] if one.get("default")]
    else:
        several = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
        values = [picked_value(field, one, resolved) for one in several]
    required = field.get("required", True)
    fewest = field.get("min_values")
    fewest = int(required) if fewest is None else fewest
    most = field.get("max_values") or (len(field["options"]) if field["type"] == _CHECKBOXES else 1)
    if (values or required) and not fewest <= len(values) <= most:
        raise NotOffered(f"{field['custom_id']!r}: {len(values)} chosen, not {fewest} to {most}")
    return values


def picked_value(field: Mapping[str, Any], picked: object, resolved: Resolved) -> str:
    """The value of an option by its label or value, or the id of what else was picked."""
    if isinstance(picked, str):
        options = field.get("options") or []
        for option in options:
            if picked in {option["value"], option["label"]}:
                return str(option["value"])
        raise NotOffered(f"{picked!r} is not among {[option['label'] for option in options]}")
    if isinstance(picked, Picked):
        return resolved.pick(picked)
    raise NotOffered(f"{field['custom_id']!r} does not take {picked!r}")
