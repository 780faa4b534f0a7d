"""Video and sound come through Comfy API v2 as ComfyUI made them."""

from bot.comfyui import Server, connection
from bot.workflows import Graph
from tests.comfyui_server import ComfyUIStandIn

GRAPH: Graph = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 16, "height": 16, "batch_size": 3, "color": 255}},
    "2": {
        "class_type": "SaveWEBM",
        "inputs": {"images": ["1", 0], "filename_prefix": "film", "codec": "vp9", "fps": 24.0, "crf": 32.0},
    },
    "3": {"class_type": "EmptyAudio", "inputs": {"duration": 2.0, "sample_rate": 44100, "channels": 2}},
    "4": {"class_type": "SaveAudio", "inputs": {"audio": ["3", 0], "filename_prefix": "sound"}},
}


async def test_video_and_sound_arrive_unchanged(server: Server, comfyui: ComfyUIStandIn) -> None:
    async with connection(server) as one:
        outputs = await one.run(GRAPH)
    files = [await server.fetch(file) for file in outputs.files]
    made = [comfyui.output_bytes("film_00001_.webm"), comfyui.output_bytes("sound_00001_.flac")]
    assert sorted(files) == sorted(made)
