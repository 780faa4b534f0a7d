"""What a sheet shows after its end: the AI mark, labels in many scripts, and no image that was deleted since."""

import io

import pytest
from PIL import Image, ImageColor

from bot.pictures import origin
from bot.pictures.sheets.font import can_draw
from bot.pictures.sheets.sheet import Sheet, SheetCell, draw_sheet
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Guild, Message, answered
from tests.exiftool import MADE_BY_MACHINE, Exiftool
from tests.grid.asking import FOUR, is_complete, start
from tests.looks import finished, is_done
from tests.people import ALICE, BOB, MONA
from tests.recovery.studio import Studio
from tests.waiting import until

MENU = "Take one out, in full size"
EMPTY = ImageColor.getrgb("#d5d8dd")
PLACES = [(30, 110), (440, 110), (30, 560), (440, 560)]
"""A pixel of each cell of a sheet of two by two, in its upper left corner."""


def empty_cells(sheet: Message) -> list[int]:
    """The cells of `FOUR` without an image."""
    image = Image.open(io.BytesIO(sheet.attachments[0].content)).convert("RGB")
    found = []
    for number, place in enumerate(PLACES):
        pixel = image.getpixel(place)
        assert isinstance(pixel, tuple)
        if all(abs(one - other) < 12 for one, other in zip(pixel, EMPTY, strict=True)):
            found.append(number)
    return found


async def take_out(discord: DiscordStandIn, sheet: Message, cell: str) -> Message:
    out = await answered(discord.select(sheet, MENU, [cell], user=ALICE))
    return await out.message.until(is_done)


async def delete(discord: DiscordStandIn, message: Message, user: object = ALICE) -> None:
    """Delete below an image, confirmed."""
    pressed = await discord.press(message, "Delete", user=user)  # type: ignore[arg-type]
    await pressed.acknowledged()
    await until(lambda: bool(pressed.followups) or pressed.message.content.startswith("Delete"))
    question = pressed.followups[0] if pressed.followups else pressed.message
    await answered(discord.press(question, "Delete", user=user))  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{}, {"spoiler": True}, {"private": True}])
async def test_every_state_of_a_sheet_has_the_mark(
    discord: DiscordStandIn, studio: Studio, exiftool: Exiftool, options: dict[str, bool]
) -> None:
    sheet = await (await start(discord, ALICE, {**FOUR, **options})).until(is_complete)
    shown = [file for state in sheet.states for file in state.attachments]
    assert shown
    for file in shown:
        assert exiftool.sources("grid.jpg", file.content) == [MADE_BY_MACHINE]


async def test_an_image_that_was_taken_out_and_deleted_disappears_from_the_sheet(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    sheet = await (await start(discord, ALICE, FOUR)).until(is_complete)
    assert empty_cells(sheet) == []
    taken = await take_out(discord, sheet, "steps 2, guidance 3")
    await delete(discord, taken, MONA)
    await sheet.until(lambda message: empty_cells(message) == [1])
    assert taken.deleted
    assert studio.select("SELECT count(*) FROM notices") == [(0,)]
    await until(lambda: studio.select("SELECT count(*) FROM grids WHERE stale") == [(0,)])
    # Also one that nobody took out, brought back by /history.
    page = (await answered(discord.slash("history", user=ALICE))).message
    (menu,) = [one for row in page.components for one in row["components"] if one["type"] == 3]
    newest = menu["options"][0]["label"]
    again = await answered(discord.select(page, "Bring one back", [newest], user=ALICE))
    brought = await again.message.until(lambda message: bool(message.attachments))
    await delete(discord, brought)
    await sheet.until(lambda message: len(empty_cells(message)) == 2)
    assert not sheet.deleted


async def test_a_report_of_the_sheet_means_what_only_the_sheet_shows(
    discord: DiscordStandIn, studio: Studio, guilds: tuple[Guild, ...]
) -> None:
    sheet = await (await start(discord, ALICE, FOUR)).until(is_complete)
    await take_out(discord, sheet, "steps 1, guidance 3")
    await answered(discord.press(sheet, "Report", user=BOB))
    await until(lambda: studio.select("SELECT count(*) FROM cases") == [(1,)])
    ((cell,),) = studio.select("SELECT cell FROM jobs JOIN cases ON cases.job_id = jobs.id")
    assert cell == 1
    refused = await answered(discord.select(sheet, MENU, ["steps 2, guidance 3"], user=ALICE))
    assert "reported" in refused.message.content
    other = await finished(discord.select(sheet, MENU, ["steps 1, guidance 5"], user=ALICE))
    assert other.attachments


async def test_labels_in_many_scripts(discord: DiscordStandIn, studio: Studio) -> None:
    choice = "{crème brûlée|Кот|γάτα|漢字}"
    sheet = await start(discord, ALICE, {"prompt": f"a {choice} house", "x": choice})
    sheet = await sheet.until(is_complete)
    assert "crème brûlée, Кот, γάτα, #4 漢字" in sheet.content


@pytest.mark.parametrize(
    "text", ["crème brûlée", "Žluťoučký", "Łódź", "ĞİŞ", "Кот", "γάτα", "e\u0301te\u0301", "“–…×€”"]
)
def test_letters_of_europe_are_drawn(text: str) -> None:
    assert can_draw(text)
    cells = (SheetCell(None, text, text),) * 2
    drawn = draw_sheet(Sheet(2, (), (), cells), 10**6, mark=True)
    plain = draw_sheet(Sheet(2, (), (), (SheetCell(None, "?", "?"),) * 2), 10**6, mark=True)
    assert drawn != plain
    assert origin(drawn).by_machine


def test_without_the_mark_there_is_none() -> None:
    assert not origin(draw_sheet(Sheet(1, (), (), (SheetCell(),)), 10**6, mark=False)).by_machine


@pytest.mark.parametrize("text", ["漢字", "한글", "日本", "🦊", "a\u0000", "ar עברית"])
def test_others_are_numbers(text: str) -> None:
    assert not can_draw(text)


@pytest.mark.parametrize("label", ["", "x", "a" * 500, "two words", "seed 9007199254740991", "漢" * 60, "a b " * 90])
@pytest.mark.parametrize("columns", [1, 2, 5])
def test_labels_of_any_length_are_drawn(label: str, columns: int) -> None:
    cells = (SheetCell(None, label, label),) * (2 * columns)
    heads, rows = (label,) * columns, (label,) * 2
    for sheet in (Sheet(columns, heads, rows, cells), Sheet(columns, (), (), cells)):
        assert Image.open(io.BytesIO(draw_sheet(sheet, 10**6, mark=False))).width <= 1600
