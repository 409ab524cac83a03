"""Act: permission, lock and event, for one thing, many things and batches; rows recorded with events."""

import datetime as dt
from uuid import uuid4

import pytest
import rules
from tests.server.cast import NOW

from zhiping import permissions
from zhiping.accounts.models import Organisation, User
from zhiping.domain.errors import AlreadyDone, Conflict, Invalid, NotAllowed, Problem
from zhiping.domain.lifecycle import Move, RubricState
from zhiping.ledger import verification
from zhiping.ledger.act import Act
from zhiping.ledger.batch import Sent
from zhiping.ledger.entry import change_each, facts, plain
from zhiping.ledger.models import Event, Head, Leaf
from zhiping.registry.models import Platform, Site
from zhiping.rubrics.models import Rubric

CHANGE = ("registry.change_platform", "platform.changed")
LATER = NOW + dt.timedelta(days=1)


def change(act, platform, **values):
    with act.record(CHANGE[0], platform, CHANGE[1]) as entry:
        entry.change(platform, **values)


def last(thing):
    return Event.objects.filter(head=thing.pk).order_by("-seq").first()


def sound(thing):
    return verification.verify(Head.objects.get(pk=thing.pk)) == []


def codes(raised):
    return [problem.code for problem in raised.value.problems]


# Permission


def test_act_without_permission_writes_nothing(cast):
    platform, before = cast.platform("a"), Event.objects.count()
    for person in (cast.outsider, cast.staff_b, cast.officer_b):
        with pytest.raises(NotAllowed):
            change(Act(person, NOW), platform, url="别名")
    with pytest.raises(NotAllowed), Act(cast.outsider, NOW).begin("registry.add_platform", "platform", "x"):
        raise AssertionError("the block ran")
    with pytest.raises(NotAllowed), Act(cast.outsider, NOW).move(cast.rubric, "withdraw", reason="过时"):
        raise AssertionError("the block ran")
    with pytest.raises(NotAllowed), Act(cast.officer_b, NOW).record_many(CHANGE[0], [platform], CHANGE[1]):
        raise AssertionError("the block ran")
    with pytest.raises(NotAllowed):
        Act(cast.outsider, NOW).record_batch(*batch_of(platform), judge=accept)
    assert (Event.objects.count(), cast.platform("a").head.size) == (before, 1)


def test_clock_has_only_listed_permissions(cast, anything):
    with Act.clock(NOW).begin(anything, "thing", "thing.begun"):
        pass
    with pytest.raises(NotAllowed):
        change(Act.clock(NOW), cast.platform("a"), url="别名")
    assert "registry.change_platform" not in permissions.clock_permissions()


def test_unknown_permission_is_an_error_of_the_code(cast):
    with pytest.raises(LookupError), Act(cast.officer, NOW).begin("registry.ad_platform", "platform", "x"):
        pass


def test_permission_is_checked_again_under_the_lock(cast, monkeypatch):
    """Positive control: the user loses the role between the first check and the lock."""
    platform, officer = cast.platform("a"), cast.officer_a
    from zhiping.ledger import heads

    grow = heads.grow

    def role_lost(*given):
        officer.held.clear() if isinstance(officer.held, list) else None
        officer.memberships.all().delete()
        officer.__dict__.pop("held", None)
        officer.__dict__.pop("regions", None)
        return grow(*given)

    monkeypatch.setattr(heads, "grow", role_lost)
    with pytest.raises(NotAllowed):
        change(Act(officer, NOW), platform, url="别名")
    assert cast.platform("a").url != "别名"


# One event


def test_begin_uses_the_id_of_the_form_and_locks_related_heads(cast):
    key, platform = uuid4(), cast.platform("a")
    with Act(cast.officer, NOW, key).begin(
        "registry.add_platform", "x", "x.begun", locks=[platform]
    ) as entry:
        entry.data = {"day": dt.date(2026, 5, 20)}
    assert entry.locked == {key, platform.pk}
    assert (last(entry.head).name, last(entry.head).data, entry.head.id) == (
        "x.begun",
        {"day": "2026-05-20"},
        key,
    )
    assert sound(entry.head)


