"""What each ComfyUI version can do, as far as a client can tell the difference."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

VersionName = Literal["0.33.0", "0.3.75", "0.3.40"]

MAX_UPLOAD_SIZE: Final = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Version:
    name: VersionName
    chooses_prompt_id: bool
    """The client may choose a prompt_id (since 0.3.45); before, the one it sends is ignored."""
    checks_prompt_id: bool
    jobs_api: bool
    """`/api/jobs`, and with it `extra_data.preview_method`."""
    targeted_interrupt: bool
    progress_state: bool
    create_time: bool
    missing_node_type: bool
    """An unknown class is reported with its node's title, not as `invalid_prompt`."""
    checks_new_combos: bool
    """`["COMBO", {...}]` inputs are looked up when a prompt comes in, not only when it runs."""
    save_image_passes_on: bool
    """SaveImage and PreviewImage have an output socket."""
    unreadable_image: tuple[str, str]
    """exception_type and exception_message of LoadImage for a file that is no image."""
    feature_flags: Mapping[str, object] | None
    """None: a `feature_flags` message is not understood, and previews carry no metadata."""

    @property
    def preview_metadata(self) -> bool:
        return self.feature_flags is not None


_NEW = Version(
    name="0.33.0",
    chooses_prompt_id=True,
    checks_prompt_id=True,
    jobs_api=True,
    targeted_interrupt=True,
    progress_state=True,
    create_time=True,
    missing_node_type=True,
    checks_new_combos=True,
    save_image_passes_on=True,
    unreadable_image=(
        "av.error.InvalidDataError",
        "[Errno 1094995529] Invalid data found when processing input: '{path}'\n",
    ),
    feature_flags=MappingProxyType(
        {
            "supports_preview_metadata": True,
            "supports_model_type_tags": True,
            "max_upload_size": MAX_UPLOAD_SIZE,
            "extension": {"manager": {"supports_v4": True}},
            "node_replacements": True,
            "assets": False,
        }
    ),
)

_MIDDLE = replace(
    _NEW,
    name="0.3.75",
    checks_prompt_id=False,
    jobs_api=False,
    missing_node_type=False,
    checks_new_combos=False,
    save_image_passes_on=False,
    unreadable_image=("PIL.UnidentifiedImageError", "cannot identify image file '{path}'\n"),
    feature_flags=MappingProxyType({"supports_preview_metadata": True, "max_upload_size": MAX_UPLOAD_SIZE}),
)

_OLD = replace(
    _MIDDLE,
    name="0.3.40",
    chooses_prompt_id=False,
    targeted_interrupt=False,
    progress_state=False,
    create_time=False,
    feature_flags=None,
)

VERSIONS: Final[Mapping[VersionName, Version]] = MappingProxyType(
    {version.name: version for version in (_NEW, _MIDDLE, _OLD)}
)
