"""Compiled statements: cache, parameters of each execution, refusals."""

from functools import partial

import pytest
from django.db.models import CharField, UUIDField
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhiping.accounts.models import Membership, Organisation, User
from zhiping.statements import Given, Statement, kept, key_of, rows_of

NAMED = Statement(
    lambda: Organisation.objects.filter(name__icontains=Given("text", CharField())).order_by("name")
)
HELD = Statement(
    lambda: Membership.objects.filter(user=Given("user", UUIDField())).select_related("organisation__region")
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="甲乙市一质量%_\\'\"aA局", max_size=3))
def test_given_text_is_looked_for_as_django_looks_for_it(cast, text):
    wanted = Organisation.objects.filter(name__icontains=text).order_by("name")
    assert NAMED.things(text=text) == list(wanted)


def test_models_have_their_selected_relations(cast, django_assert_num_queries):
    user = cast.head
    with django_assert_num_queries(1):
        (held,) = HELD.things(user=user.pk)
        assert held.organisation.region.code == "150102"
    assert held == Membership.objects.get(user=user)
    assert HELD.things(user=cast.outsider.pk) == []


def of_user(user):
    return Membership.objects.filter(user=user).values_list("organisation__name")


def test_rows_are_those_of_the_arguments(cast):
    for name in ("officer", "head", "outsider", "officer"):
        user = getattr(cast, name)
        assert rows_of(partial(of_user, user)) == list(of_user(user))


def test_key_changes_with_a_role(cast):
    user = cast.head
    before = key_of(partial(of_user, user))
    Membership.objects.filter(user=user).update(role="operator")
    assert key_of(partial(of_user, User.objects.get(pk=user.pk))) != before


def test_key_of_a_model_has_all_its_columns(cast):
    organisation = cast.organisation("a1")
    before = key_of(organisation)
    organisation.contact = "另一人"
    assert key_of(organisation) != before


def test_function_with_variables_of_its_own_has_no_key():
    hidden = "甲"
    with pytest.raises(TypeError, match="variables of its own"):
        key_of(lambda: hidden)


def test_statement_that_depends_on_another_result_is_not_kept(cast):
    def build():
        return Organisation.objects.filter(pk=Organisation.objects.order_by("name").first().pk)

    with pytest.raises(RuntimeError, match="depends on another"):
        kept("a test", build)


class Emptied(dict):
    """A cache that another thread empties right after each write."""

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.clear()


def test_statement_is_returned_though_another_thread_empties_the_cache(cast, monkeypatch):
    monkeypatch.setattr("zhiping.statements._kept", Emptied())
    assert rows_of(partial(of_user, cast.head)) == [("甲一质量服务中心",)]


def test_filters_are_drawn_though_another_thread_empties_the_cache(cast, client_for, monkeypatch):
    monkeypatch.setattr("zhiping.web.listing._drawn", Emptied())
    assert 'name="q"' in client_for(cast.officer).get("/platforms/").content.decode()