def test_record_stores_changed_rows_user_and_time(cast):
    platform = cast.platform("a")
    change(Act(cast.officer, NOW), platform, channel="online", url="https://a.example")
    event = last(platform)
    row = {"channel": ["both", "online"], "url": ["", "https://a.example"]}
    assert event.data == {"changes": {"registry_platform": {str(platform.pk): row}}}
    assert (event.name, event.by, event.at, event.seq) == ("platform.changed", cast.officer, NOW, 1)
    assert (cast.platform("a").channel, sound(platform)) == ("online", True)


def test_record_of_a_seen_size_is_refused_once_it_has_grown(cast):
    platform = cast.platform("a")
    change(Act(cast.officer, NOW, expect=1), platform, url="甲")
    with pytest.raises(Conflict) as refused:
        change(Act(cast.officer, NOW, expect=1), platform, url="乙")
    assert (codes(refused), cast.platform("a").url) == (["ledger.changed"], "甲")


def test_record_is_not_for_things_with_a_life_cycle(cast):
    with pytest.raises(TypeError), Act(cast.officer, NOW).record("rubrics.withdraw", cast.rubric, "x"):
        pass


def test_block_that_fails_leaves_nothing(cast):
    platform = cast.platform("a")
    with pytest.raises(ZeroDivisionError):  # noqa: PT012, SIM117 - the change comes before the failure
        with Act(cast.officer, NOW).record(CHANGE[0], platform, CHANGE[1]) as entry:
            entry.change(platform, url="新名")
            raise ZeroDivisionError
    assert (cast.platform("a").url, cast.platform("a").head.size) == ("", 1)


# Repeated requests


def submitted(person, key, **content):
    return Act(person, NOW).submitted(key, content)


def test_repeated_record_is_already_done_and_other_content_a_conflict(cast):
    platform, key = cast.platform("a"), uuid4()
    change(submitted(cast.officer, key, name="甲"), platform, url="甲")
    with pytest.raises(AlreadyDone):
        change(submitted(cast.officer, key, name="甲"), platform, url="甲")
    for other in (submitted(cast.officer, key, name="乙"), submitted(cast.officer_a, key, name="甲")):
        with pytest.raises(Conflict) as refused:
            change(other, platform, url="乙")
        assert codes(refused) == ["ledger.id_taken"]
    with pytest.raises(Conflict):
        change(submitted(cast.officer, key, name="甲"), cast.platform("b"), url="甲")
    assert (cast.platform("a").url, cast.platform("a").head.size) == ("甲", 2)


def test_repeated_begin_is_already_done_and_other_content_a_conflict(cast, anything):
    def begin(act, kind="thing"):
        with act.begin(anything, kind, "thing.begun"):
            pass

    key = uuid4()
    begin(submitted(cast.officer, key, name="甲"))
    with pytest.raises(AlreadyDone):
        begin(submitted(cast.officer, key, name="甲"))
    for act in (submitted(cast.officer, key, name="乙"), submitted(cast.lead, key, name="甲")):
        with pytest.raises(Conflict):
            begin(act)
    with pytest.raises(Conflict):
        begin(submitted(cast.officer, key, name="甲"), kind="other")


def test_fingerprint_of_content_is_keyed(cast, settings):
    key, platform = uuid4(), cast.platform("a")
    change(submitted(cast.officer, key, name="甲"), platform, url="甲")
    first = last(platform).sent
    settings.SECRET_KEY = "another"
    assert submitted(cast.officer, key, name="甲").sent != first


# Moves


def test_move_uses_state_event_and_permission_of_the_table(cast):
    rubric = cast.rubric
    with Act(cast.officer, NOW).move(rubric, "withdraw", reason="有新版本"):
        pass
    assert (last(rubric).name, last(rubric).data) == ("rubric.withdrawn", {"reason": "有新版本"})
    assert cast.rubric.head.phase == "withdrawn"
    with pytest.raises(Conflict) as refused, Act(cast.officer, NOW).move(rubric, "withdraw", reason="再"):
        pass
    assert (codes(refused), refused.value.problems[0].data) == (["ledger.not_now"], {"state": "withdrawn"})


