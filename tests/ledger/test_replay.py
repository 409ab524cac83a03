"""Rows equal their events folded: every edit of an insider is found and named, no honest history is."""

import random
from functools import partial
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from tests.ledger.histories import WORK, play
from tests.ledger.whole import NEVER, build
from tests.server import insider

from zhiping.domain.lifecycle import MOVES
from zhiping.ledger import verification
from zhiping.ledger.models import RESERVED, Head
from zhiping.ledger.recording import ledger_of, recorded, recording
from zhiping.texts import catalogue

pytestmark = pytest.mark.usefixtures("cast")


@pytest.fixture
def full(cast):
    """Something of every kind."""
    build(cast)
    assert found() == set()
    insider.unguard()


def found():
    """Every problem of every ledger: code, table, row, field."""
    return {place for _, problems in verification.verify_all() for place in places(problems)}


def found_in(*ledgers):
    """Every problem of some ledgers."""
    heads = Head.objects.filter(pk__in=ledgers)
    return {place for head in heads for place in places(verification.verify(head))}


def places(problems):
    for problem in problems:
        data = (problem.data.get(key) for key in ("table", "row", "field"))
        yield (problem.code.removeprefix("ledger."), *data)


def test_every_model_is_recorded_or_has_a_reason():
    for model in apps.get_models():
        how = recording(model)
        assert bool(how.ledger) != bool(how.reason), model
        names = {field.name for field in model._meta.concrete_fields}
        assert names >= {*how.secrets, *how.hashed, *how.unrecorded}, model
        assert all(how.unrecorded.values()), model


def test_model_without_ledger_and_reason_is_refused():
    unknown = type("Unknown", (), {"_meta": SimpleNamespace(label="tests.Unknown")})
    with pytest.raises(LookupError):
        recording(unknown)


def tried(edit, look=found):
    """Return what is found after an edit, which is taken back; None where the database refuses it."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                edit()
            problems = look()
        except IntegrityError:
            problems = None
        transaction.set_rollback(True)
    return problems


def around(model, key, before):
    """Look at the ledger a row was in, and at the one it is in now."""
    now = model._base_manager.filter(pk=key).first()
    return found_in(before, ledger_of(now) if now else before)


def test_every_changed_field_of_every_table_is_found_and_named(full):
    done, missed = set(), set()
    for model, field in insider.edits():
        row = model._base_manager.order_by("pk").first()
        name = f"{model._meta.label}.{field.name}"
        if row is None:
            assert model._meta.db_table in NEVER, name
            continue
        problems = tried(partial(insider.change, row, field), partial(around, model, row.pk, ledger_of(row)))
        place = (model._meta.db_table, str(row.pk))
        wanted = {("row_changed", *place, field.name), ("row_added", *place, None)}  # in another ledger now
        if problems is None:
            assert insider.is_guarded(model, field, row), name
        else:
            (done if wanted & problems else missed).add(name)
    assert missed == set()
    assert len(done) > 150
    assert found() == set()


def test_every_removed_and_every_added_row_of_every_table_is_found_and_named(full):
    for model in recorded():
        row = model._base_manager.order_by("pk").last()
        if row is not None:
            problems = tried(partial(insider.remove, row))
            assert ("row_lost", model._meta.db_table, str(row.pk), None) in problems, model
            problems = tried(partial(insider.add, row))
            if problems is None:
                unique = any(field.unique and not field.primary_key for field in model._meta.fields)
                assert unique or model._meta.constraints, model
            else:
                assert ("row_added", model._meta.db_table) in {problem[:2] for problem in problems}, model


@pytest.mark.parametrize("number", [12, pytest.param(1000, marks=pytest.mark.long)])
def test_random_honest_histories_raise_no_alarm_and_an_edit_of_each_is_found(full, cast, number):
    edits, done = list(insider.edits()), 0
    for seed in range(number):
        chance = random.Random(seed)
        with transaction.atomic():
            done += play(cast, chance, 30)
            if not seed % 3:
                play(cast, chance, 40, WORK)
            assert found() == set(), seed
            while not (control := edited(chance.choice(edits))):
                pass
            assert control & {(code, table) for code, table, *_ in found()}, seed
            transaction.set_rollback(True)
    assert done > 9 * number


def edited(edit):
    """Change a field of the last row of a table; return what must be found, nothing where it is refused."""
    model, field = edit
    row = model._base_manager.order_by("pk").last()
    if row is None or insider.other(field, getattr(row, field.attname)) == getattr(row, field.attname):
        return set()  # nothing to change, or no other row to refer to
    try:
        with transaction.atomic():
            insider.change(row, field)
    except IntegrityError:
        return set()
    return {(code, model._meta.db_table) for code in ("row_changed", "row_added")}


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_recorded_table_field_and_kind_has_a_name(language, cast):
    with catalogue.speaking(language):
        for model in recorded():
            assert catalogue.say(f"replay.tables.{model._meta.db_table}")
            for field in model._meta.concrete_fields:
                if field.name in recording(model).unrecorded:
                    continue
                assert catalogue.say(f"replay.fields.{field.name}")
        kinds = {head.kind for head in Head.objects.all()} | {*RESERVED.values(), *MOVES} - {"sheet"}
        assert all(catalogue.say(f"replay.kinds.{kind}") for kind in kinds)
