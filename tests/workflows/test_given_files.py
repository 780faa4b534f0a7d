"""The files that a graph takes: in the order in which it uses them, each under a name that says what it is for."""

import json
from typing import Any

import pytest

from bot.workflows import Pack
from bot.workflows.graphs.graph import Node
from bot.workflows.manifests.inference import infer
from bot.workflows.manifests.pack import known_to, make_pack
from tests.workflows.known import Drawing, info_of, known, output

Targets = dict[str, str]


def files_of(graph: dict[str, Node]) -> Targets:
    """Option -> the node that it sets."""
    inferred = infer(graph, known())
    return {name: inferred.targets[name][0].node_id for name in inferred.types}


def load(d: Drawing, title: str = "") -> list[object]:
    return d.add("LoadImage", title)


def frames(d: Drawing, start: object, end: object) -> dict[str, Node]:
    """A video between two frames."""
    clip = d.add("CLIPLoader")
    texts = {side: d.add("CLIPTextEncode", side, clip=clip, text=side) for side in ("positive", "negative")}
    latent = d.add("WanFirstLastFrameToVideo", vae=d.add("VAELoader"), start_image=start, end_image=end, **texts)
    sampled = d.add(
        "KSampler",
        model=d.add("UNETLoader"),
        positive=latent,
        negative=output(latent, 1),
        latent_image=output(latent, 2),
    )
    d.add("SaveWEBM", images=d.add("VAEDecode", samples=sampled, vae=d.add("VAELoader")))
    return d.graph


def test_the_first_frame_comes_first_wherever_it_stands_in_the_file() -> None:
    d = Drawing()
    end, start = load(d), load(d)
    assert files_of(frames(d, start, end)) == {"start_image": start[0], "end_image": end[0]}


def test_what_stands_between_takes_no_name_away() -> None:
    d = Drawing()
    end, start = load(d), load(d)
    scaled = [d.add("ImageScale", image=one) for one in (start, end)]
    assert files_of(frames(d, *scaled)) == {"start_image": start[0], "end_image": end[0]}


def test_the_authors_title_goes_before_the_input() -> None:
    d = Drawing()
    end, start = load(d, "Sunset"), load(d, "Load Image (Dawn)")
    assert files_of(frames(d, start, end)) == {"dawn": start[0], "sunset": end[0]}


def test_numbered_inputs_give_numbers() -> None:
    d = Drawing()
    third, first = load(d), load(d)
    d.add("SaveImage", images=d.add("ImageStitch", image2=third, image1=first))
    assert files_of(d.graph) == {"image": first[0], "image_2": third[0]}


def test_one_after_the_other_is_the_order_of_a_chain() -> None:
    d = Drawing()
    second, first = load(d), load(d)
    inner = d.add("ImageCompositeMasked", destination=d.add("EmptyImage"), source=first)
    d.add("SaveImage", images=d.add("ImageCompositeMasked", destination=inner, source=second))
    assert list(files_of(d.graph).values()) == [first[0], second[0]]


def test_what_reaches_no_output_is_not_asked_for() -> None:
    d = Drawing()
    used = load(d)
    load(d)
    d.add("ImageScale", image=load(d))
    d.add("SaveImage", images=used)
    assert files_of(d.graph) == {"image": used[0]}


@pytest.mark.parametrize("held", [False, True])
def test_the_side_that_a_switch_is_not_on_is_not_asked_for(held: bool) -> None:
    d = Drawing()
    one, other = load(d), load(d)
    state: object = d.add("PrimitiveBoolean", "Use the other?", value=True) if held else True
    d.add("SaveImage", images=d.add("ComfySwitchNode", switch=state, on_true=other, on_false=one))
    assert files_of(d.graph) == {"image": other[0]}
    # Turned off it would need an image that nobody was asked for.
    assert "use_the_other" not in infer(d.graph, known()).targets


def test_videos_and_sounds_are_files_as_well() -> None:
    d = Drawing()
    parts = d.add("GetVideoComponents", video=d.add("LoadVideo"))
    d.add("SaveVideo", video=d.add("CreateVideo", images=parts, audio=d.add("LoadAudio")))
    pack = sent(d.graph)
    assert {name: one.type for name, one in pack.offered.items() if one.takes_file} == {
        "video": "video",
        "audio": "audio",
    }
    assert all(one.required for one in pack.offered.values() if one.takes_file)


def test_a_server_knows_loaders_that_nobody_here_has_heard_of() -> None:
    graph: dict[str, Any] = {
        "1": {"class_type": "OddLoader", "inputs": {"clip": "a.mp4"}},
        "2": {"class_type": "SaveVideo", "inputs": {"video": ["1", 0]}},
    }
    pack = make_pack("odd", json.dumps(graph), None)
    assert not pack.offered
    raw = known().parsed() | {
        "OddLoader": {
            "input": {"required": {"clip": [["a.mp4"], {"video_upload": True}]}},
            "output": ["VIDEO"],
            "output_node": False,
        }
    }
    assert known_to(pack, info_of(raw)).offered["video"].type == "video"


def sent(graph: dict[str, Node]) -> Pack:
    return known_to(make_pack("sample", json.dumps(graph), None), known())