def test_move_without_its_reason_is_refused(cast):
    with pytest.raises(Invalid) as refused, Act(cast.officer, NOW).move(cast.rubric, "withdraw", reason=" "):
        pass
    assert (codes(refused), refused.value.problems[0].where) == (["lifecycle.reason_given"], ("reason",))
    assert cast.rubric.head.phase == "published"


def test_move_that_forgets_a_need_writes_nothing(cast):
    with (
        pytest.raises(RuntimeError, match="reason_given"),
        Act(cast.officer, NOW).move(cast.rubric, "withdraw"),
    ):
        pass
    assert (cast.rubric.head.phase, cast.rubric.head.size) == ("published", 1)


ROWS = (
    Move("tests.anything", (RubricState.WITHDRAWN,), RubricState.PUBLISHED, (), "first", ("gone",)),
    Move("tests.anything", (RubricState.PUBLISHED,), RubricState.WITHDRAWN, (), "first", ("here", "there")),
)


def test_move_with_several_rows_checks_the_needs_of_the_state(cast, anything, monkeypatch):
    monkeypatch.setattr("zhiping.domain.lifecycle.MOVES", {"rubric": ROWS})
    asked = []
    needs = {
        code: lambda *given, code=code: asked.append((code, *given)) or code != "there"
        for code in ["here", "there", "gone"]
    }
    rubric = cast.rubric
    with pytest.raises(Conflict) as refused, Act(cast.officer, NOW).move(rubric, "anything") as entry:
        entry.check(needs)
    assert codes(refused) == ["lifecycle.there"]
    assert asked == [("here", rubric, NOW.date()), ("there", rubric, NOW.date())]
    needs["there"] = lambda *_: True
    with Act(cast.officer, NOW).move(rubric, "anything") as entry:
        entry.check(needs)
    assert cast.rubric.head.phase == "withdrawn"
    with Act(cast.officer, NOW).move(rubric, "anything") as entry:
        entry.check(needs)
    assert cast.rubric.head.phase == "published"


def test_move_during_states_of_another_thing(cast, anything, monkeypatch):
    row = Move("tests.anything", (RubricState.PUBLISHED,), None, (), "first", during=("open",))
    monkeypatch.setattr("zhiping.domain.lifecycle.MOVES", {"rubric": (row,)})
    rubric = cast.rubric
    with Act(cast.officer, NOW).begin(anything, "around", "around.begun", phase="open") as around:
        pass
    with Act(cast.officer, NOW).move(rubric, "anything", within=around.head):
        pass
    with Act(cast.officer, NOW).begin(anything, "around", "around.begun", phase="shut") as shut:
        pass
    with (
        pytest.raises(Conflict) as refused,
        Act(cast.officer, NOW).move(rubric, "anything", within=shut.head),
    ):
        pass
    assert (codes(refused), cast.rubric.head.size) == (["ledger.not_now"], 2)
    with pytest.raises(TypeError), Act(cast.officer, NOW).move(rubric, "anything"):
        pass


# Rows


def test_added_row_can_be_rebuilt_from_its_event(cast):
    platform = cast.platform("a")
    with Act(cast.officer, NOW).record("registry.add_site", platform, "site.added", about=platform) as entry:
        entry.add(Site(platform=platform, name="南厅", address="新华街 1 号"))
    site = Site.objects.get(name="南厅")
    recorded = last(platform).data["changes"]["registry_site"][str(site.pk)]
    assert {name: old for name, (old, new) in recorded.items()} == dict.fromkeys(facts(site))
    assert {name: new for name, (old, new) in recorded.items()} == facts(site)
    assert set(recorded) == {field.name for field in Site._meta.concrete_fields}


