"""Every user, permission and object: rules and queries agree with the hand-written tables (T6)."""

import sys
import tomllib
from pathlib import Path

import pytest
import rules
from django.http import Http404
from django.urls import get_resolver
from tests.access.world import things
from tests.server.cast import PEOPLE

from zhiping.domain.errors import NotAllowed
from zhiping.permissions import may

pytestmark = pytest.mark.t6

HERE = Path(__file__).parent
MAY = tomllib.loads((HERE / "permissions.toml").read_text(encoding="utf-8"))
SEEN = tomllib.loads((HERE / "seen.toml").read_text(encoding="utf-8"))

# Objects of permissions: every row of a kind is tested with each of its objects, and without an object.
KINDS = (
    ("province", "a", "b", "a1", "b1"),
    ("region_a", "region_b"),
    ("platform_a", "platform_b"),
    ("programme_a", "programme_b", "programme_p"),
    ("evaluation_a", "evaluation_b", "evaluation_p", "self_a"),
    ("lead_seat", "member_seat", "substitute_seat", "secretary_seat"),
    ("draw_a", "draw_b", "draw_p"),
    ("expert_p", "expert_a1", "expert_b"),
    tuple(f"account_of_{name}" for name in PEOPLE),
    ("evidence_a", "seen_a"),
    ("package_a",),
    ("sheet_a", "common_a"),
    ("notice",),
    ("webhook",),
    ("rubric",),
)
# Query (left) for objects of a kind (right): a user with a permission for an object can see it.
FETCHED = {
    "platforms": "platform", "programmes": "programme", "evaluations": ("evaluation", "self"),
    "draws": "draw", "experts": "expert", "organisations": ("a1", "b1"), "accounts": "account",
    "notices": "notice", "evidence": ("evidence_", "seen_"),
}  # fmt: skip


def who(names):
    return set(PEOPLE) if names == "*" else set(names.split())


def about(row):
    """Return the objects of a row: all of its kind, and None."""
    kinds = [kind for kind in KINDS if set(kind) & set(row)]
    assert set(row) <= {"nothing", *(name for kind in kinds for name in kind)}
    return ("nothing", *(name for kind in kinds for name in kind))


def everybody(cast):
    return {name: getattr(cast, name) for name in PEOPLE}


def mismatches(people, world, rows=MAY):
    """Return the number of checks, and the differences from the table."""
    asked, wrong = 0, []
    for permission, row in rows.items():
        for thing in about(row):
            for name, person in people.items():
                asked += 1
                if may(person, permission, world.get(thing)) != (name in who(row.get(thing, ""))):
                    wrong.append(f"{permission} {thing} {name}")
    return asked, wrong


def test_every_permission_has_its_row():
    get_resolver().url_patterns  # noqa: B018 - imports every app's rules, as a server does
    assert sorted(MAY) == sorted(rules.permissions.permissions)


def test_rules_match_the_table(cast):
    asked, wrong = mismatches(everybody(cast), things(cast))
    assert wrong == []
    assert asked > 5_000


def test_inactive_users_have_no_permission(cast):
    people, world = everybody(cast), things(cast)
    for person in people.values():
        person.is_active = False
    rows = {permission: dict.fromkeys(about(row), "") for permission, row in MAY.items()}
    assert mismatches(people, world, rows)[1] == []


def test_users_with_a_permission_for_an_object_can_see_it():
    unseen = [
        f"{permission} {thing} {sorted(who(names) - who(SEEN[query][thing]))}"
        for permission, row in MAY.items()
        if permission != "registry.meet_trigger"  # done by starting an evaluation, not at the platform
        for thing, names in row.items()
        for query, kinds in FETCHED.items()
        if thing.startswith(kinds) and thing in SEEN[query] and not who(names) <= who(SEEN[query][thing])
    ]
    assert unseen == []


def test_loosened_predicate_is_detected(cast, monkeypatch):
    """Positive control: an operator's staff treated as its head."""
    from zhiping.registry import rules as registry

    world = things(cast)
    monkeypatch.setitem(rules.permissions.permissions, "registry.view_trigger", registry.runs_platform)
    wrong = mismatches(everybody(cast), world)[1]
    assert "registry.view_trigger platform_a staff" in wrong
    assert {entry.split()[0] for entry in wrong} == {"registry.view_trigger"}


