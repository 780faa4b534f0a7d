"""The switch from saving to sending, and back: pure, and nothing else of the graph changes."""

import copy
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from bot.workflows import ObjectInfo, keep_on_disk, send_over_socket, senders_in, socket_file
from bot.workflows.graphs.graph import link_source
from tests.outputs.ordering import Graph, coloured, node, saved
from tests.workflows.known import info_of

OWN: Final = info_of({"SaveImageWebsocket": {"input": {"required": {"images": ["IMAGE"]}}}})
TOOLING: Final = info_of(
    {
        "ETN_SendImageWebSocket": {
            "input": {"required": {"images": ["IMAGE"], "format": [["PNG", "JPEG"], {"default": "PNG"}]}}
        }
    }
)


def test_saves_and_previews_become_senders_with_their_ids_and_titles() -> None:
    graph = coloured("1") | saved("2", "1", "Final") | {"3": node("PreviewImage", "Draft", images=["1", 0])}
    switched, senders = send_over_socket(graph, OWN)
    assert senders == {"2", "3"}
    assert switched["2"] == node("SaveImageWebsocket", "Final", images=["1", 0])
    assert switched["3"] == node("SaveImageWebsocket", "Draft", images=["1", 0])
    assert switched["1"] is graph["1"]


def test_the_tooling_nodes_sender_is_asked_for_png() -> None:
    switched, senders = send_over_socket(coloured("1") | saved("2", "1"), TOOLING)
    assert senders == {"2"}
    assert switched["2"]["inputs"] == {"images": ["1", 0], "format": "PNG"}


def test_a_server_without_a_sender_saves_as_before() -> None:
    graph = coloured("1") | saved("2", "1")
    assert send_over_socket(graph, info_of({})) == (graph, frozenset())


def test_a_node_that_sends_already_is_a_sender() -> None:
    graph = coloured("1") | {"2": node("SaveImageWebsocket", images=["1", 0])}
    assert send_over_socket(graph, OWN) == (graph, frozenset({"2"}))
    assert senders_in(graph) == {"2"}


def test_what_took_its_picture_from_a_save_takes_it_from_where_that_came() -> None:
    graph = coloured("1") | saved("2", "1") | saved("3", "2") | {"4": node("ImageInvert", image=["3", 0])}
    switched, _ = send_over_socket(graph, OWN)
    assert switched["3"]["inputs"] == {"images": ["1", 0]}
    assert switched["4"]["inputs"] == {"image": ["1", 0]}


def test_a_save_without_a_picture_is_left_for_the_server_to_refuse() -> None:
    graph: Graph = {"1": node("SaveImage", filename_prefix="x"), "2": node("SaveImage", images=["9", 0])}
    assert send_over_socket(graph, OWN) == (graph, frozenset())


def test_saves_in_a_ring_end_the_switch_all_the_same() -> None:
    switched, senders = send_over_socket(saved("1", "2") | saved("2", "1"), OWN)
    assert senders == {"1", "2"}
    assert all(link_source(one["inputs"]["images"]) in {"1", "2"} for one in switched.values())


def test_back_on_disk_every_sender_saves() -> None:
    graph = coloured("1") | {"2": node("SaveImageWebsocket", "Final", images=["1", 0])}
    kept = keep_on_disk(graph)
    assert kept["2"] == node("SaveImage", "Final", images=["1", 0], filename_prefix="darkroom")
    assert kept["1"] is graph["1"]
    assert senders_in(kept) == frozenset()


def test_a_preview_that_was_sent_counts_as_a_preview() -> None:
    graph = coloured("1") | saved("2", "1") | {"3": node("PreviewImage", images=["1", 0])}
    assert socket_file(graph, "2", 1, "image/png").type == "output"
    assert socket_file(graph, "3", 1, "image/png").type == "temp"
    assert socket_file(graph, "2", 4, "image/jpeg").filename == "4.jpg"


CLASSES: Final = ("SaveImage", "PreviewImage", "ImageInvert", "SaveImageWebsocket", "EmptyImage")
LINKS: Final = st.one_of(st.tuples(st.sampled_from("123456"), st.integers(0, 1)).map(list), st.just("words"), st.none())


@given(
    st.dictionaries(
        st.sampled_from("12345"),
        st.builds(
            lambda class_type, inputs: node(class_type, **inputs),
            st.sampled_from(CLASSES),
            st.dictionaries(st.sampled_from(["images", "image", "filename_prefix"]), LINKS),
        ),
    ),
    st.sampled_from([OWN, TOOLING, info_of({})]),
)
def test_any_graph_is_switched_without_touching_it_and_only_once(graph: dict[str, Any], info: ObjectInfo) -> None:
    before = copy.deepcopy(graph)
    switched, senders = send_over_socket(graph, info)
    assert graph == before
    assert list(switched) == list(graph)
    assert senders <= set(graph)
    if info.knows("SaveImageWebsocket"):
        assert send_over_socket(switched, info) == (switched, senders)
    switched_links: Graph = {key: one for key, one in switched.items() if one["class_type"] == "ImageInvert"}
    assert all(one["class_type"] == graph[key]["class_type"] for key, one in switched_links.items())
