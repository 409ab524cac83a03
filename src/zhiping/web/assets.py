"""Where built files lie: names with hashes, looked up in Vite's manifest."""

import json
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"


@cache
def built() -> dict[str, str]:
    """Return the built files by plain name: `site.js` → `site.ddb71ec1aa33.js`."""
    path = STATIC / "manifest.json"
    if not path.exists():
        raise FileNotFoundError(f"{path}: run `make static`")
    entries = json.loads(path.read_text(encoding="utf-8")).values()
    return {
        entry["name"] + Path(entry["file"]).suffix: entry["file"] for entry in entries if entry.get("isEntry")
    }


def url(name: str) -> str:
    """Return the address of a built file: `site.js`, `style.css`."""
    return f"/static/{built()[name]}"