def test_a_permission_no_rule_knows_is_not_simply_refused(cast):
    with pytest.raises(LookupError, match="add_plattform"):
        may(cast.officer, "registry.add_plattform")


def queries(world):
    """Return each query with its getter: name → (rows visible to a user or None, one object for a user)."""
    from zhiping.accounts import queries as accounts
    from zhiping.evaluations.queries import evaluation, programme
    from zhiping.evidence import queries as evidence
    from zhiping.experts import queries as expert
    from zhiping.notices import queries as notices
    from zhiping.panels.queries import draw, panel, recusal
    from zhiping.registry import queries as registry
    from zhiping.rubrics import queries as rubrics
    from zhiping.visits import queries as visits

    here = world["evaluation_a"]
    return {
        "accounts": (accounts.visible_to, None),
        "people": (accounts.people, accounts.get_person),
        "organisations": (accounts.organisations, accounts.get_organisation),
        "tokens": (accounts.tokens, accounts.get_token),
        "notices": (notices.visible_to, notices.get_notice),
        "webhooks": (notices.webhooks, notices.get_webhook),
        "rubrics": (rubrics.visible_to, rubrics.get_rubric),
        "platforms": (registry.visible_to, registry.get_platform),
        "operators": (registry.operators, registry.get_operator),
        "triggers": (registry.triggers, registry.get_trigger),
        "programmes": (programme.visible_to, programme.get_programme),
        "trips": (None, programme.get_trip),
        "draws": (draw.visible_to, draw.get_draw),
        "bundles": (visits.bundles, visits.get_bundle),
        "templates": (None, visits.get_authority),
        "experts": (expert.visible_to, expert.get_expert),
        "evaluations": (evaluation.visible_to, evaluation.get_evaluation),
        "evidence": (evidence.visible_to, evidence.get_evidence),
        "uploads": (evidence.uploads, evidence.get_upload),
        "seats": (None, lambda user, key: panel.get_seat(user, key, "panels.ask_recusal")),
        "records": (None, lambda user, key: visits.get_record(user, here, key)),
        "recusals": (lambda user: recusal.recusals(user, here), None),
    }


def rows_of(query, person):
    """Return the keys visible to a user; none where the list itself is refused."""
    try:
        return set(query(person).values_list("pk", flat=True))
    except NotAllowed:
        return set()


def gets(fetch, person, key):
    try:
        return fetch(person, key).pk == key
    except (Http404, NotAllowed):
        return False


def unlike(people, world):
    """Return the number of checks, and the differences from the table."""
    asked, wrong = 0, []
    known = queries(world)
    assert sorted(known) == sorted(SEEN)
    for query, row in SEEN.items():
        listed, fetch = known[query]
        for name, person in people.items():
            keys = rows_of(listed, person) if listed else set()
            for thing, names in row.items():
                seen, key = name in who(names), world[thing].pk
                asked += bool(listed) + bool(fetch)
                if listed and (key in keys) != seen:
                    wrong.append(f"list {query} {thing} {name}")
                if fetch and gets(fetch, person, key) != seen:
                    wrong.append(f"get {query} {thing} {name}")
    return asked, wrong


def test_queries_match_the_table(cast):
    asked, wrong = unlike(everybody(cast), things(cast))
    assert wrong == []
    assert asked > 1_000


def test_outsider_sees_only_public_objects(cast):
    world = things(cast)
    seen = {name for name, (query, _) in queries(world).items() if query and rows_of(query, cast.outsider)}
    assert seen == {"accounts", "rubrics"}
    assert rows_of(queries(world)["accounts"][0], cast.outsider) == {cast.outsider.pk}


def test_query_that_shows_more_is_detected(cast, monkeypatch):
    """Positive control: a region's platforms visible to all users."""
    from zhiping.registry.models import Platform

    world = things(cast)
    module = sys.modules["zhiping.registry.queries"]
    monkeypatch.setattr(module, "visible_to", lambda _: Platform.objects.all())
    monkeypatch.setattr("zhiping.statements._kept", {})  # a statement compiled earlier would still be used
    assert "get platforms platform_b outsider" in unlike(everybody(cast), world)[1]
