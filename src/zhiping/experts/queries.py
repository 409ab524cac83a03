"""Queries of the pool of experts, and its spreadsheet."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import (
    Aggregate,
    Count,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from django.utils import timezone

from zhiping.accounts.models import Organisation, Role, User
from zhiping.accounts.queries import in_regions
from zhiping.documents.spreadsheets.workbook.cells import plain, spellings
from zhiping.domain import dates, schedule
from zhiping.domain.errors import Invalid, Problem
from zhiping.domain.identity import folded
from zhiping.domain.lifecycle import State
from zhiping.domain.panel import CONFLICT_YEARS
from zhiping.experts.models import Affiliation, Expert, ExpertField, Training
from zhiping.registry.queries import Places, place, regions
from zhiping.registry.sheets import region_of
from zhiping.statements import Given, Statement, get_or_404
from zhiping.web.importing import (
    Column,
    Row,
    Sheet,
    choice,
    choice_text,
    choice_words,
    date,
    listed,
    phone,
    words,
)
from zhiping.web.texts import say

FOREVER = dt.date(9999, 12, 31)
NOT_CANCELLED = [state for state in State if state != State.CANCELLED]
NOT_STATED = "?"  # cell value for unknown experience (None in the model); "" stands there for none
SPAN = re.compile(r"(?P<name>[^()（）]+)[(（](?P<days>[^()（）]*)[)）]")
BETWEEN = re.compile(r"\s*(?:～|~|至|–|—|\bto\b)\s*")


def visible_to(user: User) -> QuerySet[Expert]:
    """Return the entries visible to a user.

    An officer sees the pools of authorities of the own regions and of those above them; the head of an
    operator the operator's own experts; every expert the own entry.
    """
    own = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    authorities = Q(keeper__kind=Organisation.Kind.AUTHORITY) & (
        in_regions(user, "keeper__region_id") | Q(keeper__region_id__in=_above(user))
    )
    return Expert.objects.filter(authorities | Q(keeper_id__in=own) | Q(user=user))


def _above(user: User) -> set[str]:
    codes = [first for first, _ in user.regions]
    return {above for code in codes for above in (f"{code[:2]}0000", f"{code[:4]}00")}


class Joined(Aggregate):
    """Aggregate that joins the texts of a group with commas."""

    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ',')"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Use the name of the function on PostgreSQL."""
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


def experts(user: User) -> QuerySet[Expert]:
    """Annotate the pool for a list, with `trained_until` (9999-12-31 where the training does not expire)."""
    return visible_to(user).select_related("region__parent").annotate(trained_until=_trained_until())


def experts_listed(user: User, *, left: bool) -> QuerySet[Expert]:
    """Return the pool for a list; `left` includes experts who have left it."""
    return experts(user) if left else experts(user).filter(left_pool__isnull=True)


def _trained_until() -> Subquery:
    trainings = Training.objects.filter(expert=OuterRef("pk")).order_by().values("expert")
    return Subquery(trainings.annotate(last=Max(Coalesce("valid_until", Value(FOREVER)))).values("last"))


def with_service(experts: QuerySet[Expert], today: dt.date) -> QuerySet[Expert]:
    """Annotate `trained_until`, the comma-separated fields `known`, and the number of `visits` this year."""
    year = (dt.date(today.year, 1, 1), dt.date(today.year, 12, 31))
    sat = Expert.objects.filter(
        pk=OuterRef("pk"), seats__role__in=("lead", "member"), seats__left=None,
        seats__evaluation__visit_start__range=year, seats__evaluation__head__phase__in=NOT_CANCELLED,
    )  # fmt: skip
    visits = sat.order_by().values("pk").annotate(n=Count("seats")).values("n")
    fields = ExpertField.objects.filter(expert=OuterRef("pk")).order_by().values("expert")
    return experts.annotate(
        trained_until=_trained_until(),
        known=Subquery(fields.annotate(all=Joined("field")).values("all")),
        visits=Coalesce(Subquery(visits, output_field=IntegerField()), Value(0)),
    )


def get_expert(user: User, expert_id: UUID) -> Expert:
    """Return one entry; Http404 where the user may not see it."""
    expert: Expert = get_or_404(partial(_whole, user), pk=expert_id)
    return expert


def _whole(user: User) -> QuerySet[Expert]:
    entry = visible_to(user).filter(pk=Given("pk", UUIDField()))
    return entry.select_related("head", "keeper__region", "region__parent", "user")


_OF_EXPERT = Given("expert", UUIDField())
_FIELDS = Statement(lambda: ExpertField.objects.filter(expert=_OF_EXPERT).values_list("field"))
_TRAININGS = Statement(lambda: Training.objects.filter(expert=_OF_EXPERT))
_AFFILIATIONS = Statement(lambda: Affiliation.objects.filter(expert=_OF_EXPERT).select_related("operator"))


def fields_of(expert: Expert) -> list[str]:
    """Return the codes of an expert's fields of expertise."""
    return [field for (field,) in _FIELDS.rows(expert=expert.pk)]


