"""Who signed a file, and whether it has changed since. Files of strangers are read in the process for conversions."""

from pathlib import Path

from bot.content_credentials.library import is_installed, read_manifest


def read_signature(path: Path) -> dict[str, object]:
    """Whom the signature names (`name`), and whether it is `intact`; {} if it can't be read."""
    if not is_installed():
        return {}
    with path.open("rb") as file:
        found = read_manifest(file)
    if found is None:
        return {}
    intact, signed = found
    name = signed.get("issuer") or signed.get("common_name") or ""
    return {"name": str(name), "intact": intact}