def test_change_records_the_values_of_the_database_not_of_the_instance(cast):
    platform = cast.platform("a")
    site = Site.objects.create(platform=platform, name="南厅")
    Site.objects.update(name="北厅")
    with Act(cast.officer, NOW).record("registry.change_site", platform, "site.changed") as entry:
        assert entry.change(site, name="东厅") is True
        assert entry.change(site, name="东厅") is False
        entry.change(site, name="西厅")
    assert last(platform).data["changes"]["registry_site"] == {str(site.pk): {"name": ["北厅", "西厅"]}}


def test_removed_row_is_recorded_whole(cast):
    platform = cast.platform("a")
    sites = [Site.objects.create(platform=platform, name=name) for name in ("南厅", "北厅", "东厅")]
    wanted = {str(site.pk): {name: [value, None] for name, value in facts(site).items()} for site in sites}
    with Act(cast.officer, NOW).record("registry.change_site", platform, "site.changed") as entry:
        entry.remove(sites[0])
        entry.remove_all(Site.objects.filter(name__in=("北厅", "东厅")))
    assert last(platform).data["changes"]["registry_site"] == wanted
    assert not Site.objects.exists()


def test_many_rows_are_recorded_with_their_entries(cast):
    platform = cast.platform("a")
    with Act(cast.officer, NOW).record("registry.add_site", platform, "site.added") as entry:
        entry.add_all([Site(platform=platform, name=name) for name in ("南厅", "北厅")])
        assert entry.change_all(Site.objects.all(), address="新华街") == 2
    rows = last(platform).data["changes"]["registry_site"]
    assert {row["name"][1]: row["address"] for row in rows.values()} == {
        "南厅": [None, "新华街"],
        "北厅": [None, "新华街"],
    }
    assert set(Site.objects.values_list("address", flat=True)) == {"新华街"}


def test_taken_names_are_refused_in_words(cast):
    platform = cast.platform("a")
    Site.objects.create(platform=platform, name="南厅")
    act = Act(cast.officer, NOW)
    with pytest.raises(Invalid) as refused, act.record("registry.add_site", platform, "site.added") as entry:
        entry.add(Site(platform=platform, name="南厅"), taken=Problem("registry.site_taken"))
    assert (codes(refused), Site.objects.count()) == (["registry.site_taken"], 1)


def test_secrets_are_recorded_as_fingerprints(cast, anything, monkeypatch):
    monkeypatch.setattr(User, "SECRETS", ("password",), raising=False)
    monkeypatch.setattr(User, "UNRECORDED", ("last_login",), raising=False)
    person = cast.staff
    with Act(cast.officer, NOW).record(anything, person, "user.x") as entry:
        entry.change(person, password="geheim-1")
        entry.change(person, last_login=NOW)
    (row,) = last(person).data["changes"]["accounts_user"].values()
    assert set(row) == {"password"}
    assert all(value.startswith("hmac:") and "geheim" not in value for value in row["password"])
    assert row["password"][1] == facts(person)["password"]


@pytest.mark.parametrize("value", [0.5, object(), [1.5]])
def test_values_without_an_exact_form_are_refused(value):
    with pytest.raises(TypeError):
        plain(value)


# Causes


def caused(act, platform, rubric, *locks):
    with act.move(rubric, "withdraw", reason="有新版本", locks=locks) as entry:
        change(act.caused(entry), platform, url="新名")
    return entry


def test_caused_action_asks_no_second_permission_and_names_its_cause(cast, anything, monkeypatch):
    monkeypatch.setitem(rules.permissions.permissions, "rubrics.withdraw", rules.always_allow)
    platform = cast.platform("b")
    with pytest.raises(NotAllowed):
        change(Act(cast.outsider, NOW), platform, url="新名")
    entry = caused(Act(cast.outsider, NOW), platform, cast.rubric, platform)
    assert last(platform).data["cause"] == str(entry.id)
    assert last(cast.rubric).id == entry.id
    assert (cast.platform("b").url, sound(platform), sound(cast.rubric)) == ("新名", True, True)


def test_caused_action_needs_its_lock_in_the_causing_entry(cast):
    platform = cast.platform("a")
    with pytest.raises(RuntimeError):
        caused(Act(cast.officer, NOW), platform, cast.rubric)
    assert (cast.platform("a").head.size, cast.rubric.head.size) == (1, 1)
    caused(Act(cast.officer, NOW), platform, cast.rubric, Platform.objects.filter(pk=platform.pk))
    assert (cast.platform("a").head.size, cast.rubric.head.size) == (2, 2)