def trainings_of(expert: Expert) -> list[Training]:
    """Return the trainings of an expert, the latest first."""
    return _TRAININGS.things(expert=expert.pk)


def affiliations_of(expert: Expert) -> list[Affiliation]:
    """Return the affiliations of an expert, with their operators."""
    return _AFFILIATIONS.things(expert=expert.pk)


def own_entry(user: User) -> Expert:
    """Return the user's own entry; Http404 where there is none."""
    return get_object_or_404(Expert, user=user)


def get_training(expert: Expert, training_id: int) -> Training:
    """Return one training of an entry; the caller has checked that the user may see the entry."""
    return get_object_or_404(expert.trainings.all(), pk=training_id)


def get_affiliation(expert: Expert, affiliation_id: int) -> Affiliation:
    """Return one affiliation of an entry; the caller has checked that the user may see the entry."""
    return get_object_or_404(expert.affiliations.all(), pk=affiliation_id)


def keepers(user: User) -> QuerySet[Organisation]:
    """Return the organisations whose pools the user keeps."""
    own = [o.pk for o in user.organisations(Role.OPERATOR_HEAD)]
    authorities = Q(kind=Organisation.Kind.AUTHORITY) & in_regions(user, "region_id")
    return Organisation.objects.filter(authorities | Q(pk__in=own)).select_related("region")


def own_pool(user: User) -> Organisation | None:
    """Return the organisation whose pool the user keeps by default: the authority, else the operator."""
    return next(iter(user.organisations(Role.AUTHORITY) + user.organisations(Role.OPERATOR_HEAD)), None)


def kept_by(keeper: Organisation) -> QuerySet[Expert]:
    """Return all entries of a keeper's pool, including experts who have left it."""
    return Expert.objects.filter(keeper=keeper).order_by("name", "pk")


def linkable(expert: Expert) -> QuerySet[User]:
    """Return the staff accounts of an expert's operator that are not linked to an expert."""
    return User.objects.filter(memberships__organisation=expert.keeper_id, expert__isnull=True).distinct()


def trained_on(day: dt.date) -> Q:
    """Return the condition that a training is valid on a day (6.2.2)."""
    valid = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
    return Q(Exists(Training.objects.filter(valid, expert=OuterRef("pk"), date__lte=day)))


def free_of(operator: Organisation, day: dt.date) -> Q:
    """Return the condition that an expert has no tie to an operator within three years before a day.

    A filter for lists that compares registered names; domain.panel decides on seats.
    """
    since = schedule.add_months(day, -12 * CONFLICT_YEARS)
    ties = Affiliation.objects.filter(
        Q(operator=operator) | Q(organisation=operator.name),
        Q(until__isnull=True) | Q(until__gt=since),
        expert=OuterRef("pk"),
    )
    return ~Q(employer=operator.name) & ~Q(Exists(ties))


EXPERIENCE: dict[str, Callable[[], Q]] = {
    "yes": lambda: Q(experience__gt=""),
    "no": lambda: Q(experience=""),
    "unknown": lambda: Q(experience__isnull=True),
}


def experience(name: str) -> Q:
    """Return the condition for platform experience: `yes`, `no`, `unknown`."""
    return EXPERIENCE[name]()


@dataclass(frozen=True, slots=True)
class Span:
    """A training or an affiliation in a cell: a name and two dates, either of which may be open."""

    name: str
    first: dt.date | None = None
    last: dt.date | None = None

    def __str__(self) -> str:
        first, last = (str(day or "") for day in (self.first, self.last))
        days = f"{first}～{last}" if last else first
        return f"{self.name}（{days}）" if days else self.name


def expert_sheet(user: User, keeper: Organisation) -> Sheet:
    """Return the sheet of a keeper's pool; imported trainings and affiliations are added to stored ones."""
    columns = (
        Column("name", words(60), lambda e: e.name, required=True),
        Column("phone", phone, lambda e: e.phone, example="13900000000", private=True),
        Column("email", words(120), lambda e: e.email, width=24, example="name@example.org"),
        Column("employer", words(120), lambda e: e.employer, required=True, width=30),
        *_region(user),
        Column("title", words(60), lambda e: e.title),
        Column("rank", choice("experts.ranks"), lambda e: e.rank, choice_text("experts.ranks"),
               options=choice_words("experts.ranks")),
        Column("equivalent_ability", words(300), lambda e: e.equivalent_ability, width=24),
        Column("fields", _fields(), lambda e: tuple(sorted(e.sheet_fields)), _say_fields, width=24),
        Column("experience", _experience, lambda e: NOT_STATED if e.experience is None else e.experience,
               lambda v: say("experts.not_stated") if v == NOT_STATED else v, width=36),
        Column("trainings", spans(training=True), lambda e: e.sheet_trainings, width=40),
        Column("affiliations", spans(training=False), lambda e: e.sheet_affiliations, width=40),
        Column("note", words(1000), lambda e: e.note, width=30),
    )  # fmt: skip
    return Sheet("experts.sheet", columns, partial(_match, keeper))


