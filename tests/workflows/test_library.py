"""The library: which packs there are now, who may see them, and which server can run each."""

import json
import os
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from bot.workflows import Graph, Library, Pack, WorkflowKey
from bot.workflows.manifests.pack import make_pack
from tests.workflows.drawings import flux, text_to_image
from tests.workflows.known import info_of, recorded

HERE, ELSEWHERE = 1, 2
ONE, TWO = "http://127.0.0.1:8188", "http://127.0.0.1:8189"
EVERYTHING = info_of(recorded())
WITHOUT_MODELS = info_of(
    {
        **recorded(),
        "CheckpointLoaderSimple": {"input": {"required": {"ckpt_name": ["COMBO", {"options": []}]}}},
    }
)
LITTLE = info_of({name: recorded()[name] for name in ("LoadImage", "SaveImage")})


def write(folder: Path, name: str, graph: Graph | None = None, manifest: str | None = None) -> None:
    (folder / f"{name}.json").write_text(json.dumps(graph or text_to_image().graph), encoding="utf-8")
    if manifest is not None:
        (folder / f"{name}.toml").write_text(manifest, encoding="utf-8")


def later(path: Path) -> None:
    """As if it had been written a second later: a test is faster than a clock's tick."""
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 10**9))


def uploaded(name: str = "cats") -> Pack:
    return make_pack(name, json.dumps(text_to_image().graph), None)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    write(tmp_path, "shared")
    library = Library(tmp_path)
    assert library.reload()
    return library


# --- Titles


@pytest.mark.parametrize(
    ("key", "title"),
    [("no_model", "No model"), ("1576000000000000000/my_cats", "My cats"), (f"1/{uuid.UUID(int=7)}", "Draft")],
)
def test_a_pack_that_is_gone_is_called_by_neither_its_guild_nor_its_file(
    library: Library, key: str, title: str
) -> None:
    assert library.title_of(key) == WorkflowKey.parse(key).title == title


def test_a_pack_that_is_there_has_its_own_title(library: Library) -> None:
    library.upload(HERE, replace(uploaded(), title="Cats, painted"))
    assert library.title_of(f"{HERE}/cats") == "Cats, painted"


# --- Files


def test_nothing_new_is_not_read_again(library: Library) -> None:
    assert not library.reload()


def test_a_workflow_that_is_dropped_in_is_there(library: Library, tmp_path: Path) -> None:
    write(tmp_path, "new")
    assert library.reload()
    assert list(library.packs) == ["new", "shared"]


def test_a_changed_manifest_counts(library: Library, tmp_path: Path) -> None:
    write(tmp_path, "shared", manifest='title = "One"')
    assert library.reload()
    assert library.packs["shared"].title == "One"
    write(tmp_path, "shared", manifest='title = "Two"')
    later(tmp_path / "shared.toml")
    assert library.reload()
    assert library.packs["shared"].title == "Two"
    (tmp_path / "shared.toml").unlink()
    assert library.reload()
    assert library.packs["shared"].title == "Shared"


def test_what_is_removed_is_gone(library: Library, tmp_path: Path) -> None:
    (tmp_path / "shared.json").unlink()
    assert library.reload()
    assert dict(library.packs) == {}


