"""Pictures of pages: drawn from pixels alone, the right way up, within limits."""

import io

import pytest
from PIL import Image
from tests.evidence.files import pdf, picture

from zhiping.documents import apart
from zhiping.documents.attachments import previews

PLACE = "北纬 40 度"


def drawn(tmp_path, content, kind):
    path = tmp_path / "file"
    path.write_bytes(content)
    return apart.apart(previews.pages_of, path, kind)


def opened(content):
    return Image.open(io.BytesIO(content))


def turned():
    """A picture that a phone took on its side, with a note of where."""
    image = Image.new("RGB", (60, 40), "red")
    notes = image.getexif()
    notes[0x0112], notes[0x010E] = 6, PLACE
    held = io.BytesIO()
    image.save(held, "JPEG", exif=notes)
    return held.getvalue()


def test_picture_is_turned_and_its_notes_are_left_out(tmp_path):
    source = turned()
    assert opened(source).getexif()[0x0112] == 6
    found = drawn(tmp_path, source, "jpg")
    page = opened(found.pages[0])
    assert (page.size, page.format, dict(page.getexif()), found.total) == ((40, 60), "JPEG", {}, 1)
    assert PLACE.encode() not in found.pages[0]


@pytest.mark.parametrize(("kind", "name"), [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_pictures_of_each_kind_are_drawn_small(tmp_path, kind, name):
    page = opened(drawn(tmp_path, picture(name, (3000, 2000)), kind).pages[0])
    assert (page.width, page.height) == (previews.WIDTH, 800)


def test_transparent_picture_is_drawn_on_white(tmp_path):
    held = io.BytesIO()
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(held, "PNG")
    assert opened(drawn(tmp_path, held.getvalue(), "png").pages[0]).getpixel((4, 4)) == (255, 255, 255)


def test_pages_of_a_pdf_are_drawn_up_to_a_number(tmp_path):
    found = drawn(tmp_path, pdf(pages=25), "pdf")
    assert (len(found.pages), found.total) == (previews.MOST_PAGES, 25)
    assert {opened(page).format for page in found.pages} == {"JPEG"}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.4\n", "pdf"),
        (pdf()[:150], "pdf"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (picture()[:-200], "jpg"),
        (picture("PNG")[:60], "png"),
    ],
)
def test_file_that_cannot_be_drawn_has_no_pictures_and_does_no_harm(tmp_path, content, kind):
    found = drawn(tmp_path, content, kind)
    assert len(found.pages) <= 1
