"""A library with many servers: what they say alike is held against the packs once, and the answers stay the same."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows import Graph, Library, ObjectInfo, Pack, needs
from bot.workflows.library.availability import missing
from bot.workflows.library.specs import sharpen, specs_of
from bot.workflows.manifests.pack import make_pack
from tests.workflows.drawings import flux, text_to_image
from tests.workflows.known import info_of, recorded

GUILD = 1
URLS = tuple(f"http://127.0.0.1:{8188 + number}" for number in range(6))
NOISE: Graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64}}}
MODEL = '[parameters.model]\ntarget = "1.ckpt_name"\nchoices = "server"\n'


def with_models(*names: str, widest: int = 4096) -> dict[str, object]:
    """What a server has: nodes, models, and how wide its images may be."""
    image = {"input": {"required": {"width": ["INT", {"min": 1, "max": widest}], "height": ["INT", {}]}}}
    return {**recorded(), "CheckpointLoaderSimple": loader(*names), "EmptyImage": image}


def loader(*names: str) -> dict[str, object]:
    return {"input": {"required": {"ckpt_name": [list(names), {}]}}}


SAID: Final[tuple[Mapping[str, object], ...]] = (
    with_models("a.safetensors"),
    with_models("a.safetensors", "b.safetensors", widest=2048),
    with_models("c.safetensors", "b.safetensors"),
    with_models(),
    {"EmptyImage": with_models()["EmptyImage"]},
    {"CheckpointLoaderSimple": loader("b.safetensors", "a.safetensors")},
    {},
)


def packs() -> dict[str, Pack]:
    load: Graph = {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}}}
    made = (
        make_pack("noise", json.dumps(NOISE), '[parameters.width]\ntarget = "1.width"'),
        make_pack("chosen", json.dumps(load), MODEL),
        make_pack("painted", json.dumps(text_to_image().graph), None),
        make_pack("flux", json.dumps(flux().graph), None),
    )
    return {pack.name: pack for pack in made}


class OneByOne:
    """A library as if every server were held against every pack for itself, all over again at every question."""

    def __init__(self) -> None:
        self.packs: dict[str, Pack] = {}
        self.infos: dict[str, ObjectInfo] = {}

    def lacking(self, key: str) -> Mapping[str, object]:
        return {url: missing(self.packs[key], info) for url, info in self.infos.items()}

    def sharpened(self, key: str) -> Pack:
        pack, lacking = self.packs[key], self.lacking(key)
        url = min(sorted(lacking), key=lambda one: bool(lacking[one]), default=None)
        if url is None:
            return pack
        info = self.infos[url]
        return replace(pack, parameters={name: sharpen(one, pack.graph, info) for name, one in pack.parameters.items()})

    def choices(self, pack: Pack, name: str) -> tuple[str, ...]:
        parameter = pack.parameters[name]
        if not parameter.server_choices:
            return parameter.choices or ()
        offered = [
            spec.choices
            for url in sorted(self.infos)
            if not self.lacking(pack.name)[url]
            for spec in specs_of(parameter, pack.graph, self.infos[url])[:1]
            if spec.choices is not None
        ]
        union = list(dict.fromkeys(choice for one in offered for choice in one))
        return tuple(one for one in union if all(one in each for each in offered)) or tuple(union)

    def offers(self, url: str, pack: Pack, value: str) -> bool:
        def has(info: ObjectInfo) -> bool:
            specs = specs_of(pack.parameters["model"], pack.graph, info)[:1]
            return all(spec.choices is None or value in spec.choices for spec in specs)

        return (url in self.infos and has(self.infos[url])) or not any(map(has, self.infos.values()))


@given(
    st.lists(
        st.tuples(st.just("learn"), st.sampled_from(URLS), st.sampled_from(range(len(SAID))))
        | st.tuples(st.sampled_from(("upload", "remove")), st.sampled_from(sorted(packs())), st.just(0)),
        max_size=12,
    )
)
def test_every_answer_is_that_of_servers_which_are_looked_at_one_by_one(acts: list[tuple[str, str, int]]) -> None:
    library, naive, made = Library(Path()), OneByOne(), packs()
    for act, which, number in acts:
        if act == "learn":
            info = info_of(SAID[number])
            library.learn(which, info, library.judge(info))
            naive.infos[which] = info
        elif act == "upload":
            library.upload(GUILD, made[which])
            naive.packs[f"1/{which}"] = replace(made[which], name=f"1/{which}")
        else:
            library.remove(GUILD, f"1/{which}")
            naive.packs.pop(f"1/{which}", None)
        assert list(library.packs) == list(naive.packs)
        for key, pack in library.packs.items():
            assert repr(pack) == repr(naive.sharpened(key))
            assert library.lacking(key) == naive.lacking(key)
            lacking = naive.lacking(key)
            assert library.available(key) is (not lacking or not all(lacking.values()))
            for name, parameter in pack.parameters.items():
                assert library.choices(pack, parameter) == naive.choices(pack, name)
            if key == "1/chosen":
                for value in ("a.safetensors", "b.safetensors", "nobody has it"):
                    wanted = needs(pack, {"model": value})
                    assert [library.offers(url, wanted) for url in URLS] == [
                        naive.offers(url, pack, value) for url in URLS
                    ]
        for url in URLS:
            assert library.beyond(url) == {key for key in naive.packs if naive.lacking(key).get(url)}


@pytest.fixture
def library() -> Library:
    library = Library(Path())
    for pack in packs().values():
        library.upload(GUILD, pack)
    return library


def test_what_servers_say_alike_is_judged_once(library: Library) -> None:
    one, other = info_of(SAID[0]), info_of(SAID[0])
    judged = library.judge(one)
    assert library.learn(URLS[0], one, judged)
    assert library.judge(other) is judged
    assert library.learn(URLS[1], other)
    assert library.infos[URLS[1]] is one
    assert library.distinct_infos == (one,)


def test_an_upload_is_all_that_is_judged_again(library: Library) -> None:
    info = info_of(SAID[3])
    library.learn(URLS[0], info)
    before = library.judge(info)
    assert before.lacks
    library.upload(GUILD, make_pack("another", json.dumps(NOISE), None))
    after = library.judge(info)
    assert after.packs.keys() - before.packs.keys() == {"1/another"}
    assert all(after.lacks[key] is lacks for key, lacks in before.lacks.items())
    assert all(after.sharpened[key] is pack for key, pack in before.sharpened.items())


def test_packs_change_only_where_a_server_changes_them(library: Library) -> None:
    """The slash commands follow the packs: fifty servers that come do not build them fifty times."""
    written = library.packs
    library.learn(URLS[1], info_of(SAID[0]))
    first = library.packs
    # Also a server that changes nothing: that one has spoken decides what is registered.
    assert first is not written
    library.learn(URLS[2], info_of(SAID[0]))
    library.learn(URLS[3], info_of(SAID[2]))
    assert library.packs is first
    library.learn(URLS[0], info_of(SAID[1]))
    assert library.packs is not first
    assert library.packs["1/flux"] is first["1/flux"]


def test_a_judgement_of_packs_that_have_changed_meanwhile_is_brought_up_to_date(library: Library) -> None:
    info = info_of(SAID[3])
    judged = library.judge(info)
    library.upload(GUILD, make_pack("late", json.dumps(text_to_image().graph), None))
    library.remove(GUILD, "1/flux")
    library.learn(URLS[0], info, judged)
    assert library.beyond(URLS[0]) == {"1/chosen", "1/painted", "1/late"}


def test_a_number_that_becomes_a_yes_is_a_change(tmp_path: Path) -> None:
    """To Python they are equal; to a node they are not."""
    library = Library(tmp_path)
    for value in (1, True, 1.0):
        graph = {"1": {"class_type": "EmptyImage", "inputs": {"width": value}}}
        (tmp_path / "switch.json").write_text(json.dumps(graph))
        assert library.reload()
        assert repr(library.packs["switch"].graph["1"]["inputs"]["width"]) == repr(value)
