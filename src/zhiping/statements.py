"""Statements compiled once and executed many times.

Django builds a statement from a queryset in 1–4 ms, ten times what the database needs to answer it. A
statement kept here has placeholders (`Given`) for what differs from request to request.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Field, IntegerField, Model, QuerySet, Value
from django.db.models.query import get_related_populators
from django.http import Http404

OFFSET = 987_654_321  # a mark in the text of a statement, replaced by a parameter
Row = tuple[Any, ...]
Build = Callable[[], QuerySet[Any]]


class Given(Value):
    """A value each execution brings: `filter(to=Given("user", UUIDField()))`."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(name, output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:  # noqa: ARG002 - Django's signature
        """Leave a mark among the parameters, to be replaced when the statement is executed."""
        return "%s", (self,)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The text of a statement, its parameters with marks, and how columns become Python values."""

    sql: str
    parameters: tuple[Any, ...]
    converters: tuple[tuple[int, Sequence[Callable[..., Any]], Any], ...]
    compiler: Any  # has the classes and columns of models

    def rows(self, values: dict[str, Any]) -> list[Row]:
        """Execute it with values for the marks."""
        given = [
            p.output_field.get_db_prep_value(values[p.name], connection) if isinstance(p, Given) else p
            for p in self.parameters
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            fetched: list[Row] = cursor.fetchall()
        return list(self._converted(fetched)) if self.converters else fetched

    def _converted(self, rows: list[Row]) -> Iterator[Row]:
        for row in rows:
            values = list(row)
            for at, functions, expression in self.converters:
                for function in functions:
                    values[at] = function(values[at], expression, connection)
            yield tuple(values)

    def things(self, rows: list[Row]) -> list[Any]:
        """Make models of rows, with what the queryset selects around them and annotates."""
        info, select = self.compiler.klass_info, self.compiler.select
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column[0].target.attname for column in select[first:last]]
        related = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg] # the stubs are of a later Django
        made = []
        for row in rows:
            thing = info["model"].from_db(connection.alias, names, row[first:last])
            for populator in related:
                populator.populate(row, thing)
            for name, at in self.compiler.annotation_col_map.items():
                setattr(thing, name, row[at])
            made.append(thing)
        return made


def compiled(queryset: QuerySet[Any]) -> Compiled | None:
    """Compile a queryset; None where Django sees that it has no rows."""
    compiler = queryset.query.get_compiler(connection.alias)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    converters = compiler.get_converters([column[0] for column in compiler.select])
    ready = tuple((at, *how) for at, how in converters.items())
    return Compiled(*_with_offset(sql, tuple(parameters)), ready, compiler)


def paged(queryset: QuerySet[Any], size: int) -> QuerySet[Any]:
    """Slice a queryset at an offset each execution brings: Django writes offsets into the text."""
    return queryset[OFFSET : OFFSET + size]


def _with_offset(sql: str, parameters: Row) -> tuple[str, Row]:
    before, mark, after = sql.partition(f"OFFSET {OFFSET}")
    if not mark:
        return sql, parameters
    at = before.count("%s")
    return f"{before}OFFSET %s{after}", (*parameters[:at], Given("offset", IntegerField()), *parameters[at:])


def counting(queryset: QuerySet[Any]) -> Compiled | None:
    """Compile the count of a queryset's rows."""
    inner = compiled(queryset.order_by().values("pk"))
    sql = f"SELECT COUNT(*) FROM ({inner.sql}) counted" if inner else ""  # noqa: S608 - compiled by Django
    return replace(inner, sql=sql, converters=()) if inner else None


def _refuse(*_: Any) -> Any:
    raise RuntimeError("a statement that is compiled depends on another's result")


MOST_KEPT = 2000  # statements, of about 5 KB each
_MISSING: Any = object()
_kept: dict[Hashable, Compiled | None] = {}


def kept(
    key: Hashable, build: Build, compile_: Callable[[QuerySet[Any]], Compiled | None] = compiled
) -> Compiled | None:
    """Return the compiled statement of a key, compiling it the first time.

    The key must contain everything `build` depends on that is not `Given`: `key_of` its arguments.
    RuntimeError where building executes a statement: its result would stay in the kept one for ever.
    """
    key = connection.vendor, key
    statement: Compiled | None = _kept.get(key, _MISSING)
    if statement is _MISSING:
        statement = _guarded(build, compile_)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()  # another thread may do so at any time: nothing is read from it after this
        _kept[key] = statement
    return statement


def _guarded(build: Build, compile_: Callable[[QuerySet[Any]], Compiled | None]) -> Compiled | None:
    with connection.execute_wrapper(_refuse):
        return compile_(build())


def rows_of(call: partial[QuerySet[Any]], **values: Any) -> list[Row]:
    """Return the rows of a queryset that is a function of arguments alone: `partial(due, user, today)`."""
    statement = kept(key_of(call), call)
    return statement.rows(values) if statement else []


def things_of(call: partial[QuerySet[Any]], **values: Any) -> list[Any]:
    """Return the models of a queryset that is a function of arguments alone."""
    statement = kept(key_of(call), call)
    return statement.things(statement.rows(values)) if statement else []


def get_or_404(call: partial[QuerySet[Any]], **values: Any) -> Any:
    """Return the only model of such a queryset; Http404 where there is none."""
    found = things_of(call, **values)
    if not found:
        raise Http404
    return found[0]


def key_of(value: Any) -> Hashable:
    """Return what a value amounts to in a statement.

    A user is its `scope`: who it is with all roles and regions. A model is all its columns with the models
    selected around it, since a queryset may be built from any of these. TypeError for what has no key, a
    function with variables of its own among them.
    """
    if isinstance(value, partial):
        named = tuple((name, key_of(given)) for name, given in sorted(value.keywords.items()))
        return key_of(value.func), tuple(map(key_of, value.args)), named
    if hasattr(value, "scope"):
        return value.__class__, value.scope
    if isinstance(value, Model):
        fields: Any = value._meta.concrete_fields  # noqa: SLF001 - documented
        columns = [value.__dict__.get(field.attname) for field in fields]
        near = [
            field.get_cached_value(value) for field in fields if field.is_relation and field.is_cached(value)
        ]
        return value.__class__, key_of(columns), key_of(near)
    if isinstance(value, list | tuple):
        return tuple(map(key_of, value))
    if isinstance(value, dict):
        return tuple((name, key_of(inner)) for name, inner in value.items())
    if getattr(value, "__closure__", None) or isinstance(value, QuerySet):
        raise TypeError(f"{value!r} depends on variables of its own")
    hash(value)
    return cast("Hashable", value)


class Statement:
    """A queryset whose text is always the same; what differs is `Given`."""

    def __init__(self, build: Build) -> None:
        self._build = build

    def rows(self, **values: Any) -> list[Row]:
        """Return the rows, of a queryset of `values_list`."""
        statement = kept(self, self._build)
        return statement.rows(values) if statement else []

    def things(self, **values: Any) -> list[Any]:
        """Return the models."""
        statement = kept(self, self._build)
        return statement.things(statement.rows(values)) if statement else []

    def thing(self, **values: Any) -> Any:
        """Return the first model, None where there is none."""
        return next(iter(self.things(**values)), None)
