"""The page that verifies packages, reports and printed codes in the browser, and what it asks."""

import re
from functools import cache
from typing import Any

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from zhiping.documents.package import verify as package
from zhiping.public.queries import published
from zhiping.texts.catalogue import area, lookup, speaking
from zhiping.web.texts import language

SHA256 = re.compile(r"[0-9a-f]{64}")
FINGERPRINT = re.compile(r"[0-9a-f]{0,64}")
CHECKPOINT = re.compile(r"[^,]{0,200},(?P<size>\d{1,9}),(?P<letters>[0-9A-Za-z-]{20,23})", re.ASCII)
MOST_FILES, MOST_NUMBER = 4, 60
LOCALES = {"zh": "zh-hans", "en": "en"}
OWN = {"report.alone": "alone", "result.not_computed": "not_computed"}  # words of a page, not of a command


@require_GET
@login_not_required
def verify(_request: HttpRequest, spoken: str = "") -> HttpResponse:
    """Show the page; it is the same for everybody, and what is verified stays in the browser."""
    page = HttpResponse(_page(spoken or language()))
    page["Cache-Control"] = f"{'public' if spoken else 'private'}, max-age=300"
    return page


@cache
def _page(spoken: str) -> str:
    with translation.override(LOCALES[spoken]), speaking(spoken):
        context = {"texts": texts(spoken), **other_language("public:verify-in", spoken)}
        return render_to_string("public/verify.html", context)


def other_language(name: str, spoken: str) -> dict[str, str]:
    """Return URL and name of the other language of a page."""
    other = next(one for one in LOCALES if one != spoken)
    return {"other": reverse(name, args=[other]), "other_name": dict(settings.LANGUAGES)[LOCALES[other]]}


def texts(spoken: str) -> dict[str, str]:
    """Return the sentences of the verifier by code, and those of the page."""
    own = area(spoken, "public")["verify"]
    found = {code: both[spoken == "en"] for code, both in package.TEXTS.items()}
    found |= {code: own[key] for code, key in OWN.items()}
    return found | {
        f"published.{key}": lookup(spoken, f"public.verify.published.{key}") for key in own["published"]
    }


@csrf_exempt  # it changes nothing and has no user
@require_POST
@login_not_required
def look_up(request: HttpRequest) -> HttpResponse:
    """Answer by SHA-256 what files are, and whether a printed code is that of a report."""
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="verify")
    if limited:
        return limited
    if (asked := _asked(request.POST)) is None:
        return JsonResponse({"error": "sha256, number, fingerprint or checkpoint is malformed"}, status=400)
    sha256s, number, fingerprint, printed = asked
    answer: dict[str, Any] = {"files": published.files(sha256s)}
    answer["code"] = published.code(number, fingerprint, sha256s)
    if printed:
        answer["checkpoint"] = published.checkpoint(int(printed["size"]), printed["letters"].replace("-", ""))
    return JsonResponse(answer)


def _asked(given: QueryDict) -> tuple[list[str], str, str, re.Match[str] | None] | None:
    """Return what is asked: hashes, number, fingerprint, line of a checkpoint; None where it is malformed."""
    sha256s, line = given.getlist("sha256"), given.get("checkpoint", "")
    number, fingerprint = given.get("number", ""), given.get("fingerprint", "")
    printed = CHECKPOINT.fullmatch(line)
    sound = len(sha256s) <= MOST_FILES and all(map(SHA256.fullmatch, sha256s)) and len(number) <= MOST_NUMBER
    if not sound or not FINGERPRINT.fullmatch(fingerprint) or (line and not printed):
        return None
    return sha256s, number, fingerprint, printed
