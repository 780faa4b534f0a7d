"""What the nodes do: second passes, image to image, masks, refiners, upscalers, batches."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

from tests.comfyui_server.catalogue import RECORDED
from tests.comfyui_server.execution import RUNS
from tests.comfyui_server.graphs import model_free, txt2img, with_input
from tests.comfyui_server.wire import Listener, Wire, files


def test_every_recorded_node_class_does_something() -> None:
    assert set(RUNS) == set(RECORDED)


async def picture(wire: Wire, graph: Mapping[str, Any]) -> Image.Image:
    """The one image that a graph saves."""
    entry = await wire.finished(await wire.submit(graph, "me"))
    assert entry["status"]["completed"] is True, entry["status"]
    (image,) = files(entry)
    content = (await wire.get("/view", **image)).body
    with Image.open(io.BytesIO(content)) as opened:
        return opened.convert("RGB")


async def test_a_second_pass_refines_the_same_scene_at_twice_the_size(wire: Wire) -> None:
    graph = txt2img(seed=5, side=128, prompt_text="a castle")
    first = await picture(wire, graph)
    sampler = graph["3"]["inputs"] | {"latent_image": ["20", 0], "denoise": 0.5, "seed": 77}
    graph |= {
        "20": {
            "class_type": "LatentUpscaleBy",
            "inputs": {"samples": ["3", 0], "upscale_method": "nearest-exact", "scale_by": 2.0},
        },
        "21": {"class_type": "KSampler", "inputs": sampler},
    }
    second = await picture(wire, with_input(graph, "8", samples=["21", 0]))
    assert second.size == (256, 256)
    corner, same = first.getpixel((3, 3)), second.getpixel((6, 6))
    assert isinstance(corner, tuple)
    assert isinstance(same, tuple)
    assert all(abs(a - b) < 24 for a, b in zip(corner, same, strict=True))


async def test_an_image_to_image_graph_starts_from_the_uploaded_picture(wire: Wire) -> None:
    name = (await wire.upload("half.png", half_black_png())).body["name"]
    graph = txt2img(side=64) | {
        "10": {"class_type": "LoadImage", "inputs": {"image": name}},
        "11": {
            "class_type": "ImageScale",
            "inputs": {
                "image": ["10", 0],
                "upscale_method": "bilinear",
                "width": 96,
                "height": 64,
                "crop": "center",
            },
        },
        "12": {"class_type": "VAEEncode", "inputs": {"pixels": ["11", 0], "vae": ["4", 2]}},
    }
    result = await picture(wire, with_input(graph, "3", latent_image=["12", 0], denoise=0.6))
    assert result.size == (96, 64)
    left, right = result.crop((8, 8, 24, 56)), result.crop((72, 8, 88, 56))
    assert brightness(left) + 60 < brightness(right)


async def test_inpainting_touches_only_what_the_mask_leaves_open(wire: Wire) -> None:
    name = (await wire.upload("masked.png", half_transparent_png())).body["name"]
    graph = txt2img() | {
        "10": {"class_type": "LoadImage", "inputs": {"image": name}},
        "12": {
            "class_type": "VAEEncodeForInpaint",
            "inputs": {"pixels": ["10", 0], "vae": ["4", 2], "mask": ["10", 1], "grow_mask_by": 6},
        },
    }
    result = await picture(wire, with_input(graph, "3", latent_image=["12", 0]))
    assert result.getpixel((60, 32)) == (0, 200, 0)
    assert result.getpixel((4, 32)) != (0, 200, 0)


async def test_a_base_and_a_refiner_share_the_steps(wire: Wire, listener: Listener) -> None:
    graph = txt2img(side=64)
    inputs = {key: value for key, value in graph["3"]["inputs"].items() if key not in {"seed", "denoise"}}
    first = {
        "add_noise": "enable",
        "noise_seed": 1,
        "steps": 10,
        "start_at_step": 0,
        "end_at_step": 6,
        "return_with_leftover_noise": "enable",
    }
    second = first | {
        "add_noise": "disable",
        "start_at_step": 6,
        "end_at_step": 10000,
        "return_with_leftover_noise": "disable",
        "latent_image": ["3", 0],
    }
    graph["3"] = {"class_type": "KSamplerAdvanced", "inputs": inputs | first}
    graph["30"] = {"class_type": "KSamplerAdvanced", "inputs": inputs | second}
    prompt_id = await wire.submit(with_input(graph, "8", samples=["30", 0]), "me")
    await listener.until_over(prompt_id)
    steps = [(body["node"], body["value"], body["max"]) for body in listener.events("progress")]
    assert steps == [("3", k, 6) for k in range(1, 7)] + [("30", k, 4) for k in range(1, 5)]


async def test_upscaling_with_a_model_makes_it_four_times_as_large(wire: Wire, listener: Listener) -> None:
    graph = model_free(side=640) | {
        "5": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "RealESRGAN_x4plus.pth"}},
        "2": {
            "class_type": "ImageUpscaleWithModel",
            "inputs": {"upscale_model": ["5", 0], "image": ["1", 0]},
        },
    }
    assert (await picture(wire, graph)).size == (2560, 2560)
    assert listener.events("progress")[-1]["max"] == 4


async def test_control_lora_and_combined_prompts_find_their_way(wire: Wire) -> None:
    graph = txt2img() | {
        "40": {
            "class_type": "LoraLoader",
            "inputs": {
                "model": ["4", 0],
                "clip": ["4", 1],
                "lora_name": "soft-light.safetensors",
                "strength_model": 0.8,
                "strength_clip": 1.0,
            },
        },
        "41": {
            "class_type": "ControlNetLoader",
            "inputs": {"control_net_name": "control_v11p_sd15_canny.safetensors"},
        },
        "42": {"class_type": "EmptyImage", "inputs": model_free()["1"]["inputs"]},
        "43": {
            "class_type": "ConditioningCombine",
            "inputs": {"conditioning_1": ["6", 0], "conditioning_2": ["7", 0]},
        },
        "44": {
            "class_type": "ControlNetApplyAdvanced",
            "inputs": {
                "positive": ["43", 0],
                "negative": ["7", 0],
                "control_net": ["41", 0],
                "image": ["42", 0],
                "strength": 1.0,
                "start_percent": 0.0,
                "end_percent": 1.0,
            },
        },
        "45": {
            "class_type": "LoadImageMask",
            "inputs": {
                "image": (await wire.upload("m.png", half_transparent_png())).body["name"],
                "channel": "alpha",
            },
        },
        "46": {"class_type": "SetLatentNoiseMask", "inputs": {"samples": ["5", 0], "mask": ["45", 0]}},
        "47": {
            "class_type": "ImageScaleBy",
            "inputs": {"image": ["8", 0], "upscale_method": "lanczos", "scale_by": 1.5},
        },
    }
    graph = with_input(graph, "3", model=["40", 0], positive=["44", 0], negative=["44", 1], latent_image=["46", 0])
    graph = with_input(graph, "6", clip=["40", 1])
    assert (await picture(wire, with_input(graph, "9", images=["47", 0]))).size == (96, 96)


async def test_each_lora_changes_the_image(wire: Wire) -> None:
    def with_lora(graph: dict[str, Any], node_id: str, behind: str, weight: float) -> dict[str, Any]:
        inputs = {"model": [behind, 0], "clip": [behind, 1], "lora_name": "soft-light.safetensors"}
        weights = {"strength_model": weight, "strength_clip": weight}
        return with_input(
            graph | {node_id: {"class_type": "LoraLoader", "inputs": inputs | weights}}, "3", model=[node_id, 0]
        )

    plain = txt2img()
    one = with_lora(plain, "40", "4", 0.8)
    two = with_lora(one, "41", "40", 0.8)
    images = [await picture(wire, graph) for graph in (plain, one, two, with_lora(plain, "40", "4", 0.0))]
    assert brightness(images[0]) < brightness(images[1]) < brightness(images[2])
    assert images[3].tobytes() == images[0].tobytes()


async def test_a_batch_saves_as_many_different_pictures(wire: Wire) -> None:
    entry = await wire.finished(await wire.submit(with_input(txt2img(), "5", batch_size=3), "me"))
    images = files(entry)
    assert len({(await wire.get("/view", **image)).body for image in images}) == 3


def brightness(image: Image.Image) -> float:
    histogram = image.convert("L").histogram()
    return sum(level * count for level, count in enumerate(histogram)) / sum(histogram)


def encoded(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def half_black_png() -> bytes:
    image = Image.new("RGB", (120, 80), (255, 255, 255))
    image.paste((0, 0, 0), (0, 0, 60, 80))
    return encoded(image)


def half_transparent_png() -> bytes:
    """Green, and its left half is where the mask is open."""
    image = Image.new("RGBA", (64, 64), (0, 200, 0, 255))
    image.paste((0, 200, 0, 0), (0, 0, 32, 64))
    return encoded(image)
