"""A server that does not list what it has: it gets every workflow whose outputs it hands over, and no other."""

from pathlib import Path

import pytest

from bot.workflows import Library, Unlisted
from tests.programs import ROOT

URL = "runpod://one"
IMAGES = Unlisted(frozenset({"image"}))


@pytest.fixture
def library() -> Library:
    library = Library(Path(ROOT / "workflows"))
    library.reload()
    return library


def test_it_counts_as_having_every_model(library: Library) -> None:
    assert library.learn(URL, IMAGES)
    assert not library.learn(URL, IMAGES), "no news"
    assert library.heard
    assert library.available("flux")
    assert library.runs(URL, "flux")
    assert library.lacking("flux") == {URL: ()}
    assert library.offers(URL, '["flux",{"checkpoint":"any.safetensors"}]')


def test_what_it_would_not_hand_over_is_not_sent_to_it(library: Library) -> None:
    library.learn(URL, IMAGES)
    assert library.beyond(URL) == {"image_to_video", "text_to_video", "music"}
    assert not library.available("music")
    (lacks,) = library.lacking("text_to_video")[URL]
    assert lacks.class_type == "SaveVideo"
    library.learn("other", Unlisted(IMAGES.outputs | {"video", "audio"}))
    assert library.available("music")
    assert not library.runs(URL, "music")
    assert not library.beyond("other")


def test_processes_tell_each_other() -> None:
    assert Unlisted.read(IMAGES.as_body()) == IMAGES
    assert Unlisted.read(b'{"KSampler": {}}') is None
