"""What a changed image has to look like, pixel by pixel."""

import io
from collections.abc import Sequence

from PIL import Image, ImageChops

from bot.pictures.parts.frames import MOST_FRAME_PIXELS, extended, frame_for
from bot.pictures.parts.masks import mask_from_cells
from bot.pictures.parts.regions import CELLS, Extension, cell_name
from tests.commands.packs import opened
from tests.discord_server import Message

CELL_NUMBERS = {cell_name(number): number for number in range(CELLS)}


def pixels_of(message: Message, number: int = 0) -> Image.Image:
    return opened(message.attachments[number].content)


def only_in(before: Image.Image, after: Image.Image, mask: Image.Image) -> bool:
    """Whether two images of one size differ inside the mask, and are the same to the last bit beyond it."""
    assert before.size == after.size == mask.size
    difference = ImageChops.difference(before.convert("RGB"), after.convert("RGB"))
    kept = mask.point(lambda value: 0 if value else 255).convert("RGB")
    return ImageChops.multiply(difference, kept).getbbox() is None and difference.getbbox() is not None


def only_cells_changed(before: Message, after: Message, cells: Sequence[str], number: int = 0) -> bool:
    image = pixels_of(before, number)
    mask = mask_from_cells(image.size, sum(1 << CELL_NUMBERS[cell] for cell in cells))
    return only_in(image, pixels_of(after), mask)


def only_frame_is_new(
    before: Message, after: Message, extension: Extension, most_pixels: int = MOST_FRAME_PIXELS
) -> bool:
    """Whether the image is still there in its larger frame, but for the soft seam."""
    image = pixels_of(before)
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "PNG")
    frame = frame_for(image.size, extension, most_pixels)
    canvas, mask = extended(opened(buffer.getvalue()), frame)
    return only_in(canvas, pixels_of(after), mask)
