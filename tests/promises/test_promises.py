"""Settings, manifests and metrics of version 1.0.0 are read and told by every later 1.x.

Custom ids: tests/buttons/test_custom_ids.py. The database: tests/ledger/test_neighbouring_versions.py.
"""

import shutil
from pathlib import Path

from dotenv import dotenv_values

from bot.monitoring import Metrics
from bot.settings import VARIABLES, read_settings
from bot.workflows import Library

HERE = Path(__file__).parent


def test_the_settings_of_this_version_are_read_by_every_later_one() -> None:
    written = {name: value or "" for name, value in dotenv_values(HERE / "settings.env").items()}
    assert written.keys() <= {variable.name for variable in VARIABLES}
    assert not read_settings(written).unknown


def test_a_manifest_of_this_version_is_read_by_every_later_one(tmp_path: Path) -> None:
    for kind in ("json", "toml"):
        shutil.copy(HERE / f"every_key.{kind}", tmp_path)
    library = Library(tmp_path)
    library.reload()
    assert not library.faults
    assert set(library.packs) == {"every_key"}


def test_a_metric_keeps_its_name() -> None:
    promised = (HERE / "metrics.txt").read_text(encoding="utf-8").split()
    assert set(promised) <= {family.name for family in Metrics().registry.collect()}
