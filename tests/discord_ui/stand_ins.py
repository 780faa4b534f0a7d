"""What a test asks of its ComfyUI: how fast it paints, and which pictures it made."""

import aiohttp
import pytest


def painting_at(steps_per_second: float) -> pytest.MarkDecorator:
    """The test's stand-in samples at this speed; `text_to_image` takes 20 steps."""
    return pytest.mark.parametrize(
        "stand_in", [steps_per_second], indirect=True, ids=[f"{steps_per_second} steps a second"]
    )


async def pictures_of(url: str, prompt_id: str) -> list[bytes]:
    """The files of a finished prompt, as the server hands them out to anybody who asks."""
    async with aiohttp.ClientSession(url) as session:
        async with session.get(f"/history/{prompt_id}") as answer:
            outputs = (await answer.json())[prompt_id]["outputs"]
        pictures = []
        for output in outputs.values():
            for image in output["images"]:
                async with session.get("/view", params=image) as answer:
                    pictures.append(await answer.read())
        return pictures
