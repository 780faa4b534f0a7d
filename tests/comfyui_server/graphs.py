"""API-format graphs that a stand-in and a real ComfyUI both run."""

import uuid
from typing import Any, Final

Graph = dict[str, Any]

CHECKPOINT: Final = "tiny-random-sd15.safetensors"


def new_seed() -> int:
    """A seed that no earlier test left in a server's cache."""
    return uuid.uuid4().int % 2**53


def txt2img(
    *, seed: int | None = None, steps: int = 3, side: int = 64, prompt_text: str = "a cat", prefix: str = "t2i"
) -> Graph:
    """The checkpoint is node 4, the sampler 3, the decoder 8, the output 9."""
    return {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": new_seed() if seed is None else seed,
                "steps": steps,
                "cfg": 7.0,
                "sampler_name": "euler",
                "scheduler": "normal",
                "denoise": 1.0,
                "model": ["4", 0],
                "positive": ["6", 0],
                "negative": ["7", 0],
                "latent_image": ["5", 0],
            },
            "_meta": {"title": "KSampler"},
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
        "5": {
            "class_type": "EmptyLatentImage",
            "inputs": {"width": side, "height": side, "batch_size": 1},
        },
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": prompt_text, "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "bad", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {
            "class_type": "SaveImage",
            "inputs": {"filename_prefix": prefix, "images": ["8", 0]},
            "_meta": {"title": "Save Image"},
        },
    }


def model_free(*, color: int | None = None, side: int = 64, prefix: str = "mf") -> Graph:
    """One image, inverted and saved: no model, no progress."""
    return {
        "1": {
            "class_type": "EmptyImage",
            "inputs": {
                "width": side,
                "height": side,
                "batch_size": 1,
                "color": new_seed() % 2**24 if color is None else color,
            },
        },
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": prefix}},
    }


def with_input(graph: Graph, node_id: str, **inputs: object) -> Graph:
    """A copy with some inputs of one node changed."""
    node = graph[node_id]
    return graph | {node_id: node | {"inputs": node["inputs"] | inputs}}


def without_input(graph: Graph, node_id: str, name: str) -> Graph:
    node = graph[node_id]
    inputs = {key: value for key, value in node["inputs"].items() if key != name}
    return graph | {node_id: node | {"inputs": inputs}}
