"""Writes tiny LoRAs of random weights for the tiny checkpoint: for its U-Net, and for its text encoder if wanted."""

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.real_comfyui.tiny_checkpoint import TEXT_CHANNELS, UNET_CHANNELS, Fill, HalfFloats, Tensor, header

_RANK = 4
_BLOCKS = ("input_blocks_3_1", "output_blocks_0_1", "output_blocks_1_1")


def _pair(name: str, inputs: int, outputs: int) -> Iterator[Tensor]:
    yield Tensor(f"{name}.lora_down.weight", (_RANK, inputs))
    yield Tensor(f"{name}.lora_up.weight", (outputs, _RANK))
    yield Tensor(f"{name}.alpha", (), Fill.ONES)


def _tensors(*, text_encoder: bool) -> Iterator[Tensor]:
    for block in _BLOCKS:
        yield from _pair(f"lora_unet_{block}_transformer_blocks_0_attn1_to_out_0", UNET_CHANNELS, UNET_CHANNELS)
        yield from _pair(f"lora_unet_{block}_transformer_blocks_0_attn2_to_q", UNET_CHANNELS, UNET_CHANNELS)
    if text_encoder:
        layer = "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
        yield from _pair(layer, TEXT_CHANNELS, TEXT_CHANNELS)


def _with_metadata(head: bytes, metadata: Mapping[str, str]) -> bytes:
    """The head of a safetensors file with what a trainer writes into it."""
    text = json.dumps({"__metadata__": dict(metadata), **json.loads(head[8:])}).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def write_lora(path: Path, seed: int, *, text_encoder: bool = False, metadata: Mapping[str, str] | None = None) -> None:
    """Write one; the same bytes for the same seed and metadata."""
    tensors = [*_tensors(text_encoder=text_encoder)]
    values = HalfFloats(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_with_metadata(header(tensors), metadata or {}))
        for tensor in tensors:
            file.writelines(values.take(tensor))