def test_a_broken_one_is_a_fault_until_it_is_mended(library: Library, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert library.reload()
    assert list(library.packs) == ["shared"]
    assert [fault.name for fault in library.faults] == ["broken"]
    write(tmp_path, "broken")
    assert library.reload()
    assert list(library.packs) == ["broken", "shared"]
    assert library.faults == ()


def test_other_files_are_no_news(library: Library, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nothing")
    assert not library.reload()


# --- Guilds


def test_an_upload_is_its_guilds_alone(library: Library) -> None:
    library.upload(HERE, uploaded())
    assert [pack.name for pack in library.visible(HERE)] == ["shared", "1/cats"]
    assert [pack.name for pack in library.visible(ELSEWHERE)] == ["shared"]
    assert [pack.name for pack in library.visible(None)] == ["shared"]
    assert [pack.name for pack in library.visible(11)] == ["shared"]


def test_two_guilds_may_have_the_same_name(library: Library) -> None:
    library.upload(HERE, uploaded())
    library.upload(ELSEWHERE, uploaded())
    library.upload(HERE, uploaded("shared"))
    assert [pack.name for pack in library.visible(HERE)] == ["shared", "1/cats", "1/shared"]
    assert [pack.name for pack in library.visible(ELSEWHERE)] == ["shared", "2/cats"]


def test_what_can_run_and_needs_no_file_is_chosen_before_the_rest(tmp_path: Path) -> None:
    prompt = '[parameters.prompt]\ntarget = ["2.text"]\n'
    photo = '[parameters.image]\ntarget = ["3.text"]\ntype = "image"\nrequired = true\n'
    lacking: Graph = {**text_to_image().graph, "8": {"class_type": "Nowhere", "inputs": {}}}
    write(tmp_path, "a_lacks_a_node", lacking, prompt)
    write(tmp_path, "b_needs_a_photo", manifest=prompt + photo)
    write(tmp_path, "c_just_runs", manifest=prompt)
    library = Library(tmp_path)
    library.reload()
    library.learn(ONE, EVERYTHING)
    assert [pack.name for pack in library.usable(HERE)] == ["c_just_runs", "b_needs_a_photo", "a_lacks_a_node"]


def test_a_guild_removes_only_its_own(library: Library) -> None:
    library.upload(HERE, uploaded())
    library.remove(ELSEWHERE, "1/cats")
    library.remove(HERE, "shared")
    assert [pack.name for pack in library.visible(HERE)] == ["shared", "1/cats"]
    library.remove(HERE, "1/cats")
    library.remove(HERE, "1/cats")
    assert [pack.name for pack in library.visible(HERE)] == ["shared"]


def test_a_guild_disables_for_itself_alone(library: Library) -> None:
    library.enable(HERE, "shared", enabled=False)
    assert library.visible(HERE) == ()
    assert [pack.name for pack in library.visible(ELSEWHERE)] == ["shared"]
    library.enable(HERE, "shared", enabled=True)
    assert [pack.name for pack in library.visible(HERE)] == ["shared"]


def test_uploads_outlive_a_change_of_the_files(library: Library, tmp_path: Path) -> None:
    library.upload(HERE, uploaded())
    write(tmp_path, "new")
    library.reload()
    assert [pack.name for pack in library.visible(HERE)] == ["new", "shared", "1/cats"]


# --- Servers


def test_as_long_as_no_server_has_spoken_there_is_hope(library: Library) -> None:
    assert library.available("shared")
    assert library.beyond(ONE) == frozenset()


def test_a_pack_comes_back_by_itself_when_a_server_learns(library: Library) -> None:
    assert library.learn(ONE, LITTLE)
    assert not library.available("shared")
    assert library.beyond(ONE) == {"shared"}
    assert {one.class_type for one in library.lacking("shared")[ONE]} >= {"KSampler", "CLIPTextEncode"}
    # All nodes, and still no model at all.
    assert library.learn(ONE, WITHOUT_MODELS)
    assert not library.available("shared")
    assert [one.input_name for one in library.lacking("shared")[ONE]] == ["ckpt_name"]
    assert library.learn(ONE, EVERYTHING)
    assert library.available("shared")
    assert library.beyond(ONE) == frozenset()


def test_what_one_server_lacks_another_may_have(tmp_path: Path) -> None:
    write(tmp_path, "picture", {"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}})
    write(tmp_path, "noise", {"1": {"class_type": "EmptyImage", "inputs": {"width": 64}}})
    library = Library(tmp_path)
    library.reload()
    library.learn(ONE, LITTLE)
    library.learn(TWO, EVERYTHING)
    assert library.available("picture")
    assert library.available("noise")
    assert library.beyond(ONE) == {"noise"}
    assert library.beyond(TWO) == frozenset()


def test_the_same_answer_is_no_news(library: Library) -> None:
    assert library.learn(ONE, LITTLE)
    assert not library.learn(ONE, LITTLE)


def test_an_upload_is_measured_by_what_is_known_already(library: Library) -> None:
    library.learn(ONE, LITTLE)
    library.upload(HERE, uploaded())
    assert library.beyond(ONE) == {"shared", "1/cats"}


def test_ranges_are_those_of_a_server_that_can_run_it(tmp_path: Path) -> None:
    write(tmp_path, "flux", flux().graph, '[parameters.width]\ntarget = "latent.batch_size"')
    library = Library(tmp_path)
    library.reload()
    before = library.packs["flux"].parameters["width"]
    library.learn(ONE, EVERYTHING)
    after = library.packs["flux"].parameters["width"]
    assert (before.min, before.max) == (None, None)
    assert (after.min, after.max) == (1, 4096)
    assert library.packs["flux"].graph == flux().graph