# Many things


def test_record_many_writes_an_event_for_each(cast):
    platforms = list(Platform.objects.select_related("head").order_by("name"))
    with Act(cast.officer, NOW).record_many(CHANGE[0], platforms, CHANGE[1]) as entries:
        change_each(
            (entry, entry.subject, {"url": f"https://{entry.subject.region_id}.example"}) for entry in entries
        )
    for platform in platforms:
        url = f"https://{platform.region_id}.example"
        assert last(platform).data["changes"]["registry_platform"][str(platform.pk)] == {"url": ["", url]}
        assert (platform.head.size, sound(platform)) == (2, True)
    assert set(Platform.objects.values_list("url", flat=True)) == {
        "https://150102.example",
        "https://150203.example",
    }


def test_record_many_is_refused_where_one_has_changed_since(cast):
    platforms = list(Platform.objects.select_related("head"))
    change(Act(cast.officer, NOW), cast.platform("a"), url="新名")
    with (
        pytest.raises(Conflict) as refused,
        Act(cast.officer, NOW).record_many(CHANGE[0], platforms, CHANGE[1]),
    ):
        pass
    assert (codes(refused), cast.platform("b").head.size) == (["ledger.changed"], 1)


def test_begin_many_and_move_many(cast, anything):
    with Act(cast.officer, NOW).begin_many(
        anything, "rubric", "rubric.published", 2, phase="published"
    ) as entries:
        for entry in entries:
            entry.data = {"number": entry.seq}
    assert [entry.head.size for entry in entries] == [1, 1]
    heads = [entry.head for entry in entries]
    with Act(cast.officer, NOW).move_many(heads, "withdraw") as moved:
        for entry in moved:
            entry.take_reason("过时")
    assert [(h.phase, h.size) for h in Head.objects.filter(pk__in=[h.pk for h in heads])] == [
        ("withdrawn", 2)
    ] * 2
    assert all(sound(head) for head in heads)
    with pytest.raises(RuntimeError), Act(cast.officer, NOW).move_many(heads, "restore") as back:
        back[0].move = ROWS[0]


# Batches


def batch_of(platform, *sent):
    return CHANGE[0], platform, CHANGE[1], sent


def accept(one):
    return one.data


def refuse_odd(one):
    if one.data["n"] % 2:
        raise Invalid.of("ledger.not_now", state="odd")
    return one.data


def outcomes(answers):
    return ["done" if a.already_done else codes_of(a.refused) if a.refused else "recorded" for a in answers]


def codes_of(refused):
    return refused.problems[0].code


def test_batch_judges_each_event_alone(cast):
    platform, stored = cast.platform("a"), []
    sent = [Sent(uuid4(), {"n": n}, at=LATER) for n in range(4)]
    answers = Act(cast.officer, NOW).record_batch(
        *batch_of(platform, *sent), judge=refuse_odd, store=stored.extend
    )
    assert outcomes(answers) == ["recorded", "ledger.not_now", "recorded", "ledger.not_now"]
    assert [answer.id for answer in answers] == [one.id for one in sent]
    assert [(entry.id, entry.seq) for entry in stored] == [(sent[0].id, 1), (sent[2].id, 2)]
    events = Event.objects.filter(head=platform.pk, seq__gt=0).order_by("seq")
    assert [event.data for event in events] == [
        {"n": n, "device_time": "2026-05-21T01:00:00+00:00"} for n in (0, 2)
    ]
    assert {event.at for event in events} == {NOW}
    assert (cast.platform("a").head.size, sound(platform)) == (3, True)