def as_rows(experts: QuerySet[Expert]) -> list[Expert]:
    """Return experts with the values of all cells prefetched: four queries for any number of experts."""
    fields: dict[Any, set[str]] = defaultdict(set)
    trainings: dict[Any, list[Span]] = defaultdict(list)
    ties: dict[Any, list[Span]] = defaultdict(list)
    inside = {"expert__in": experts.order_by().values("pk")}
    for key, field in ExpertField.objects.filter(**inside).values_list("expert_id", "field"):
        fields[key].add(field)
    for t in Training.objects.filter(**inside).order_by("date", "pk"):
        trainings[t.expert_id].append(Span(t.topic, t.date, t.valid_until))
    for a in Affiliation.objects.filter(**inside).order_by("pk"):
        ties[a.expert_id].append(Span(a.organisation, a.since, a.until))
    rows = list(experts.select_related("head", "region__parent", "keeper"))
    for expert in rows:
        expert.sheet_fields = fields[expert.pk]  # type: ignore[attr-defined] # a sheet's columns
        expert.sheet_trainings = tuple(trainings[expert.pk])  # type: ignore[attr-defined] # a sheet's columns
        expert.sheet_affiliations = tuple(ties[expert.pk])  # type: ignore[attr-defined] # a sheet's columns
    return rows


def spans(*, training: bool) -> Callable[[str], tuple[Span, ...]]:
    """Return the parser of names with dates: “某某培训（2026-01-10～2028-01-09）；…”."""
    each, names = listed(300), ("trained", "valid_until") if training else ("since", "until")

    def parse(text: str) -> tuple[Span, ...]:
        parsed = tuple(_span(part) for part in each(text))
        for one in parsed:
            if training and one.first is None:
                raise Invalid([Problem("experts.span", {"found": str(one)})])
            known = dict(zip(names, (one.first, one.last), strict=True))
            if wrong := dates.problems(known, timezone.localdate()):
                raise Invalid([Problem(p.code, p.data) for p in wrong])
        return parsed

    return parse


def _span(text: str) -> Span:
    shape = SPAN.fullmatch(text)
    if shape is None:
        return Span(words(120)(text))
    first, _, last = BETWEEN.sub("～", shape["days"].strip()).partition("～")
    return Span(
        words(120)(shape["name"].strip()), date(first) if first else None, date(last) if last else None
    )


def _region(user: User) -> tuple[Column, ...]:
    """Return the column of regions; an operator's experts have the operator's region."""
    if not user.regions:
        return ()
    options = [place(region) for region in regions(user).select_related("parent")]
    return (
        Column("region", region_of(user, Places()), lambda e: e.region, place, options=options, width=24),
    )


def _fields() -> Callable[[str], tuple[str, ...]]:
    one, several = choice("experts.fields"), listed(20)
    return lambda text: tuple(sorted({one(part) for part in several(text.replace("、", "；"))}))


def _say_fields(codes: tuple[str, ...]) -> str:
    return "；".join(say(f"experts.fields.{code}") for code in codes)


def _experience(text: str) -> str:
    if plain(text) in {plain(spelling) for spelling in spellings("experts.not_stated")}:
        return NOT_STATED
    return words(1000)(text)


def _match(keeper: Organisation, rows: Sequence[Row]) -> Mapping[int, Expert]:
    known: dict[str, list[Expert]] = defaultdict(list)
    for expert in as_rows(Expert.objects.filter(keeper=keeper)):
        known[expert.name_key].append(expert)
    first: dict[tuple[str, str], int] = {}
    matches = {}
    for row in rows:
        if "name" not in row.values:
            continue
        key, number = folded(row.values["name"]), row.values.get("phone") or ""
        if (other := first.setdefault((key, number), row.number)) != row.number:
            row.refuse_cell("name", "experts.double_row", row=other)
        if same := _same(row, known[key], number):
            matches[row.number] = same
            _merge(row, same)
    return matches


def _same(row: Row, namesakes: Sequence[Expert], phone: str) -> Expert | None:
    """Return the matching expert: by telephone, or by a unique name where row or entry has no telephone."""
    exact = [e for e in namesakes if phone and e.phone == phone]
    if exact:
        return exact[0]
    open_ = namesakes if not phone else [e for e in namesakes if not e.phone]
    if len(open_) > 1:
        row.refuse_cell("phone", "experts.which_one", found=open_[0].name)
    return open_[0] if len(open_) == 1 else None


def _merge(row: Row, expert: Expert) -> None:
    """Merge listed with stored values: trainings are identified by name and date, affiliations by name.

    Stored values keep their spelling, so that another one is no change.
    """
    for column, key in (
        ("trainings", lambda span: (folded(span.name), span.first)),
        ("affiliations", lambda span: folded(span.name)),
    ):
        if row.values.get(column):
            merged = {key(span): span for span in getattr(expert, f"sheet_{column}")}
            for span in row.values[column]:
                known = merged.get(key(span), span)
                merged[key(span)] = replace(span, name=known.name)
            row.values[column] = tuple(merged.values())
        elif column in row.values:  # “无” deletes no stored values
            del row.values[column]
