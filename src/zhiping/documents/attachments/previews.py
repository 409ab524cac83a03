"""Pictures of a file's pages, made from its pixels alone: nothing else of the file is in them."""

import io
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zhiping.documents.attachments.kinds import IMAGES

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

WIDTH, HEIGHT = 1200, 1700  # pixels at most
MOST_PAGES = 20
SECONDS = 6.0  # of processor time; pages that need more are left out
QUALITY = 80


@dataclass(frozen=True, slots=True)
class Pages:
    """The first pages of a file as JPEG, and how many pages it has."""

    pages: tuple[bytes, ...]
    total: int


def pages_of(path: Path, kind: str) -> Pages:
    """Return pictures of a picture or a PDF file; none where it cannot be drawn.

    To be called apart: the file is a stranger's.
    """
    return _of_pdf(path) if kind == "pdf" else _of_image(path, kind)


def _of_image(path: Path, kind: str) -> Pages:
    """Draw a picture the right way up, without the place and camera noted in the file (EXIF)."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # measured when it was handed in
    try:
        with Image.open(path, formats=[IMAGES[kind]]) as image:
            image.draft("RGB", (WIDTH, HEIGHT))
            return Pages((_jpeg(ImageOps.exif_transpose(image)),), 1)
    except (OSError, ValueError, SyntaxError):
        return Pages((), 0)


def _of_pdf(path: Path) -> Pages:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return Pages((), 0)
    pages: list[bytes] = []
    for number in range(min(len(document), MOST_PAGES)):
        if time.process_time() > SECONDS:
            break
        try:
            page = document[number]
            width, height = page.get_size()
            scale = min(WIDTH / max(width, 1), HEIGHT / max(height, 1), 4)
            pages.append(_jpeg(page.render(scale=scale, may_draw_forms=False).to_pil()))
        except pypdfium2.PdfiumError:
            break
    return Pages(tuple(pages), len(document))


def _jpeg(image: "Picture") -> bytes:
    from PIL import Image

    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA"):
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.convert("RGBA").getchannel("A"))
        image = flat
    image = image.convert("RGB")
    image.thumbnail((WIDTH, HEIGHT))
    held = io.BytesIO()
    Image.frombytes("RGB", image.size, image.tobytes()).save(held, "JPEG", quality=QUALITY)
    return held.getvalue()
