"""ComfyUI's contract, files and the catalogue: uploads, /view, /object_info and the small routes."""

import asyncio
import io
import json
import uuid

import pytest
from PIL import Image

from tests.comfyui_server.catalogue import RECORDED
from tests.comfyui_server.graphs import model_free
from tests.comfyui_server.wire import JPEG, PNG, Wire, files

# --- Files


async def test_an_upload_of_other_content_under_a_taken_name_is_renamed(wire: Wire) -> None:
    stem = uuid.uuid4().hex
    first = await wire.upload(f"{stem}.png", b"one")
    assert (first.status, first.body) == (
        200,
        {"name": f"{stem}.png", "subfolder": "", "type": "input"},
    )
    assert (await wire.upload(f"{stem}.png", b"one")).body["name"] == f"{stem}.png"
    assert (await wire.upload(f"{stem}.png", b"two")).body["name"] == f"{stem} (1).png"
    assert (await wire.upload(f"{stem}.png", b"two")).body["name"] == f"{stem} (1).png"
    assert (await wire.upload(f"{stem}.png", b"three", overwrite="true")).body["name"] == f"{stem}.png"
    assert (await wire.get("/view", filename=f"{stem}.png", type="input")).body == b"three"


async def test_an_upload_may_go_into_a_subfolder_and_nowhere_above(wire: Wire) -> None:
    answer = await wire.upload("a.png", b"one", subfolder="deep/down")
    assert answer.body == {"name": "a.png", "subfolder": "deep/down", "type": "input"}
    assert (await wire.upload("a.png", b"one", subfolder="../..")).status == 400
    view = await wire.get("/view", filename="a.png", subfolder="deep/down", type="input")
    assert view.body == b"one"


async def test_an_uploaded_picture_can_be_loaded_and_is_listed(wire: Wire) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (80, 48), (255, 0, 0)).save(buffer, "PNG")
    name = (await wire.upload(f"{uuid.uuid4().hex}.png", buffer.getvalue())).body["name"]
    info = (await wire.get("/object_info/LoadImage")).body["LoadImage"]
    assert name in info["input"]["required"]["image"][0]
    graph = model_free()
    graph["1"] = {"class_type": "LoadImage", "inputs": {"image": name}}
    (image,) = files(await wire.finished(await wire.submit(graph)))
    with Image.open(io.BytesIO((await wire.get("/view", **image)).body)) as picture:
        assert picture.size == (80, 48)
        assert picture.convert("RGB").getpixel((0, 0)) == (0, 255, 255)
        # A file's fingerprint is written into the embedded graph.
        assert "is_changed" in json.loads(picture.info["prompt"])["1"]


async def test_view_knows_ranges_etags_and_previews(wire: Wire) -> None:
    (image,) = files(await wire.finished(await wire.submit(model_free(), "c")))
    whole = await wire.get("/view", **image)
    assert whole.headers["Content-Type"] == "image/png"
    part = await wire.get_with("/view", {"Range": "bytes=0-7"}, image)
    assert (part.status, part.body) == (206, PNG)
    unchanged = await wire.get_with("/view", {"If-None-Match": whole.headers["ETag"]}, image)
    assert unchanged.status == 304
    preview = await wire.get("/view", **image, preview="jpeg;90")
    assert preview.headers["Content-Type"] == "image/jpeg"
    assert preview.body.startswith(JPEG)


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"filename": "no-such-file.png"}, 404),
        ({}, 404),
        ({"filename": "../secret.png"}, 400),
        ({"filename": "/etc/passwd"}, 400),
        ({"filename": "a.png", "type": "elsewhere"}, 400),
        ({"filename": "a.png", "subfolder": "../.."}, 403),
    ],
)
async def test_view_of_what_is_not_there_or_not_allowed(wire: Wire, params: dict[str, str], status: int) -> None:
    assert (await wire.get("/view", **params)).status == status


async def test_a_body_above_the_limit_is_refused(wire: Wire) -> None:
    answer = await wire.upload("big.png", bytes(100 * 1024 * 1024 + 1))
    assert answer.status == 413


# --- What exists


async def test_inputs_are_told_in_the_recorded_order(wire: Wire) -> None:
    told = (await wire.get("/object_info")).body
    for class_type, recorded in RECORDED.items():
        for category, inputs in recorded["input"].items():
            names = list(told[class_type]["input"][category])
            # An older server lacks what newer ones added; what it has comes in the same order.
            assert names == [name for name in inputs if name in names or await wire.is_new()], class_type
        assert told[class_type]["output_node"] == recorded["output_node"]
        assert told[class_type]["display_name"] == recorded["display_name"] or not await wire.is_new()


async def test_both_forms_of_a_combo_are_in_use(wire: Wire) -> None:
    told = (await wire.get("/object_info")).body
    old_form = told["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"]
    new_form = told["UpscaleModelLoader"]["input"]["required"]["model_name"]
    assert old_form[0] == ["tiny-random-sd15.safetensors"]
    assert new_form[0] == "COMBO"
    assert isinstance(new_form[1]["options"], list)


async def test_every_route_is_also_below_api(wire: Wire) -> None:
    for path in ("/system_stats", "/queue", "/prompt", "/object_info/KSampler", "/features", "/embeddings"):
        plain, below = await asyncio.gather(wire.get(path), wire.get(f"/api{path}"))
        assert plain.status == below.status == 200
        assert plain.body.keys() == below.body.keys() if isinstance(plain.body, dict) else True
    assert (await wire.get("/models/checkpoints")).body == ["tiny-random-sd15.safetensors"]
    assert (await wire.get("/models/nothing")).status == 404
    assert (await wire.get("/object_info/NoSuchNode")).body == {}


async def test_only_a_new_server_has_the_jobs_api(wire: Wire) -> None:
    prompt_id = await wire.submit(model_free())
    await wire.finished(prompt_id)
    answer = await wire.get(f"/api/jobs/{prompt_id}")
    if await wire.is_new():
        assert (answer.status, answer.body["status"]) == (200, "completed")
    else:
        assert answer.status == 404
        assert not isinstance(answer.body, dict)
