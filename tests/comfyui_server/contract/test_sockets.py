"""ComfyUI's contract, the websocket: images as frames, and who hears what."""

import io
import uuid

from PIL import Image

from tests.comfyui_server.graphs import model_free, txt2img, with_input
from tests.comfyui_server.wire import JPEG, Listener, Wire

# Enough steps that the job runs until a test has had enough of it.
LONG = 5000


# --- Images on the socket


async def test_a_preview_with_metadata_comes_before_its_progress(
    wire: Wire, listener: Listener, client_id: str
) -> None:
    prompt_id = await wire.submit(txt2img(steps=2), client_id)
    await listener.until_over(prompt_id)
    kinds = [kind for kind in listener.kinds() if kind in {"preview 1", "preview 4", "progress"}]
    assert kinds == ["preview 4", "progress"] * 2
    preview = next(heard for heard in listener.heard if heard.kind == "preview 4")
    assert preview.body == {
        "node_id": "3",
        "prompt_id": prompt_id,
        "display_node_id": "3",
        "parent_node_id": None,
        "real_node_id": "3",
        "image_type": "image/jpeg",
    }
    assert preview.picture.startswith(JPEG)
    with Image.open(io.BytesIO(preview.picture)) as picture:
        assert max(picture.size) == 512


async def test_a_preview_without_metadata_comes_after_its_progress(wire: Wire, client_id: str) -> None:
    async with wire.listen(client_id, metadata=False) as listener:
        prompt_id = await wire.submit(txt2img(steps=2), client_id)
        await listener.until_over(prompt_id)
        kinds = [kind for kind in listener.kinds() if kind in {"preview 1", "preview 4", "progress"}]
        assert kinds == ["progress", "preview 1"] * 2
        preview = next(heard for heard in listener.heard if heard.kind == "preview 1")
        assert preview.body == {"image_format": 1}
        assert preview.picture.startswith(JPEG)
        assert not listener.events("feature_flags")


async def test_flags_count_only_as_the_first_word(wire: Wire, client_id: str) -> None:
    async with wire.listen(client_id, metadata=False) as listener:
        await listener.websocket.send_json({"type": "hello"})
        flags = {"supports_preview_metadata": True}
        await listener.websocket.send_json({"type": "feature_flags", "data": flags})
        prompt_id = await wire.submit(txt2img(steps=1), client_id)
        await listener.until_over(prompt_id)
        assert "preview 1" in listener.kinds()
        assert "preview 4" not in listener.kinds()


async def test_save_image_websocket_sends_the_pictures_and_keeps_nothing(
    wire: Wire, listener: Listener, client_id: str
) -> None:
    graph = with_input(model_free(color=0xFF00FF, side=96), "1", batch_size=2)
    graph["3"] = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["2", 0]}}
    prompt_id = await wire.submit(graph, client_id)
    await listener.until_over(prompt_id)
    frames = [heard for heard in listener.heard if heard.kind == "preview 4"]
    assert [frame.body["image_type"] for frame in frames] == ["image/png"] * 2
    assert frames[0].body["node_id"] == "3"
    with Image.open(io.BytesIO(frames[0].picture)) as picture:
        assert picture.size == (96, 96)
        assert picture.convert("RGB").getpixel((0, 0)) == (0, 255, 0)
    # The count starts at nought, and ends one short.
    assert [body["value"] for body in listener.events("progress")] == [0, 1]
    assert not listener.events("executed")
    assert (await wire.history(prompt_id))["outputs"] == {}


async def test_save_image_websocket_is_never_cached(wire: Wire, listener: Listener, client_id: str) -> None:
    graph = model_free()
    graph["3"] = {"class_type": "SaveImageWebsocket", "inputs": {"images": ["2", 0]}}
    for _ in range(2):
        await listener.until_over(await wire.submit(graph, client_id))
    assert listener.kinds().count("preview 4") == 2
    assert listener.events("execution_cached")[-1]["nodes"] == ["1", "2"]


# --- Who hears what


async def test_a_job_s_events_go_to_its_own_client_alone(wire: Wire) -> None:
    mine, theirs = uuid.uuid4().hex, uuid.uuid4().hex
    async with wire.listen(mine) as me, wire.listen(theirs) as them:
        first = await wire.submit(txt2img(steps=1), mine)
        second = await wire.submit(txt2img(steps=1), theirs)
        await me.until_over(first)
        await them.until_over(second)
        assert set(me.kinds(second)) == set()
        assert set(them.kinds(first)) == set()
        assert me.events("status")
        assert them.events("status")


async def test_without_a_client_id_only_progress_is_told_and_to_everybody(wire: Wire) -> None:
    async with wire.listen(uuid.uuid4().hex) as one, wire.listen(uuid.uuid4().hex) as other:
        prompt_id = await wire.submit(txt2img(steps=1))
        await wire.finished(prompt_id)
        for listener in (one, other):
            await listener.until(lambda: "preview 1" in listener.kinds())  # noqa: B023 -- awaited at once
            assert set(listener.kinds(prompt_id)) == {"progress", "progress_state"}


async def test_a_reconnect_is_told_the_node_but_not_the_job(wire: Wire, client_id: str) -> None:
    async with wire.listen(client_id) as listener:
        prompt_id = await wire.submit(txt2img(steps=LONG), client_id)
        await listener.until_running(prompt_id)
    async with wire.listen(client_id, metadata=False) as listener:
        await listener.until_running(prompt_id)
        await listener.until(lambda: "preview 1" in listener.kinds())
        status, executing = listener.heard[:2]
        assert status.body["sid"] == client_id
        assert (executing.kind, executing.body) == ("executing", {"node": "3"})
        await wire.interrupt(prompt_id)
        await listener.until_over(prompt_id)


async def test_the_newer_of_two_sockets_goes_deaf_when_the_older_closes(wire: Wire, client_id: str) -> None:
    old = await wire.connect(client_id)
    async with wire.listen(client_id) as new:
        first = await wire.submit(model_free(), client_id)
        await new.until_over(first)
        assert old.kinds(first) == []
        await old.close()
        async with wire.listen(uuid.uuid4().hex) as witness:
            second = await wire.submit(model_free(), client_id)
            await wire.finished(second)
            # Nothing more can be on its way once a later frame has come round to everybody.
            await witness.until(lambda: len(witness.events("status")) >= 4)
        assert new.kinds(second) == []
        assert not new.websocket.closed
