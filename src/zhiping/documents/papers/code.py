"""The QR code of a report: what a telephone reads from the paper, with or without a network."""

from io import BytesIO
from urllib.parse import quote

from zhiping.documents.papers.charts import Chart
from zhiping.texts.catalogue import say


def svg(text: str) -> str:
    """Return a QR code with a quiet zone of two modules as SVG."""
    import qrcode
    from qrcode.image.svg import SvgPathImage

    picture = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(picture)
    return picture.getvalue().decode()


def address(page: str, *, number: str, fingerprint: str, checkpoint: str = "") -> str:
    """Return the address in a report's code: the page that verifies, and what it compares after the "#".

    A browser does not send that part, and a telephone shows it without a network: `n` the report's number,
    `f` the first hexadecimal digits of the SHA-256 of its result.json, `c` origin, size and fingerprint of
    the ledger's checkpoint ("origin · size · fingerprint" as it is printed) with commas between them.
    """
    values = {"n": number, "f": fingerprint.replace(" ", ""), "c": checkpoint.replace(" · ", ",")}
    pairs = (f"{name}={quote(value, safe=',')}" for name, value in values.items() if value)
    return f"{page}#{'&'.join(pairs)}"


def chart(page: str, **values: str) -> Chart:
    """Return a report's code as a picture with its words; `values` as of `address`."""
    return Chart(svg(address(page, **values)), say("report.code.title"), say("report.code.words", page=page))
