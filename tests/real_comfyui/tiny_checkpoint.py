"""Writes a tiny checkpoint of random weights in the shape of Stable Diffusion 1.5, for the real sampler.

Its images are noise; loading, sampling, previews and decoding are real. The U-Net has two levels of 320
channels, TAESD is the VAE, the text encoder is as large as CLIP-L because ComfyUI fixes that.
"""

import json
import math
import random
import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

NAME = "tiny-random-sd15.safetensors"
SEED = 1

UNET_CHANNELS = 320
TIME_CHANNELS = 4 * UNET_CHANNELS
TEXT_CHANNELS = 768
TEXT_LAYERS = 12
VAE_CHANNELS = 64
LATENT_CHANNELS = 4

# A prime, so that no row of a weight has the length at which the values repeat.
PERIOD = 1_000_003


class Fill(Enum):
    """What a tensor is filled with."""

    RANDOM = "random"
    ONES = "ones"
    ZEROS = "zeros"


@dataclass(frozen=True, slots=True)
class Tensor:
    """One weight, by its name in the checkpoint; in half precision."""

    name: str
    shape: tuple[int, ...]
    fill: Fill = Fill.RANDOM

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def fan_in(self) -> int:
        return math.prod(self.shape[1:])


def conv(name: str, inputs: int, outputs: int, kernel: int = 3, *, bias: bool = True) -> Iterator[Tensor]:
    yield Tensor(f"{name}.weight", (outputs, inputs, kernel, kernel))
    if bias:
        yield Tensor(f"{name}.bias", (outputs,), Fill.ZEROS)


def linear(name: str, inputs: int, outputs: int, *, bias: bool = True) -> Iterator[Tensor]:
    yield Tensor(f"{name}.weight", (outputs, inputs))
    if bias:
        yield Tensor(f"{name}.bias", (outputs,), Fill.ZEROS)


def norm(name: str, channels: int) -> Iterator[Tensor]:
    yield Tensor(f"{name}.weight", (channels,), Fill.ONES)
    yield Tensor(f"{name}.bias", (channels,), Fill.ZEROS)


def res_block(name: str, inputs: int) -> Iterator[Tensor]:
    yield from norm(f"{name}.in_layers.0", inputs)
    yield from conv(f"{name}.in_layers.2", inputs, UNET_CHANNELS)
    yield from linear(f"{name}.emb_layers.1", TIME_CHANNELS, UNET_CHANNELS)
    yield from norm(f"{name}.out_layers.0", UNET_CHANNELS)
    yield from conv(f"{name}.out_layers.3", UNET_CHANNELS, UNET_CHANNELS)
    if inputs != UNET_CHANNELS:
        yield from conv(f"{name}.skip_connection", inputs, UNET_CHANNELS, kernel=1)


def attention(name: str, context: int) -> Iterator[Tensor]:
    yield from linear(f"{name}.to_q", UNET_CHANNELS, UNET_CHANNELS, bias=False)
    yield from linear(f"{name}.to_k", context, UNET_CHANNELS, bias=False)
    yield from linear(f"{name}.to_v", context, UNET_CHANNELS, bias=False)
    yield from linear(f"{name}.to_out.0", UNET_CHANNELS, UNET_CHANNELS)


def spatial_transformer(name: str) -> Iterator[Tensor]:
    block = f"{name}.transformer_blocks.0"
    yield from norm(f"{name}.norm", UNET_CHANNELS)
    yield from conv(f"{name}.proj_in", UNET_CHANNELS, UNET_CHANNELS, kernel=1)
    yield from attention(f"{block}.attn1", UNET_CHANNELS)
    yield from attention(f"{block}.attn2", TEXT_CHANNELS)
    # The gated activation takes two halves: eight times the channels go in, four come out.
    yield from linear(f"{block}.ff.net.0.proj", UNET_CHANNELS, 8 * UNET_CHANNELS)
    yield from linear(f"{block}.ff.net.2", 4 * UNET_CHANNELS, UNET_CHANNELS)
    for number in (1, 2, 3):
        yield from norm(f"{block}.norm{number}", UNET_CHANNELS)
    yield from conv(f"{name}.proj_out", UNET_CHANNELS, UNET_CHANNELS, kernel=1)


def unet() -> Iterator[Tensor]:
    prefix = "model.diffusion_model"
    yield from linear(f"{prefix}.time_embed.0", UNET_CHANNELS, TIME_CHANNELS)
    yield from linear(f"{prefix}.time_embed.2", TIME_CHANNELS, TIME_CHANNELS)
    yield from conv(f"{prefix}.input_blocks.0.0", LATENT_CHANNELS, UNET_CHANNELS)
    yield from res_block(f"{prefix}.input_blocks.1.0", UNET_CHANNELS)
    yield from conv(f"{prefix}.input_blocks.2.0.op", UNET_CHANNELS, UNET_CHANNELS)
    yield from res_block(f"{prefix}.input_blocks.3.0", UNET_CHANNELS)
    yield from spatial_transformer(f"{prefix}.input_blocks.3.1")
    yield from res_block(f"{prefix}.middle_block.0", UNET_CHANNELS)
    yield from spatial_transformer(f"{prefix}.middle_block.1")
    yield from res_block(f"{prefix}.middle_block.2", UNET_CHANNELS)
    # On the way up each block also takes what its counterpart on the way down gave: twice the channels.
    for number in range(4):
        yield from res_block(f"{prefix}.output_blocks.{number}.0", 2 * UNET_CHANNELS)
    for number in range(2):
        yield from spatial_transformer(f"{prefix}.output_blocks.{number}.1")
    yield from conv(f"{prefix}.output_blocks.1.2.conv", UNET_CHANNELS, UNET_CHANNELS)
    yield from norm(f"{prefix}.out.0", UNET_CHANNELS)
    yield from conv(f"{prefix}.out.2", UNET_CHANNELS, LATENT_CHANNELS)


