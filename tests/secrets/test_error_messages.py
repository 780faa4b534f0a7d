"""One line of a failure, for the log and for moderators: nothing in it that is the server's own business."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import redacted
from bot.redaction.error_messages import LONGEST_LINE

KEPT = [
    "mat1 and mat2 shapes cannot be multiplied (77x768 and 2048x320)",
    "The size of tensor a (64) must match the size of tensor b (128) at non-singleton dimension 3",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "Native API failed. Native API returns: 39 (UR_RESULT_ERROR_OUT_OF_DEVICE_MEMORY)",
    "Error while deserializing header: header too large",
    "Model in folder 'vae' with filename 'sd_xl_base_1.0_0.9vae_fp16fix_75679766_cc89.safetensors' not found.",
    "size mismatch for model.diffusion_model.input_blocks.0.0.weight: copying a param",
    "expected float16/bfloat16 and/or 3/4 of it at 12:30:45, std::bad_alloc",
    "'NoneType' object has no attribute 'tokenize'",
    "image - Invalid image file: missing.png",
    "Größe falsch: 内存不足 🙂",
    "",
]

LINES = [
    ("first\nsecond", "first"),
    ("\n\n  first\r\nsecond", "first"),
    ("first\u2028second", "first"),
    ("File path: /srv/models/x.safetensors", "File path: x.safetensors"),
    ("No such file or directory: '/home/Alice/ComfyUI/input/a.png'", "No such file or directory: '…'"),
    ("No such file: '/home/John Smith/my models/sdxl base.safetensors'", "No such file: 'sdxl base.safetensors'"),
    ("could not open C:\\Users\\John Smith\\AI models\\flux-dev.gguf for it", "could not open flux-dev.gguf for it"),
    ("Permission denied: 'C:\\\\Users\\\\bob\\\\x.png'", "Permission denied: '…'"),
    ("Permission denied: /home/John Smith", "Permission denied: …"),
    ("\\\\nas\\share\\bob\\x.ckpt is broken", "x.ckpt is broken"),
    ("~bob/secret/x.pt is broken", "x.pt is broken"),
    ("file:///etc/passwd", "…"),
    ("ComfyUI/custom_nodes/x/nodes.py failed", "… failed"),
    ("..\\c10\\core\\alloc_cpu.cpp failed", "… failed"),
    ("http://user:pw@host:8188/x?y=z failed", "… failed"),
    ("HTTPSConnectionPool(host='gpu.corp.example.com', port=443): url: /v1/x?key=abc", None),
    ("Cannot connect to host 10.0.0.5:8188 ssl:default", "Cannot connect to host … ssl:default"),
    ("Cannot connect to host gpu-box:8188 ssl:default", "Cannot connect to host … ssl:default"),
    ("from localhost:8188 and 2001:db8::ff00:42:8329", "from … and …"),
    ("mail bob@example.com", "mail …"),
    ("user 'bob' is gone, username=bob too", "user … is gone, username=… too"),
    ("api_key: abc123, token='x y z' Authorization: Bearer q.w-e", "api_key: …, token=… Authorization: …"),
    ("key sk-abcdefghijklmnop1234 is wrong", "key … is wrong"),
    ("key e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "key …"),
    ("\x1b[31mred\x1b[0m and \x1b]0;title\x07plain", "red and plain"),
    ("tab\there, bell\x07 there, \x9b5mC1", "tab here, bell there, C1"),
    ("a\u200bb\u202ec\ufeff", "abc"),
    ("x" * 5000, "…"),
    ("\n" * 5000 + "first", "first"),
]
SECRETS = re.compile(
    r"/srv|/home|Alice|bob|John|Smith|passwd|10\.0|gpu|corp|pw@|8188|abc123|AbC|sk-|e3b0c|\x1b|custom_nodes|C:\\"
)


@pytest.mark.parametrize("line", KEPT)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redacted(line) == line


@pytest.mark.parametrize(("text", "line"), LINES, ids=[text[:30] for text, _ in LINES])
def test_a_message_becomes_one_clean_line(text: str, line: str | None) -> None:
    found = redacted(text)
    assert line is None or found == line
    assert not SECRETS.search(found), found


@pytest.mark.parametrize("secret", ["/home/Alice/a", "sk-abcdefghijklmnop1234", "http://bob:pw@10.0.0.5:8188/"])
@pytest.mark.parametrize("before", [0, 1980, 1990, 1995, 1999, 2001])
def test_a_secret_is_not_cut_in_two(secret: str, before: int) -> None:
    assert not SECRETS.search(redacted("w " * (before // 2) + "w" * (before % 2) + " " + secret + " " + "w " * 5000))


@given(st.text(alphabet=st.characters(codec=None), max_size=400))
def test_anything_becomes_one_printable_line(text: str) -> None:
    found = redacted(text)
    assert len(found) <= LONGEST_LINE
    assert found == " ".join(found.split())
    assert not any(unicodedata.category(character).startswith("C") for character in found)


@given(
    st.lists(st.sampled_from(["/home/Alice/", "C:\\Users\\bob\\", "x y", "'", '"', " ", ":", "a.png", "(", "\\", "="]))
)
def test_no_folder_survives_whatever_stands_around_it(parts: list[str]) -> None:
    found = redacted("".join(parts))
    assert "/home" not in found
    assert "Users" not in found


@pytest.mark.parametrize(
    "piece",
    ["/a", "\\a ", "a:", "::", "a.", "a@", "A1a", "'/x", "/a b c d ", "x= ", "host ", "\x1b[", "C:\\ ", "a b/",
     "-", "_", "token", "user ", "a.b-", "1.1.1.", "a/a", "\n", "\u200b"],
)  # fmt: skip
def test_a_message_of_a_megabyte_is_a_line(piece: str) -> None:
    assert len(redacted(piece * (2**20 // len(piece)))) <= LONGEST_LINE
