"""The forms of pages, filled in as a person would, and their fields altered as no browser sends them."""

import re
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.access import matrix

TYPED = {
    "date": "2026-05-20", "number": "3", "email": "a@example.org", "url": "https://example.org",
    "tel": "13911112222", "textarea": "某事", "text": "某某",
}  # fmt: skip
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VALUES = (
    str(2**63), str(2**64), "-1", "0", "x", "\0", "9" * 40, "9" * 5_000, "1.5", "1e9", "٣", "", " ",
    str(uuid.UUID(int=0)), "018f0000-0000-7000-8000-000000000000", "0001-01-01", "9999-12-31", "99999-01-01",
    "2026-02-30", "é" * 10_000, "../../x", "%", "' OR 1=1 --", "[]", "true", str(2**31), str(-(2**63) - 1),
)  # fmt: skip


@dataclass
class Form:
    """A form of a page: where it is sent, its fields with what a person would send, the hidden ones."""

    url: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)

    @property
    def shape(self):
        """What two forms have in common that differ in their things only."""
        return ID.sub("", self.url), self.method, frozenset(self.fields), frozenset(self.hidden)


class _Reader(HTMLParser):
    def __init__(self, url):
        super().__init__()
        self.url, self.forms, self.select = url, [], ""

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            url = (given.get("action") or self.url).partition("?")[0]
            self.forms.append(Form(url, (given.get("method") or "get").lower()))
        name, value = given.get("name"), given.get("value") or ""
        if not self.forms or name == "csrfmiddlewaretoken":
            return
        fields = self.forms[-1].fields
        if tag == "option" and self.select and ((value and not fields[self.select]) or "selected" in given):
            fields[self.select] = value
        if not name:
            return
        self.select = name if tag == "select" else ""
        kind = given.get("type", tag if tag != "input" else "text")
        if kind == "hidden":
            self.forms[-1].hidden.append(name)
        if kind in ("radio", "submit", "button"):
            fields.setdefault(name, value)
        elif kind not in ("checkbox", "file"):
            fields[name] = value or TYPED.get(kind, "")


def forms(page, url):
    """Return the forms of a page."""
    reader = _Reader(url)
    reader.feed(page)
    return [form for form in reader.forms if form.url.startswith("/")]


def found(visitors, world, roles, *, only=""):
    """Give every form of every page that a role sees, each shape once: pairs of the role and the form.

    `only`: how the names of the pages' addresses begin.
    """
    seen = set()
    for who in roles:
        client, cookies = visitors[who]
        for name, asks in matrix.addresses():
            if not name.startswith(only):
                continue
            client.cookies.clear()
            client.cookies.load(cookies.replace("Set-Cookie: ", ""))
            url = matrix.address(name, asks, world)
            answer = client.get(url)
            if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
                continue
            for form in forms(answer.content.decode(), url):
                if form.shape not in seen:
                    seen.add(form.shape)
                    yield who, form


def altered(form, names, turn, count):
    """Give the content of a form with one field altered: so many values for each, from a turn onwards."""
    for at, name in enumerate(names):
        for n in range(count):
            value = VALUES[(turn + at + n) % len(VALUES)]
            yield name, value, form.fields | {name: value}
        yield name, "twice", form.fields | {name: [form.fields.get(name, ""), VALUES[turn % len(VALUES)]]}
    yield "", "nothing", {}
