"""What a recipe tells: pixels untouched, nothing of the server, nothing that another member gave. Pure."""

import io
import json
import struct
import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot import pictures
from bot.discord_ui.recipes.recipe_button import command_line
from bot.worker.files.png_metadata import recipe_for
from bot.workflows.binding.shareable_graph import shareable_graph, without_places
from tests.commands.packs import RESTYLE, RESTYLE_MANIFEST, opened, pack
from tests.jobs import a_job

TEXTS = st.dictionaries(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20), st.text(max_size=200)
)


def png(**texts: str) -> bytes:
    """As ComfyUI writes it: texts of every kind, then the pixels."""
    info = PngInfo()
    for number, (key, text) in enumerate(texts.items()):
        if number % 2:
            info.add_itxt(key, text, zip=True)
        else:
            info.add_text(key, text, zip=number % 4 == 0)
    buffer = io.BytesIO()
    Image.effect_noise((40, 30), 80).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place)
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", content, place + 8 + length)
        assert checksum == zlib.crc32(kind + data)
        found.append((kind, data))
        place += 12 + length
    return found


@given(TEXTS)
def test_texts_are_replaced_and_every_other_chunk_stays(wanted: dict[str, str]) -> None:
    before = png(prompt='{"1": {}}', workflow="w" * 3000, parameters="Steps: 20", note="n")
    after = pictures.with_texts(before, wanted)
    # Pillow keeps text up to a NUL as it is; a surrogate has no UTF-8.
    assert pictures.texts(after) == wanted
    kept = [chunk for chunk in chunks(before) if chunk[0] not in {b"tEXt", b"zTXt", b"iTXt"}]
    assert [chunk for chunk in chunks(after) if chunk[0] != b"iTXt"] == kept
    assert opened(after).tobytes() == opened(before).tobytes()


@given(st.binary(max_size=200), st.integers(0, 400))
def test_what_is_no_png_or_half_of_one_breaks_nothing(noise: bytes, cut: int) -> None:
    assert pictures.with_texts(noise, {"a": "b"}) == noise
    pictures.with_texts(png(prompt="x")[:cut], {})
    pictures.with_texts(png()[:cut] + noise, {})


def test_a_recipe_holds_no_picture_that_came_in(tmp_path: Path) -> None:
    restyle = pack(tmp_path, RESTYLE, RESTYLE_MANIFEST)
    job = a_job(values={"image": "c0ffee", "prompt": "a fox", "seed": 7, "gone": 1})
    assert recipe_for(job, restyle) == {"prompt": "a fox", "seed": 7, "workflow": "Restyle", "options": {}}
    graph = shareable_graph(restyle, {"image": "c0ffee", "prompt": "a fox", "seed": 7}, None)
    assert graph is not None
    assert "c0ffee" not in json.dumps(graph)
    assert graph["3"]["inputs"]["seed"] == 7


def test_a_graph_tells_no_path_and_no_address() -> None:
    graph = without_places(
        {
            "1": {
                "class_type": "X",
                "inputs": {
                    "unix": "/srv/comfy/models/a.safetensors",
                    "windows": "D:\\models\\b.safetensors",
                    "address": "http://10.0.0.3:8188/view",
                    "model": "sdxl/c.safetensors",
                    "words": "/ a stroke, and more",
                    "link": ["2", 0],
                },
            }
        }
    )
    assert graph["1"]["inputs"] == {
        "unix": "a.safetensors",
        "windows": "b.safetensors",
        "address": "",
        "model": "sdxl/c.safetensors",
        "words": "/ a stroke, and more",
        "link": ["2", 0],
    }


def test_values_that_no_longer_fit_make_no_graph(tmp_path: Path) -> None:
    assert shareable_graph(pack(tmp_path, RESTYLE, RESTYLE_MANIFEST), {"prompt": 3}, None) is None


def test_a_command_fits_one_line_and_names_a_workflow_that_is_gone() -> None:
    job = a_job(workflow="100/mine", values={"prompt": "a\nb", "seed": 3, "width": 64, "height": 32})
    assert command_line(job, None, "Mine", "imagine") == "/imagine prompt:a b seed:3 size:64x32 workflow:Mine"
