"""Errors in plain words: one for each, none with a path, an address, a traceback or somebody else's words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import errors
from bot.comfyui.protocol.answers import read_finished, read_rejection
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
from bot.messages import explain, explain_problems
from bot.workflows import Pack
from bot.workflows.manifests.pack import load_packs
from tests.comfyui.traces import answers, histories

PATH = "/srv/comfyui/models/checkpoints/secret.safetensors"
ADDRESS = "http://10.0.0.5:8188"
TRACEBACK = f'Traceback (most recent call last):\n  File "{PATH}", line 1, in sample'
INTERNAL = re.compile(r"/srv|C:\\|10\.0\.0\.5|Traceback|File \"|line \d|Error\b|Exception\b|\{|\}")

PACK = load_packs(Path(__file__).parents[2] / "workflows")[0]["text_to_image"]
SAMPLER = "3"  # its id in that pack


def node_fault(type_: str, received: object = None, input_name: str | None = None, node_id: str = "4") -> NodeFault:
    return NodeFault(node_id, "CheckpointLoaderSimple", type_, "Value not in list", TRACEBACK, input_name, received)


OPERATORS = {
    *(DarkroomError, NotComfyUI, SettingsError, EnvFileUnwritten, AlreadyRunning, PortTaken, PackError, ComfyError)
}
"""Nothing that a member could read about: these need no words of their own."""
ERRORS: list[DarkroomError] = [
    NotComfyUI("http://127.0.0.1:8188", "a web page", "Write the address of ComfyUI."),
    LockedOut("http://127.0.0.1:8188", 401, knocked=False),
    Suspended("http://127.0.0.1:8188", "add credit"),
    Busy("http://127.0.0.1:8188", "/prompt", 429, 5.0),
    Refused("/upload/image", 413, "<html>Request Entity Too Large"),
    Refused("/upload/image", 403, "<html>Forbidden"),
    PortTaken("127.0.0.1:9100", "Address already in use"),
    AlreadyRunning(PATH, "process 1", "DATABASE_URL"),
    DarkroomError(TRACEBACK),
    SettingsError((PATH,)),
    EnvFileUnwritten(PATH),
    PackError(PATH, (TRACEBACK,)),
    BindError((Problem("steps", "too_large", 99, 50),)),
    PictureRefused("gone"),
    PictureRefused("not_a_video", kind="video"),
    PictureRefused("not_a_sound", kind="audio"),
    PictureRefused("too_many_bytes", 30 * 2**20, kind="video"),
    PictureRefused("not_fetched", kind="audio"),
    StylesUnreadable("empty"),
    Unchecked(PATH),
    Withheld(),
    SpoolFailed(f"No space left on device: {PATH}"),
    WorkflowGone("text_to_image"),
    LimitReached("queued", 3, None),
    LinkUsed(),
    LedgerAway(TRACEBACK),
    LedgerNotCopied(PATH, PATH, PATH),
    LedgerNotUpgraded("1", "2", PATH, PATH),
    LedgerTooNew(PATH),
    ComfyError(TRACEBACK),
    Unreachable(ADDRESS, f"Cannot connect to {ADDRESS}"),
    Rejected("http_500", TRACEBACK),
    NodeFailed(SAMPLER, "KSampler", "RuntimeError", TRACEBACK),
    OutOfMemory(SAMPLER, "KSampler", "torch.OutOfMemoryError", TRACEBACK),
    Interrupted(PATH),
    Lost(PATH),
    NoOutput(),
    Untraceable(PATH),
    PartnersRefused(),
    Oversized(PATH, 10**10),
]
MORE_ERRORS = [
    LimitReached("daily", 20, 1_800_000_000.5),
    LimitReached("daily", 2, float("inf")),
    NodeFailed("", "", "", "the server did not say why"),
    NodeFailed("99", "KSampler", "RuntimeError", TRACEBACK),
    Rejected("too_old", TRACEBACK),
    Rejected("prompt_outputs_failed_validation", TRACEBACK, tuple(node_fault("x") for _ in range(12))),
    *(
        Rejected("x", TRACEBACK, (node_fault(type_, received, input_name),))
        for type_ in ("missing_node_type", "value_not_in_list", "value_smaller_than_min", "required_input_missing", "x")
        for received in (None, PATH, PATH.replace("/", "\\"), 3)
        for input_name in (None, "ckpt_name")
    ),
]

PROBLEMS = {
    "unknown": Problem("colour", "unknown"),
    "missing": Problem("prompt", "missing"),
    "wrong_type": Problem("seed", "wrong_type", "x", "integer"),
    "too_small": Problem("count", "too_small", 0, 1),
    "too_large": Problem("count", "too_large", 9, 4),
    "off_step": Problem("width", "off_step", 100, 64),
    "not_a_choice": Problem("checkpoint", "not_a_choice", "x", ("a", "b")),
    "no_choices": Problem("checkpoint", "no_choices", None, "CheckpointLoaderSimple"),
    "too_long": Problem("prompt", "too_long", 9000, 6000),
    "outside": Problem("image", "outside", "/srv/private/a.png"),
    "bad_weight": Problem("lora", "bad_weight", "detail:strong"),
    "too_many": Problem("lora", "too_many", 9, 8),
    "no_place": Problem("lora", "no_place"),
}


def all_errors(root: type[DarkroomError] = DarkroomError) -> Iterator[type[DarkroomError]]:
    """Every error of the tree in bot.errors."""
    if root.__module__.startswith(errors.__name__):
        yield root
    for leaf in root.__subclasses__():
        yield from all_errors(leaf)


def check(words: str) -> None:
    assert words.strip() == words
    assert words
    assert not INTERNAL.search(words), words
    assert "None" not in words
    assert "“”" not in words


# --- Every error


def test_every_error_of_the_tree_is_tried_here() -> None:
    assert {type(error) for error in ERRORS} == set(all_errors())


@pytest.mark.parametrize("pack", [PACK, None])
@pytest.mark.parametrize("error", [*ERRORS, *MORE_ERRORS], ids=lambda error: type(error).__name__)
def test_an_error_is_told_without_anything_internal(error: DarkroomError, pack: Pack | None) -> None:
    check(explain(error, pack))


def test_errors_with_different_causes_have_different_words() -> None:
    foreseen = [error for error in ERRORS if type(error) not in OPERATORS]
    words = {explain(error, PACK) for error in (DarkroomError(), *foreseen)}
    assert len(words) == 1 + len(foreseen)


def test_a_failed_node_is_called_by_its_title_and_the_member_told_what_to_do() -> None:
    assert "“KSampler”" in explain(NodeFailed(SAMPLER, "KSampler", "RuntimeError", ""), PACK)
    words = explain(OutOfMemory("5", "EmptyLatentImage", "", ""), PACK)
    assert "“Empty Latent Image”" in words
    assert "smaller image" in words


ADVICE = {
    FailureKind.OUT_OF_MEMORY: "Try again",
    FailureKind.TOO_LARGE: "Try a smaller image",
    FailureKind.TOO_SLOW: "longer than the image server allows",
    FailureKind.DAMAGED_MODEL: "seems to be damaged",
    FailureKind.MISSING_MODEL: "is missing on the image server",
    FailureKind.MISMATCHED_MODELS: "don’t fit together",
    FailureKind.MISSING_PACKAGE: "lacks software",
    FailureKind.GPU_FAULT: "restart ComfyUI",
    FailureKind.DISK_FULL: "disk is full",
    FailureKind.NO_SERVICE: "couldn’t reach a service",
    FailureKind.NO_ACCOUNT: "a login or credits",
    FailureKind.OTHER: "Try again",
}


@pytest.mark.parametrize("pack", [PACK, None])
@pytest.mark.parametrize("kind", FailureKind)
def test_a_failed_node_says_what_to_do_by_its_kind(kind: FailureKind, pack: Pack | None) -> None:
    words = explain(NodeFailed(SAMPLER, "KSampler", "RuntimeError", TRACEBACK, kind), pack)
    check(words)
    assert ADVICE[kind] in words
    assert words.endswith(".")
    assert ("“KSampler”" in words) is (pack is not None)


@pytest.mark.parametrize(
    "kind",
    [FailureKind.DAMAGED_MODEL, FailureKind.MISSING_MODEL, FailureKind.MISSING_PACKAGE, FailureKind.MISMATCHED_MODELS],
)
def test_what_only_the_operator_can_mend_is_no_reason_to_try_again(kind: FailureKind) -> None:
    words = explain(NodeFailed(SAMPLER, "KSampler", "RuntimeError", "", kind), PACK)
    assert "again." not in words.replace("download it again.", "")
    assert "the people who run this bot" in words


@pytest.mark.parametrize("node_id", [f"{SAMPLER}:17", f"{SAMPLER}.0.0.4"])
def test_a_node_that_was_made_while_it_ran_is_called_by_the_one_that_made_it(node_id: str) -> None:
    assert "“KSampler”" in explain(NodeFailed(node_id, "x", "", ""), PACK)


@pytest.mark.parametrize("node_id", [PATH, "@everyone", "**x**", "a\nb", "99"])
def test_a_node_that_is_not_the_workflows_own_is_not_named(node_id: str) -> None:
    assert explain(NodeFailed(node_id, node_id, node_id, node_id), PACK) == explain(NodeFailed("", "", "", ""), PACK)


def test_what_a_server_really_refused_is_told_without_anything_internal() -> None:
    bodies = [body for trace in ("fail_validate", "http_facts") for body in answers(trace, "resp /prompt 400")]
    assert bodies
    for body in bodies:
        check(explain(read_rejection(body, PACK.graph), PACK))


def test_what_really_failed_on_a_server_is_told_without_anything_internal() -> None:
    failures = [read_finished(entry).error for entry in histories(["fail_exec", "interrupt_running"])]
    assert len(failures) == 2
    for error in failures:
        assert error is not None
        check(explain(error, None))


# --- Refusals by the server


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (node_fault("missing_node_type"), "needs the node CheckpointLoaderSimple"),
        (node_fault("value_not_in_list", PATH, "ckpt_name"), "doesn’t have `secret.safetensors` (ckpt_name)"),
        (node_fault("value_not_in_list", r"C:\comfyui\a.pth", "ckpt_name"), "doesn’t have `a.pth`"),
        (node_fault("value_bigger_than_max", 9000, "steps"), "steps `9000` is out of range"),
        (node_fault("required_input_missing", None, "text"), "text: value not in list"),
    ],
)
def test_a_refusal_names_the_node_and_what_is_wrong_there(fault: NodeFault, words: str) -> None:
    told = explain(Rejected("x", "", (fault,)), PACK)
    assert words in told
    assert "“Load Checkpoint”" in told


def test_many_faults_are_counted_not_listed() -> None:
    told = explain(Rejected("x", "", tuple(node_fault("missing_node_type") for _ in range(12))), PACK)
    assert told.count("\n- ") == 6
    assert told.endswith("- … and 7 more")


# --- Problems with a member's values


def test_every_code_of_a_problem_is_tried_here() -> None:
    listed = re.search(r"`code` is one of: ([^.]+)\.", Problem.__doc__ or "")
    assert listed is not None
    assert set(re.split(r",\s+", listed[1])) == PROBLEMS.keys()


@pytest.mark.parametrize("pack", [PACK, None])
@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_names_its_parameter_in_a_sentence(problem: Problem, pack: Pack | None) -> None:
    words = explain_problems((problem,), pack)
    check(words)
    assert f"**{problem.parameter}**" in words
    assert words.endswith(".")
    assert "\n" not in words


def test_every_code_has_words_of_its_own() -> None:
    sentences = {re.sub(r"\*\*\w+\*\*", "", explain_problems((problem,), PACK)) for problem in PROBLEMS.values()}
    assert len(sentences) == len(PROBLEMS)


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (PROBLEMS["unknown"], "“Text to image” has no option **colour**. It has: prompt, negative, width,"),
        (PROBLEMS["too_large"], "is `9`; it can be at most `4`"),
        (PROBLEMS["wrong_type"], "should be a whole number, not `x`"),
        (Problem("cfg", "too_small", 0.5, 1.0), "is `0.5`; it must be at least `1`"),
        (Problem("x", "not_a_choice", "z", tuple("abcdefgh")), "`z` is not one of a, b, c, d, e and 3 more"),
        (PROBLEMS["too_long"], "has 9,000 characters; at most 6,000 fit"),
    ],
)
def test_a_problem_says_what_would_fit(problem: Problem, words: str) -> None:
    assert words in explain_problems((problem,), PACK)


def test_several_problems_are_a_list() -> None:
    told = explain_problems(tuple(PROBLEMS.values()), PACK)
    assert [line[:2] for line in told.split("\n")] == ["- "] * len(PROBLEMS)
    assert explain(BindError(tuple(PROBLEMS.values())), PACK) == told


@pytest.mark.parametrize("value", ["x" * 5000, "`@everyone`", "``` code", PATH, {"a": [1, 2]}, 10**50, None])
def test_a_value_is_shown_short_and_as_code(value: Any) -> None:  # noqa: ANN401
    told = explain_problems((Problem("seed", "wrong_type", value, "integer"),), PACK)
    shown = re.fullmatch(r"\*\*seed\*\* should be a whole number, not `([^`]*)`\.", told)
    assert shown is not None
    assert len(shown[1]) <= 80
    assert "/srv" not in told


def test_a_workflow_that_is_gone_is_not_called_by_its_guilds_number() -> None:
    assert explain(WorkflowGone("1576000000000000000/my_cats")).startswith(
        "The workflow “My cats” is no longer available."
    )