def text_encoder() -> Iterator[Tensor]:
    prefix = "cond_stage_model.transformer.text_model"
    yield Tensor(f"{prefix}.embeddings.token_embedding.weight", (49408, TEXT_CHANNELS))
    yield Tensor(f"{prefix}.embeddings.position_embedding.weight", (77, TEXT_CHANNELS))
    for number in range(TEXT_LAYERS):
        layer = f"{prefix}.encoder.layers.{number}"
        for projection in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield from linear(f"{layer}.self_attn.{projection}", TEXT_CHANNELS, TEXT_CHANNELS)
        yield from norm(f"{layer}.layer_norm1", TEXT_CHANNELS)
        yield from linear(f"{layer}.mlp.fc1", TEXT_CHANNELS, 4 * TEXT_CHANNELS)
        yield from linear(f"{layer}.mlp.fc2", 4 * TEXT_CHANNELS, TEXT_CHANNELS)
        yield from norm(f"{layer}.layer_norm2", TEXT_CHANNELS)
    yield from norm(f"{prefix}.final_layer_norm", TEXT_CHANNELS)


def vae_block(name: str) -> Iterator[Tensor]:
    for number in (0, 2, 4):
        yield from conv(f"{name}.conv.{number}", VAE_CHANNELS, VAE_CHANNELS)


def vae() -> Iterator[Tensor]:
    encoder, decoder = "first_stage_model.taesd_encoder", "first_stage_model.taesd_decoder"
    yield from conv(f"{encoder}.0", 3, VAE_CHANNELS)
    for number in (2, 6, 10):
        yield from conv(f"{encoder}.{number}", VAE_CHANNELS, VAE_CHANNELS, bias=False)
    for number in (1, 3, 4, 5, 7, 8, 9, 11, 12, 13):
        yield from vae_block(f"{encoder}.{number}")
    yield from conv(f"{encoder}.14", VAE_CHANNELS, LATENT_CHANNELS)

    yield from conv(f"{decoder}.1", LATENT_CHANNELS, VAE_CHANNELS)
    for number in (7, 12, 17):
        yield from conv(f"{decoder}.{number}", VAE_CHANNELS, VAE_CHANNELS, bias=False)
    for number in (3, 4, 5, 8, 9, 10, 13, 14, 15, 18):
        yield from vae_block(f"{decoder}.{number}")
    yield from conv(f"{decoder}.19", VAE_CHANNELS, 3)

    yield Tensor("first_stage_model.vae_scale", (), Fill.ONES)
    yield Tensor("first_stage_model.vae_shift", (), Fill.ZEROS)


class HalfFloats:
    """Half-precision values as bytes: constants, or noise of variance 1 / fan_in, so that signals last."""

    def __init__(self, seed: int) -> None:
        source = random.Random(seed)
        bound = math.sqrt(3)  # of the uniform distribution with variance 1
        self._noise = array("f", (source.uniform(-bound, bound) for _ in range(PERIOD)))
        self._scaled: dict[int, bytes] = {}
        self._position = 0

    def take(self, tensor: Tensor) -> Iterator[bytes]:
        if tensor.fill is not Fill.RANDOM:
            yield struct.pack("<e", 1.0 if tensor.fill is Fill.ONES else 0.0) * tensor.elements
            return
        block, left = self._block(tensor.fan_in), 2 * tensor.elements
        while left:
            piece = block[self._position : self._position + left]
            yield piece
            left -= len(piece)
            self._position = (self._position + len(piece)) % len(block)

    def _block(self, fan_in: int) -> bytes:
        if fan_in not in self._scaled:
            scale = 1 / math.sqrt(fan_in)
            self._scaled[fan_in] = struct.pack(f"<{PERIOD}e", *(value * scale for value in self._noise))
        return self._scaled[fan_in]


def header(tensors: list[Tensor]) -> bytes:
    """Return the head of a safetensors file: a length, then JSON that says where each tensor lies."""
    entries, offset = {}, 0
    for tensor in tensors:
        end = offset + 2 * tensor.elements
        entries[tensor.name] = {"dtype": "F16", "shape": tensor.shape, "data_offsets": (offset, end)}
        offset = end
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)  # readers map the file and want the values aligned
    return struct.pack("<Q", len(text)) + text


def write(path: Path) -> None:
    """Write the checkpoint (315 MB) to `path`; the same bytes every time."""
    tensors = [*unet(), *text_encoder(), *vae()]
    values = HalfFloats(SEED)
    with path.open("wb") as file:
        file.write(header(tensors))
        for tensor in tensors:
            file.writelines(values.take(tensor))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
