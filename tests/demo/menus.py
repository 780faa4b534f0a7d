"""The menu of a message in the browser page: simcord's page has none, simcord itself does.

It reaches into simcord 3.2.1: one more kind of action beside a press and a choice, and two lines more in its script.
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
    """Has the page of a preview that is not entered yet show them."""
    _actions.ACTION_SPECS = MappingProxyType(
        {**_actions.ACTION_SPECS, _KIND: ActionSpec(mutating=True, requires_target=True, records_target=True)}
    )
    # A page of its own would be clean; what makes one is not to be replaced.
    changed = cast("Any", preview)
    changed._ACTION_KINDS = preview._ACTION_KINDS | {_KIND}
    prepare = preview._prepare_action

    def prepare_action(page: _Page, kind: str, body: Mapping[str, Any]) -> object:
        return _plan(preview, page, body) if kind == _KIND else prepare(page, kind, body)

    changed._prepare_action = prepare_action
    _serve_script(preview)


def _plan(preview: Preview, page: _Page, body: Mapping[str, Any]) -> _Plan:
    """What picking a name comes to, once it is known that there is such a message and such a menu."""
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
    """What the bot has registered for messages, for everybody."""
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
