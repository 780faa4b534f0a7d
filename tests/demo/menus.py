"""The context menu of a message on the demo's page: simcord supports context menus, but its page doesn't.

This module depends on the insides of simcord 3.2.1. It adds one kind of action and two lines to the page's script.
"""

# ruff: noqa: SLF001

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from aiohttp import web
from discord import AppCommandType
from simcord import MemberActor, ResponseMessage
from simcord.backend.errors import SetupError
from simcord.preview import Preview, _actions
from simcord.preview._actions import ActionSpec, _Action
from simcord.preview._pages import _Page
from simcord.preview._server import PreviewServer

_KIND: Final = "context_menu"
_SCRIPT: Final = Path(__file__).with_name("additions.js")
_OFFER: Final = """
import {{ offerMenus }} from "./additions.js";
offerMenus({names}, (name, target_id) => dispatch("{kind}", {{ name, target_id }}));
"""

_Plan = Callable[[_Action, int], Awaitable[dict[str, Any]]]


def offer_menus(preview: Preview) -> None:
    """Add the context menus to a preview. Call it before the preview is entered."""
    _actions.ACTION_SPECS = MappingProxyType(
        {**_actions.ACTION_SPECS, _KIND: ActionSpec(mutating=True, requires_target=True, records_target=True)}
    )
    # A subclass would be cleaner, but simcord offers no way to have its factory make one.
    changed = cast("Any", preview)
    changed._ACTION_KINDS = preview._ACTION_KINDS | {_KIND}
    prepare = preview._prepare_action

    def prepare_action(page: _Page, kind: str, body: Mapping[str, Any]) -> object:
        return _plan(preview, page, body) if kind == _KIND else prepare(page, kind, body)

    changed._prepare_action = prepare_action
    _serve_script(preview)


def _plan(preview: Preview, page: _Page, body: Mapping[str, Any]) -> _Plan:
    """What a choice in the menu runs, after the message and the menu were found to exist."""
    preview._require_current_history(page)
    message = preview._target_message(page, preview._target_id(body.get("target_id"), page.viewer))
    name, viewer = body.get("name"), page.viewer
    if name not in _names(preview) or not isinstance(viewer, MemberActor):
        raise SetupError("menu is unavailable")

    async def run(action: _Action, cursor: int) -> dict[str, Any]:
        target = ResponseMessage(preview.env, message)
        picked = viewer.context_menu(preview.channel, name, target)
        return await preview._run_interaction_action(page, action, cursor, picked)

    return run


def _names(preview: Preview) -> list[str]:
    """The names of the global message commands that the bot has registered."""
    registered = preview.env.backend.commands.get(None, {})
    return [name for name, kind in registered if kind == AppCommandType.message.value]


def _serve_script(preview: Preview) -> None:
    PreviewServer._STATIC_FILES["/additions.js"] = str(_SCRIPT)
    serve = preview._server._static

    async def serve_with_menus(request: web.Request) -> web.Response:
        response: web.Response = await serve(request)
        if request.path == "/app.js":
            response.text = f"{response.text}{_OFFER.format(names=json.dumps(_names(preview)), kind=_KIND)}"
        return response

    cast("Any", preview._server)._static = serve_with_menus
