"""JSON log, one line per response or error, without names or IP addresses."""

import datetime as dt
import json
import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from zhiping.ids import uuid7

log = logging.getLogger("zhiping.request")
SECRET = {"api:open_sheet", "api:give_marks"}  # when and how often a member saves is hidden (7.1)
FAULT = 500


class Line(logging.Formatter):
    """Formats a record as one line of JSON, with the fields of `extra={"data": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        row = {
            "at": at,
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        row |= getattr(record, "data", {})
        if record.exc_info:
            row["fault"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False, default=str)


def requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that logs responses by URL pattern, since URLs hold ids, and sets a request id."""

    def answer(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        number = uuid7().hex
        response = get_response(request)
        response["X-Request-ID"] = number
        match, user = request.resolver_match, getattr(request, "user", None)
        data = {
            "request": number,
            "method": request.method,
            "route": match.route if match else "",
            "status": response.status_code,
            "user": str(user.pk) if user and user.pk else None,
            "ms": round((time.perf_counter() - begun) * 1000, 1),
        }
        if match is None or match.view_name not in SECRET or response.status_code >= FAULT:
            log.info("answered", extra={"data": data})
        return response

    return answer
