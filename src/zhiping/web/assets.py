"""URLs of built files: names with hashes, from Vite's manifest."""

import json
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"


@cache
def built() -> dict[str, str]:
    """Return the built files by the plain name of their source: `site.js` → `site.ddb71ec1aa33.js`."""
    path = STATIC / "manifest.json"
    if not path.exists():
        raise FileNotFoundError(f"{path}: run `make static`")
    entries = [e for e in json.loads(path.read_text(encoding="utf-8")).values() if e.get("isEntry")]
    return {Path(e["src"]).stem + Path(e["file"]).suffix: e["file"] for e in entries}


def url(name: str) -> str:
    """Return the URL of a built file: `site.js`, `site.css`."""
    return f"/static/{built()[name]}"


@cache
def text(name: str) -> str:
    """Return the text of a built file."""
    return (STATIC / built()[name]).read_text(encoding="utf-8")
