"""Where built files lie: names with hashes, looked up in Vite's manifest."""

import json
from functools import cache
from pathlib import Path
from typing import Any

STATIC = Path(__file__).parent / "static"


@cache
def manifest() -> dict[str, Any]:
    """Return Vite's manifest; empty where nothing is built yet."""
    path = STATIC / "manifest.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def url(name: str) -> str:
    """Return the address of a built file: `site.js`, `site.css`."""
    return f"/static/{name}"
