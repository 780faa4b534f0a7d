"""What workers hand over: images in every form in use, complaints in place of images, and texts that are neither."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest

from bot.comfyui import Finished
from bot.comfyui.runpod.answers import Image, read_images, read_place
from bot.comfyui.runpod.job_images import decoded
from bot.errors import NodeFailed, Oversized, Refused

_CONTENT = bytes(range(256)) + b"\xfb\xff"
_BASE64 = b64encode(_CONTENT).decode()
_ADDRESS = "https://bucket.example/a.png?signature=canary"


def images(output: object) -> list[Image]:
    return read_images({"status": "COMPLETED", "output": output})


@pytest.mark.parametrize(
    "output",
    [
        {"images": [{"filename": "a.png", "type": "base64", "data": _BASE64}]},
        {"images": [{"filename": "a.png", "data": f"data:image/png;base64,{_BASE64}"}]},
        {"images": [{"image": _BASE64}]},
        {"images": [_BASE64]},
        {"image": _BASE64},
        {"status": "success", "message": _BASE64},
        [_BASE64],
        _BASE64,
        "\n".join(_BASE64[at : at + 76] for at in range(0, len(_BASE64), 76)),
        _BASE64.rstrip("="),
        _BASE64.replace("+", "-").replace("/", "_"),
    ],
)
def test_an_image_is_found_and_read_in_every_form(output: object) -> None:
    (image,) = images(output)
    assert image.filename.endswith(".png")
    assert not image.by_address
    assert decoded(image, 1000) == _CONTENT


@pytest.mark.parametrize(
    "output",
    [
        {"images": [{"filename": "a.png", "type": "s3_url", "data": _ADDRESS}]},
        {"images": [{"filename": "a.png", "type": "base64", "data": _ADDRESS}]},
        {"images": [{"url": _ADDRESS}]},
        {"status": "success", "message": _ADDRESS},
        _ADDRESS,
    ],
)
def test_an_address_is_one_whatever_it_is_called(output: object) -> None:
    (image,) = images(output)
    assert (image.data, image.by_address) == (_ADDRESS, True)


@pytest.mark.parametrize(
    "output",
    [None, "", [], {}, {"images": None}, {"images": {}}, "All is well.", {"message": "no images"}, [1, None, {}]],
)
def test_what_is_no_image_is_none(output: object) -> None:
    assert images(output) == []


@pytest.mark.parametrize("data", ["hello, this is no base64", "https:/bucket/x.png", "a", "\x00" * 8, _BASE64 + "%"])
def test_a_text_that_is_no_image_never_becomes_a_file(data: str) -> None:
    with pytest.raises(Refused):
        decoded(Image("a.png", data, by_address=False), 1000)


def test_an_image_that_is_too_large_is_not_decoded() -> None:
    with pytest.raises(Oversized):
        decoded(Image("a.png", _BASE64, by_address=False), 100)


@pytest.mark.parametrize(
    "told",
    [
        {"error": "the worker gave up"},
        {"output": {"error": "the worker gave up"}},
        {"output": {"images": [], "errors": ["the worker gave up"]}},
        {"output": {"error": "the worker gave up", "message": "x" * 100}},
    ],
)
def test_a_job_that_completed_with_nothing_but_a_complaint_has_failed(told: Mapping[str, Any]) -> None:
    finished = read_place({"status": "COMPLETED", **told}, "theirs")
    assert isinstance(finished, Finished)
    assert isinstance(finished.error, NodeFailed)
    assert finished.error.message == "the worker gave up"


def test_a_complaint_beside_images_costs_none_of_them() -> None:
    output = {"images": [{"filename": "a.png", "data": _BASE64}], "errors": ["one could not be read"]}
    finished = read_place({"status": "COMPLETED", "output": output}, "theirs")
    assert isinstance(finished, Finished)
    assert finished.error is None
    assert len(finished.files) == 1
