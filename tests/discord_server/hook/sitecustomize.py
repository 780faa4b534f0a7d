# ruff: noqa: INP001 - Python wants to find it by this name, outside any package
"""Points an unmodified discord.py at the stand-in; on PYTHONPATH, Python imports this before anything else."""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final

_MODULE: Final = "discord.http"


def _point(http: ModuleType) -> None:
    import yarl  # noqa: PLC0415
    from discord.gateway import DiscordWebSocket  # noqa: PLC0415

    address = os.environ["DISCORD_STAND_IN"]
    http.Route.BASE = f"{address}/api/v10"
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address.replace("http", "ws", 1)) / "gateway"


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _point(module)


class _Finder(importlib.abc.MetaPathFinder):
    """Waits for discord.py, so that a process that never imports it does not pay for it."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


if "DISCORD_STAND_IN" in os.environ:
    if _MODULE in sys.modules:
        _point(sys.modules[_MODULE])
    else:
        sys.meta_path.insert(0, _Finder())
