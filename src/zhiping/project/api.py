"""The API: who may call, how pages and problems look; what there is to call stands in each app's `api.py`."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer, SessionAuth

from zhiping import __version__
from zhiping.accounts import queries as accounts
from zhiping.accounts.models import User
from zhiping.accounts.rules import lacks_second_factor
from zhiping.domain.errors import AlreadyDone, Problem, Refused
from zhiping.evaluations.api import router as evaluations
from zhiping.experts.api import router as experts
from zhiping.panels.api import router as panels
from zhiping.project.errors import STATUS, denied
from zhiping.registry.api import router as registry
from zhiping.rubrics.api import router as rubrics
from zhiping.web.texts import problem, say

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Token(HttpBearer):
    """A program, by its token; a token for reading only reads.

    It does nothing for whose office asks for a second factor that is not set up: a page would not either.
    """

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Return whom the program acts for."""
        found = accounts.recognised(token, timezone.now())
        if found is None or (found.scope == "read" and request.method not in ("GET", "HEAD")):
            return None
        if lacks_second_factor(found.user):
            return None
        request.user = found.user
        return found.user


class Signed(SessionAuth):
    """A page of ours, by its session; writing needs the page's CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:  # noqa: ARG002 - ninja's
        """Return who has signed in."""
        return request.user if isinstance(request.user, User) and request.user.is_active else None


class Body(Parser):
    """JSON without NUL characters, which PostgreSQL keeps in no text."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return what was sent; ValueError, which is answered as 400, where a text has a NUL."""
        if NUL.search(request.body):
            raise ValueError("NUL")
        found: dict[str, Any] = super().parse_body(request)
        return found


api = NinjaAPI(
    parser=Body(),
    title="质评 Zhiping API",
    version="1",
    description="Evaluation and improvement of quality infrastructure one-stop service platforms.",
    auth=[Token(), Signed(csrf=True)],
    docs_url=None,
    urls_namespace="api",
    openapi_extra={"info": {"license": {"name": "Apache-2.0"}, "x-zhiping": __version__}},
)
api.add_router("", registry)
api.add_router("", rubrics)
api.add_router("", experts)
api.add_router("", evaluations)
api.add_router("", panels)


def urls() -> Any:
    """Return the API's addresses; its operations ask for a token or session themselves."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name not in ("openapi-json", "api-root"):
            login_not_required(pattern.callback)
    return patterns, app, namespace


def answer(status: int, problems: list[dict[str, Any]], title: str) -> HttpResponse:
    """Return a problem (RFC 9457); `errors` has every one with its code, place and sentence."""
    body = {"type": "about:blank", "title": title, "status": status, "errors": problems}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def told(found: Problem) -> dict[str, Any]:
    """Return one problem of the domain as the API tells it."""
    data = {
        key: value if isinstance(value, int | str | list | bool) else str(value)
        for key, value in found.data.items()
    }
    return {"code": found.code, "where": list(found.where), "data": data, "text": problem(found)}


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """Tell what the rules refuse: 403, 409 or 422."""
    status = STATUS[type(error)]
    if status == 403:
        denied(request, error)
    return answer(status, [told(p) for p in error.problems], type(error).__name__)


@api.exception_handler(AlreadyDone)
def already_done(request: HttpRequest, error: AlreadyDone) -> HttpResponse:  # noqa: ARG001
    """The same write under the same id: nothing was done again."""
    return JsonResponse({"already_done": True}, status=200)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:  # noqa: ARG001
    """Tell what does not fit the schema."""
    found = [
        {
            "code": f"schema.{e['type']}",
            "where": [str(part) for part in e["loc"]],
            "data": {},
            "text": e["msg"],
        }
        for e in error.errors
    ]
    return answer(422, found, "Invalid")


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:  # noqa: ARG001
    """Say that somebody must sign in, or that the token does not do."""
    return answer(401, [], "Unauthorized")


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
    """Nothing there, or nothing to be seen by this person."""
    return answer(404, [], "Not Found")


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001
    """Tell what the framework refuses."""
    return answer(error.status_code, [], str(error))


def operations() -> list[dict[str, Any]]:
    """Return what there is to call, as the API's page lists it, in the reader's language."""
    schema = api.get_openapi_schema()
    return [
        {
            "method": method.upper(),
            "path": path,
            "summary": say(f"api.operations.{view.__name__}"),
            "body": _example(schema, method, path),
        }
        for path, method, view in _views()
    ]


def _views() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for prefix, router in api._routers:  # noqa: SLF001 - ninja tells its routers nowhere else
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield f"/api/v1{prefix}{path}".replace("uuid:", ""), method.lower(), operation.view_func


def _example(schema: dict[str, Any], method: str, path: str) -> list[str]:
    """Return the names of the fields a body has, the needed ones first."""
    operation = schema["paths"].get(path, {}).get(method, {})
    content = (
        operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    )
    model = schema["components"]["schemas"].get(content.get("$ref", "").rpartition("/")[2], {})
    needed = model.get("required", [])
    return sorted(model.get("properties", {}), key=lambda name: name not in needed)
