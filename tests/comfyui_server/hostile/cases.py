"""What a server can do to a program's memory and to its event loop, by name: for jobs that hold a word."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.comfyui_server.faults import Faults
from tests.comfyui_server.hostile import bodies, connections, histories, outbursts
from tests.comfyui_server.hostile.outbursts import Frames, Outburst
from tests.comfyui_server.hostile.pictures import animated_png, large_png
from tests.comfyui_server.hostile.rules import Answer, Rule

_MIB, _GIB = 2**20, 2**30
_MANY: Final = 3_000
_EXTRA: Final = "extra"

SwitchOn = Callable[[Faults, str], None]


@dataclass(frozen=True, slots=True)
class Case:
    """`switch_on` makes a server do it to jobs whose graph holds a text. `websocket`: their images come that way."""

    about: str
    switch_on: SwitchOn
    websocket: bool = False


def _view(make: Callable[[], Answer]) -> SwitchOn:
    return lambda faults, words: faults.rules.append(Rule("GET /view", make(), words))


def _history(answer: Answer) -> SwitchOn:
    return lambda faults, words: faults.rules.append(Rule("GET /history/{prompt_id}", answer, words))


def _socket(frames: Frames, during: str = "KSampler") -> SwitchOn:
    return lambda faults, words: faults.outbursts.append(Outburst(frames, words, during))


def _many_files(faults: Faults, words: str) -> None:
    faults.outbursts.append(Outburst(outbursts.many_executed(_MANY, _EXTRA), words, "SaveImage"))
    faults.rules += [
        Rule("GET /history/{prompt_id}", histories.many_files(_MANY, _EXTRA), words),
        Rule("GET /view", histories.noise_file(_MIB), named=_EXTRA),
    ]


CASES: Final[Mapping[str, Case]] = {
    "endless": Case("/view sends 3 GiB without a length", _view(lambda: bodies.endless(3 * _GIB))),
    "gzip": Case("/view sends 1 MB that unpacks to 1 GiB", _view(lambda: bodies.gzip_bomb(_GIB))),
    "files": Case("3,000 `executed` events with a file of 1 MiB each", _many_files),
    "socket": Case(
        "3,000 images of 1 MiB over the socket",
        _socket(outbursts.many_pictures(_MANY, _MIB), "SaveImageWebsocket"),
        websocket=True,
    ),
    "history": Case("/history sends 3 GiB without a length", _history(bodies.endless(3 * _GIB, b"[" * _MIB))),
    "deep": Case("/history is JSON 200,000 deep", _history(bodies.body(bodies.JSON_SHAPES["200,000 deep"]))),
    "huge": Case("frames of 100 MB", _socket(outbursts.huge)),
    "flood": Case("50,000 frames as fast as they are taken", _socket(outbursts.flood)),
    "nonsense": Case("frames that are none", _socket(outbursts.nonsense)),
    "pixels": Case(
        "a PNG of 14000 x 14000 over the upload limit",
        _view(lambda: bodies.body(large_png(14_000, 14_000, noise_rows=300), "image/png")),
    ),
    "wide": Case(
        "a PNG of 177 megapixels over the upload limit",
        _view(lambda: bodies.body(large_png(29_500, 6_000, noise_rows=150), "image/png")),
    ),
    "frames": Case(
        "an APNG of 400 frames of 2000 x 2000",
        _view(lambda: bodies.body(animated_png(400, 2_000, noise_rows=4), "image/png")),
    ),
    "silent": Case("/history is accepted and never answered", _history(connections.silent)),
    "slow": Case("/view sends a byte a second", _view(lambda: connections.drip)),
}