def test_batch_recognises_repeated_events(cast):
    platform, one = cast.platform("a"), Sent(uuid4(), {"n": 0})
    other = Sent(one.id, {"n": 2})
    first = Act(cast.officer, NOW).record_batch(*batch_of(platform, one, one, other), judge=accept)
    assert outcomes(first) == ["recorded", "done", "ledger.id_taken"]
    again = Act(cast.officer, LATER).record_batch(
        *batch_of(platform, other, one, Sent(uuid4(), {"n": 4})), judge=accept
    )
    assert outcomes(again) == ["ledger.id_taken", "done", "recorded"]
    stranger = Act(cast.officer_a, LATER).record_batch(*batch_of(platform, one), judge=accept)
    assert outcomes(stranger) == ["ledger.id_taken"]
    replaced = Sent(one.id, {"n": 0}, replaces=uuid4())
    assert outcomes(Act(cast.officer, LATER).record_batch(*batch_of(platform, replaced), judge=accept)) == [
        "ledger.id_taken"
    ]
    assert (cast.platform("a").head.size, sound(platform)) == (3, True)


def test_closed_ledger_accepts_only_repeated_events(cast, anything, monkeypatch):
    row = Move("tests.anything", (RubricState.PUBLISHED,), None, (), "rubric.x")
    moves = {
        "rubric": (
            row,
            Move("tests.shut", (RubricState.PUBLISHED,), RubricState.WITHDRAWN, (), "rubric.shut"),
        )
    }
    monkeypatch.setattr("zhiping.domain.lifecycle.MOVES", moves)
    rules.add_perm("tests.shut", rules.always_allow)
    rubric, one = cast.rubric, Sent(uuid4(), {"n": 0})
    assert outcomes(Act(cast.lead, NOW).move_batch(rubric, "anything", [one], judge=accept)) == ["recorded"]
    with Act(cast.lead, NOW).move(rubric, "shut"):
        pass
    late = Sent(uuid4(), {"n": 2})
    answers = Act(cast.lead, NOW).move_batch(rubric, "anything", [late, one], judge=accept)
    assert outcomes(answers) == ["ledger.not_now", "done"]
    assert Rubric.objects.get().head.size == 3
    rules.remove_perm("tests.shut")


def test_batch_whose_rows_fail_leaves_no_event(cast):
    def fail(entries):
        raise RuntimeError("disk")

    platform = cast.platform("a")
    with pytest.raises(RuntimeError):
        Act(cast.officer, NOW).record_batch(*batch_of(platform, Sent(uuid4(), {})), judge=accept, store=fail)
    assert (cast.platform("a").head.size, Organisation.objects.count()) == (1, 5)


def counts():
    return [model.objects.count() for model in (Head, Event, Leaf)]


def test_move_many_is_refused_where_one_is_in_another_state(cast, anything):
    with Act(cast.officer, NOW).begin_many(
        anything, "rubric", "rubric.published", 2, phase="published"
    ) as entries:
        pass
    heads = [entry.head for entry in entries]
    with Act(cast.officer, NOW).move(heads[0], "withdraw", reason="过时"):
        pass
    heads = list(Head.objects.filter(pk__in=[head.pk for head in heads]))
    before = counts()
    with pytest.raises(Conflict), Act(cast.officer, NOW).move_many(heads, "withdraw"):
        raise AssertionError("the block ran")
    assert counts() == before


def test_many_leave_nothing_where_the_block_fails(cast, anything):
    before = counts()
    with (
        pytest.raises(ZeroDivisionError),
        Act(cast.officer, NOW).begin_many(anything, "thing", "thing.added", 2),
    ):
        _ = 1 / 0
    platforms = list(Platform.objects.select_related("head"))
    with (
        pytest.raises(ZeroDivisionError),
        Act(cast.officer, NOW).record_many(CHANGE[0], platforms, CHANGE[1]),
    ):
        _ = 1 / 0
    assert counts() == before
    assert [p.head.size for p in Platform.objects.select_related("head")] == [1, 1]


@pytest.mark.parametrize("count", [0, 1, 30])
def test_statements_of_many_do_not_grow_with_their_number(anything, db, count, django_assert_num_queries):
    with (
        django_assert_num_queries(5 if count else 2),  # savepoint, heads, events, leaves, release
        Act.clock(NOW).begin_many(anything, "thing", "thing.added", count),
    ):
        pass
