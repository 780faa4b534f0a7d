"""Sizes as people write them, at the pixel count that suits the model."""

from pathlib import Path

import pytest

from bot.discord_ui.requests.imagine.sizes import read_size, suggested_sizes
from bot.workflows import Pack
from tests.commands.packs import PAINT, PAINT_MANIFEST, pack


def painting(folder: Path, side: int, limits: str = "") -> Pack:
    """A pack whose own image is a square with this side."""
    graph = PAINT | {"5": {**PAINT["5"], "inputs": {"width": side, "height": side, "batch_size": 1}}}
    manifest = PAINT_MANIFEST.replace('EmptyLatentImage.width"]', f'EmptyLatentImage.width"]\n{limits}')
    return pack(folder, graph, manifest)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("16:9", (1344, 768)),
        ("16\N{RATIO}9", (1344, 768)),
        ("16x9", (1344, 768)),
        ("9 : 16", (768, 1344)),
        ("3:2", (1280, 832)),
        ("4/3", (1152, 896)),
        ("2.39:1", (1600, 640)),
        ("Wide", (1344, 768)),
        ("tall", (768, 1344)),
        ("square", (1024, 1024)),
        ("1024x768", (1024, 768)),
        ("1024 768", (1024, 768)),
        ("512", (512, 512)),
        ("1024:768", (1152, 896)),
        ("1024 × 768", (1024, 768)),
        ("1024x768 px", (1024, 768)),
        ("512px", (512, 512)),
        ("\uff11\uff16\uff1a\uff19", (1344, 768)),
    ],
)
def test_a_size_is_read(tmp_path: Path, text: str, size: tuple[int, int]) -> None:
    assert read_size(painting(tmp_path, 1024), text) == size


@pytest.mark.parametrize("text", ["huge", "16:", "0:9", "100:1", "-5", "1x2x3", "", "16:9:4"])
def test_what_is_no_size_is_refused(tmp_path: Path, text: str) -> None:
    assert read_size(painting(tmp_path, 1024), text) is None


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("", (640, 384)),
        ("something.safetensors", (640, 384)),
        ("sdxl/juggernautXL_v9.safetensors", (1344, 768)),
        ("flux1-dev-fp8.safetensors", (1344, 768)),
        ("v1-5-pruned-emaonly.safetensors", (704, 384)),
        ("sd21/v2-1_768-ema.safetensors", (1024, 576)),
    ],
)
def test_the_model_decides_how_many_pixels(tmp_path: Path, model: str, size: tuple[int, int]) -> None:
    assert read_size(painting(tmp_path, 500), "16:9", model) == size


def test_a_shape_stays_what_was_asked_for_within_the_workflows_limits(tmp_path: Path) -> None:
    assert read_size(painting(tmp_path, 1024, "max = 1024"), "16:9") == (1024, 576)


def test_what_was_typed_is_suggested_first_with_its_pixels(tmp_path: Path) -> None:
    one = painting(tmp_path, 1024)

    assert next(iter(suggested_sizes(one, " 4:3 ").items())) == ("4:3: 1152 x 896", "4:3")
    assert suggested_sizes(one) == {
        "Square: 1024 x 1024": "square",
        "Portrait: 832 x 1280": "portrait",
        "Landscape: 1280 x 832": "landscape",
        "Wide: 1344 x 768": "wide",
        "Tall: 768 x 1344": "tall",
    }


def test_the_beginning_of_a_size_is_not_suggested_as_one(tmp_path: Path) -> None:
    one = painting(tmp_path, 1024)

    assert suggested_sizes(one, "1") == suggested_sizes(one, "16") == suggested_sizes(one)
    assert next(iter(suggested_sizes(one, "16:9").values())) == "16:9"


def test_a_suggested_shape_is_read_for_the_model_that_is_chosen_at_last(tmp_path: Path) -> None:
    one = painting(tmp_path, 512)

    assert read_size(one, suggested_sizes(one)["Wide: 704 x 384"], "dreams-xl.safetensors") == (1344, 768)
