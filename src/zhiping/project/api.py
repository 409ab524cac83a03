"""The API: authentication, paging and error format; the operations are in each app's `api.py`."""

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
from zhiping.evidence.api.evidence import router as evidence
from zhiping.evidence.api.uploads import router as uploads
from zhiping.experts.api import router as experts
from zhiping.panels.api import router as panels
from zhiping.project import noted
from zhiping.project.errors import STATUS, problem_json
from zhiping.registry.api import router as registry
from zhiping.reporting.api import router as reporting
from zhiping.rubrics.api import router as rubrics
from zhiping.scoring.api import router as scoring
from zhiping.web.texts import problem, say

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
CONVERTER = re.compile(r"\{\w+:")  # of a parameter in a path: {uuidstr:platform_id}


class Token(HttpBearer):
    """Authentication by token; a read-only token allows GET only.

    Refused, as on pages, if the user's role requires a second factor that is not set up.
    """

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """Return the user of the token."""
        key = accounts.recognised(token, timezone.now())
        if key is None or (key.scope == "read" and request.method not in ("GET", "HEAD")):
            return None
        if lacks_second_factor(key.user):
            return None
        request.user = key.user
        request.token = key  # type: ignore[attr-defined] # for the audit log
        return key.user


class Signed(SessionAuth):
    """Authentication by session, for the site's own pages; writes need the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:  # noqa: ARG002 - ninja's
        """Return the user of the session."""
        return request.user if isinstance(request.user, User) and request.user.is_active else None


class Body(Parser):
    """JSON parser that rejects NUL characters, which PostgreSQL cannot store."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return the parsed body; ValueError, answered with 400, if a string has a NUL."""
        if NUL.search(request.body):
            raise ValueError("NUL")
        body: dict[str, Any] = super().parse_body(request)
        return body


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
api.add_router("", evidence)
api.add_router("", uploads)
api.add_router("", scoring)
api.add_router("", reporting)


def urls() -> Any:
    """Return the API's URLs; each operation authenticates by itself, so no login is required here."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and pattern.name not in ("openapi-json", "api-root"):
            login_not_required(pattern.callback)
    return patterns, app, namespace


def as_json(refusal: Problem) -> dict[str, Any]:
    """Return one problem of the domain as JSON."""
    data = {
        key: value if isinstance(value, int | str | list | bool) else str(value)
        for key, value in refusal.data.items()
    }
    return {"code": refusal.code, "where": list(refusal.where), "data": data, "text": problem(refusal)}


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """Map errors of the domain to 403, 409 or 422."""
    status = STATUS[type(error)]
    noted.keep_reasons(request, error)
    return problem_json(status, [as_json(p) for p in error.problems], type(error).__name__)


@api.exception_handler(AlreadyDone)
def already_done(request: HttpRequest, error: AlreadyDone) -> HttpResponse:  # noqa: ARG001
    """Answer a repeated write with the same id: it was not executed again."""
    return JsonResponse({"already_done": True}, status=200)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:  # noqa: ARG001
    """Answer a request that does not match the schema."""
    problems = [
        {
            "code": f"schema.{e['type']}",
            "where": [str(part) for part in e["loc"]],
            "data": {},
            "text": e["msg"],
        }
        for e in error.errors
    ]
    return problem_json(422, problems, "Invalid")


@api.exception_handler(AuthenticationError)
def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:  # noqa: ARG001
    """Answer 401: no session, or an invalid token."""
    return problem_json(401, [], "Unauthorized")


@api.exception_handler(Http404)
def not_found(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
    """Answer 404: the object does not exist or is not visible to the user."""
    return problem_json(404, [], "Not Found")


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001
    """Answer errors raised by the framework."""
    return problem_json(error.status_code, [], str(error))


def operations() -> list[dict[str, Any]]:
    """Return the operations for the API's page, in the user's language."""
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
    for prefix, router in api._routers:  # noqa: SLF001 - ninja has no public list of its routers
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield CONVERTER.sub("{", f"/api/v1{prefix}{path}"), method.lower(), operation.view_func


def _example(schema: dict[str, Any], method: str, path: str) -> list[str]:
    """Return the names of the fields of a body, required ones first."""
    operation = schema["paths"].get(path, {}).get(method, {})
    content = (
        operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    )
    model = schema["components"]["schemas"].get(content.get("$ref", "").rpartition("/")[2], {})
    needed = model.get("required", [])
    return sorted(model.get("properties", {}), key=lambda name: name not in needed)
