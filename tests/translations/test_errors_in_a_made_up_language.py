"""No error is explained to a member in English, whatever its cause."""

from collections.abc import Iterator
from itertools import product
from typing import Final

import pytest

from bot.errors import (
    AlreadyRunning,
    BindError,
    Busy,
    ComfyError,
    DarkroomError,
    EnvFileUnwritten,
    FailureKind,
    Interrupted,
    LedgerAway,
    LedgerNotCopied,
    LedgerNotUpgraded,
    LedgerTooNew,
    LimitReached,
    LinkUsed,
    LockedOut,
    Lost,
    NodeFailed,
    NodeFault,
    NoOutput,
    NotComfyUI,
    OutOfMemory,
    Oversized,
    PackError,
    PartnersRefused,
    PictureRefused,
    PortTaken,
    Problem,
    Refused,
    Rejected,
    SettingsError,
    SpoolFailed,
    StylesUnreadable,
    Suspended,
    Unchecked,
    Unreachable,
    Untraceable,
    Withheld,
    WorkflowGone,
)
from bot.messages import explain
from bot.translation import speaking
from tests.translations.made_up import MADE_UP, left_in

URL: Final = "http://10.0.0.5:8188"
# Nobody on Discord reads these: the bot doesn’t start, or its operator reads them elsewhere.
FOR_OPERATORS: Final = {AlreadyRunning, EnvFileUnwritten, PackError, PortTaken, SettingsError}
# A node and an input, the command and the button to use, HTTP's name, kinds of files.
NAMED: Final = "width KSampler HTTP PNG JPEG WebP MP4 MOV WebM GIF MP3 WAV FLAC OGG M4A ComfyUI MB JSON"
PROBLEMS: Final = (
    *("unknown", "missing", "wrong_type", "too_small", "too_large", "off_step", "not_a_choice", "no_choices"),
    *("too_long", "outside", "bad_weight", "too_many", "no_place", "option_unknown", "option_not_last", "option_empty"),
    *("option_number", "unknown_wildcard", "unusable_wildcard", "wildcard_circle", "too_deep", "too_many_draws"),
    "drawn_too_long",
)
PICTURES: Final = (
    *("not_a_picture", "not_a_video", "not_a_sound", "too_many_bytes", "too_many_pixels", "not_fetched", "gone"),
    *("expired", "not_a_mask", "mask_size", "empty_mask", "too_long"),
)
FAULTS: Final = ("missing_node_type", "value_not_in_list", "value_smaller_than_min", "value_bigger_than_max", "other")


def errors() -> Iterator[DarkroomError]:
    """One of each kind, and of each cause that is worded by itself."""
    yield from (NodeFailed("3", "KSampler", "x.Error", "", kind) for kind in FailureKind)
    yield OutOfMemory("3", "KSampler", "torch.OutOfMemoryError", "")
    routes, statuses = ("/upload/image", "/view", "/history", "/prompt"), (0, 401, 413, 429, 500)
    yield from (Refused(route, status, "") for route, status in product(routes, statuses))
    yield from (
        Rejected("invalid_prompt", "", (NodeFault("3", "KSampler", one, "", "", "width", 7),)) for one in FAULTS
    )
    yield from (Rejected("too_old", ""), Rejected("no_outputs", ""))
    yield Rejected("invalid_prompt", "", tuple(NodeFault(str(one), "KSampler", "other", "", "") for one in range(9)))
    yield from (Unreachable(URL, ""), NotComfyUI(URL, "", ""), Busy(URL, "/prompt", 503, 5.0), ComfyError(""))
    yield from (LockedOut(URL, 401, knocked=True), Suspended(URL, ""), Suspended(URL, "", locked=True))
    yield from (Interrupted(""), Lost(""), Untraceable(""), Oversized("1.png", 9), NoOutput(""), PartnersRefused(""))
    yield from (PictureRefused(code, 2**30, kind) for code, kind in product(PICTURES, ("image", "video", "audio")))
    yield from (BindError((Problem("width", code, 7, "integer" if code == "wrong_type" else 7),)) for code in PROBLEMS)
    yield from (
        LimitReached(code, 2, at) for code in ("queued", "guild_queued", "guild_disk", "daily") for at in (None, 9.0)
    )
    yield from (StylesUnreadable(code, 2**21) for code in ("too_large", "not_text", "not_json", "too_many", "empty"))
    yield from (LedgerAway(""), LedgerTooNew("1"), LedgerNotCopied("", "", ""), LedgerNotUpgraded(None, "1", "", None))
    yield from (LinkUsed(), WorkflowGone("7"), SpoolFailed(""), Unchecked(""), Withheld(""), DarkroomError(""))


@pytest.mark.parametrize("error", list(errors()), ids=lambda error: f"{type(error).__name__} {error}"[:60])
def test_it_is_explained_in_the_readers_language(error: DarkroomError) -> None:
    with speaking(MADE_UP):
        assert not set(left_in(explain(error))) - set(NAMED.split())


def test_no_error_is_forgotten() -> None:
    def below(kind: type[DarkroomError]) -> Iterator[type[DarkroomError]]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    # Other modules have errors of their own, which they handle themselves.
    shared = {kind for kind in below(DarkroomError) if kind.__module__.startswith("bot.errors.")}
    assert shared == {type(error) for error in errors()} | FOR_OPERATORS
