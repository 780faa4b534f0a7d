"""The paint page: a web page of the bot's own, on which members mark the part of an image that should change."""

from bot.paint_page.desk import Desk, Refusal, Sent, Sheet
from bot.paint_page.server import serve_paint_page

__all__ = ["Desk", "Refusal", "Sent", "Sheet", "serve_paint_page"]
