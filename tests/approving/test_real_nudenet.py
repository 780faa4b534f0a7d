"""The real model, in its own process. What it is sure of is its own affair."""

import io
import os
import sys
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from bot.errors import Unchecked
from bot.picture_check import NUDENET, PictureCheck
from bot.pictures import sample, samples
from tests.approving.nudenet import NoNudeNet, install

# Installed and loaded once.
pytestmark = pytest.mark.xdist_group("nudenet")


@pytest.fixture(scope="session")
def nudenet() -> str:
    """The Python that has it."""
    try:
        return str(install())
    except NoNudeNet as error:
        if "CI" in os.environ:
            pytest.fail(f"no NudeNet: {error}", pytrace=False)
        pytest.skip(f"NOT TESTED WITH THE REAL NudeNet: {error}")


@pytest.fixture
async def check(nudenet: str) -> AsyncIterator[PictureCheck]:
    check = PictureCheck((nudenet, *NUDENET[1:]))
    yield check
    await check.close()


async def test_harmless_pictures_score_low_whatever_their_shape(check: PictureCheck) -> None:
    for picture in (sample(), sample(64), _png("RGBA", (700, 90)), _png("L", (30, 900)), _png("P", (1, 1))):
        for shot in samples(picture):
            assert 0.0 <= await check.score(shot) < 0.5


async def test_what_it_cannot_read_does_not_end_it(check: PictureCheck) -> None:
    with pytest.raises(Unchecked):
        await check.score(b"no picture")
    (shot,) = samples(sample())
    assert await check.score(shot) < 0.5


async def test_where_it_is_not_installed_it_says_how() -> None:
    """The tests' own Python has none: it is never in the bot's process."""
    check = PictureCheck()
    with pytest.raises(Unchecked) as refused:
        await check.score(sample())
    assert "pip install '.[picture-check]'" in refused.value.reason
    assert "nudenet" not in sys.modules


def _png(mode: str, size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, "PNG")
    return buffer.getvalue()
