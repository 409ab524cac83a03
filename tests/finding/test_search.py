"""The search: substring truth on each database, only what a person may see, in step with the ledgers."""

import random
import unicodedata
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.access.world import things
from tests.archive.archiving import archived
from tests.server.cast import NOW, PEOPLE

from zhiping.finding import actions, queries, statements
from zhiping.finding.models import Entry, Indexed
from zhiping.ledger.act import Act
from zhiping.registry import actions as registry
from zhiping.registry.models import Platform
from zhiping.web.searching import Words

CLOCK = Act.clock(NOW)
LETTERS = "质量服务平台一Ａaé\u0301ßﬁ①%_'\"\\*^()-: AND"
READ = ("result", "report", "record")
TEXT = st.text(alphabet=LETTERS, max_size=12)


def index(act=CLOCK):
    return actions.index_changed(act)


def compared(text):
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def truth(texts, query):
    """Return which texts contain all words of a query, by Python alone."""
    words = compared(query).split()
    return {key for key, text in texts.items() if words and all(word in compared(text) for word in words)}


def found(user, query, **filters):
    """Return the keys of the things found."""
    results = queries.search(user, query, **filters)
    known = dict(Entry.objects.filter(pk__in=results.keys).values_list("pk", "key"))
    return [known[key] for key in results.keys]


@st.composite
def cases(draw):
    """Some texts, and queries of which most are parts of them."""
    texts = draw(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8))
    rng = random.Random(draw(st.integers(0, 2**32)))

    def part():
        text = "\n".join(rng.choice(texts))
        first = rng.randrange(len(text) + 1)
        return text[first : first + rng.randrange(1, 5)]

    asked = [" ".join(part() for _ in range(rng.randrange(1, 3))) for _ in range(5)]
    return texts, [*asked, draw(TEXT)]


def check(user, platforms, case):
    """Compare the search with the truth; what was indexed is rolled back."""
    texts, asked = case
    given_ = dict(zip(platforms, texts, strict=False))
    with transaction.atomic():
        words = [Words(key, key, title, body) for key, (title, body) in given_.items()]
        actions._add(0, queries.SEARCHED[0], words)
        expected = {key: f"{title}\n{body}" for key, (title, body) in given_.items()}
        for query in asked:
            assert set(found(user, query)) == truth(expected, query), query
        transaction.set_rollback(True)


@pytest.fixture
def platforms(cast):
    """The ids of the platforms of operator A1, with an empty index."""
    owner = cast.organisation("a1")
    facts = {"operator": owner, "region": owner.region, "channel": "both"}
    for number in range(6):
        registry.add_platform(Act(cast.officer, NOW), name=f"平台{number}", **facts)
    return list(Platform.objects.filter(operator=owner).values_list("pk", flat=True))


def prove(user, platforms, examples):
    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(cases())
    def holds(case):
        check(user, platforms, case)

    holds()


@pytest.mark.parametrize("name", ["officer", "staff"])  # who sees a province, who sees little
def test_search_is_substring_truth(cast, platforms, name):
    prove(getattr(cast, name), platforms, 100)


def test_an_index_that_forgets_the_last_character_is_detected(cast, platforms, monkeypatch):
    """Positive control."""
    whole = actions.grams
    monkeypatch.setattr(actions, "grams", lambda text: whole(text[:-1]))
    with pytest.raises(AssertionError):
        prove(cast.officer, platforms, 100)


@pytest.mark.long
@pytest.mark.parametrize("name", ["officer", "staff"])
def test_search_is_substring_truth_at_length(cast, platforms, name):
    prove(getattr(cast, name), platforms, 3000)


# --- in step with the ledgers ------------------------------------------------


def test_what_is_recorded_is_found_after_the_next_run(cast):
    index()
    owner = cast.organisation("a1")
    made = registry.add_platform(
        Act(cast.officer, NOW), name="奇石平台", operator=owner, region=owner.region, channel="both"
    )
    assert found(cast.officer, "奇石") == []
    assert index() == 1
    assert found(cast.officer, "奇石") == [made.pk]
    assert index() == 0


def test_a_change_replaces_the_old_words(cast):
    index()
    platform = cast.platform("a")
    facts = {name: getattr(platform, name) for name in ("name", "channel", "url", "service_start")}
    registry.change_platform(Act(cast.officer, NOW), platform, **facts | {"name": "改名平台"})
    index()
    assert found(cast.officer, "改名") == [platform.pk]
    assert found(cast.officer, "甲区一站式") == []


def test_things_named_after_another_follow_its_change(cast):
    world = things(cast)
    index()
    platform = world["platform_a"]
    evaluation = found(cast.officer, "甲区一站式 2026", kind="evaluation")
    platform.refresh_from_db()
    facts = {name: getattr(platform, name) for name in ("name", "channel", "url", "service_start")}
    registry.change_platform(Act(cast.officer, NOW), cast.platform("a"), **facts | {"name": "改名平台"})
    index()
    assert set(found(cast.officer, "改名平台 2026", kind="evaluation")) == set(evaluation)


def test_a_run_that_is_killed_leaves_its_work_to_the_next(cast, monkeypatch):
    things(cast)
    add, calls = actions._add, []

    def killed(*args):
        if len(calls) == 3:
            raise KeyboardInterrupt
        calls.append(args)
        add(*args)

    monkeypatch.setattr(actions, "_add", killed)
    with pytest.raises(KeyboardInterrupt):
        index()
    monkeypatch.setattr(actions, "_add", add)
    index()
    rows = sorted(Entry.objects.values_list("kind", "key"))
    actions.rebuild(CLOCK)
    assert sorted(Entry.objects.values_list("kind", "key")) == rows


def test_another_version_of_the_texts_makes_the_index_again(cast):
    count = index()
    Indexed.objects.update(version=0)
    assert index() == count


# --- who sees what -----------------------------------------------------------


def test_everything_found_can_be_opened(cast, client_for):
    """T7: no result leads to a page the person may not open."""
    things(cast)
    index()
    opened = 0
    for name in PEOPLE:
        person = getattr(cast, name)
        results = queries.search(person, "一")
        client = client_for(person)
        for hit in queries.hits(results, results.keys):
            assert client.get(hit.url).status_code == 200, (name, hit)
            opened += 1
    assert opened > 20


def test_results_reports_and_records_are_found_by_all_who_may_open_them(cast, client_for):
    """T7: neither more nor less than the pages themselves allow."""
    archived(cast)
    index()
    links = {(e.kind, queries.BY_KIND[e.kind].link(e.ledger)) for e in Entry.objects.filter(kind__in=READ)}
    assert {kind for kind, _ in links} == set(READ)
    for name in PEOPLE:
        person = getattr(cast, name)
        client, results = client_for(person), queries.search(person, "平台")
        seen = {(hit.kind, hit.url) for hit in queries.hits(results, results.keys)} & links
        assert seen == {link for link in links if client.get(link[1]).status_code == 200}, name


def test_what_one_may_not_see_changes_nothing_of_the_page(cast, client_for):
    """T7: the page is the same with and without a thing hidden from the person, to the last count."""
    index()
    before = _pages(cast, client_for)
    owner = cast.organisation("b1")
    registry.add_platform(
        Act(cast.officer_b, NOW), name="平台藏", operator=owner, region=owner.region, channel="both"
    )
    index()
    after = _pages(cast, client_for)
    changed = {name for name in PEOPLE if after[name] != before[name]}
    assert changed == {"officer", "officer_b", "staff_b"}


def _pages(cast, client_for):
    pages = {}
    for name in PEOPLE:
        client = client_for(getattr(cast, name))
        answers = [client.get("/search/", {"q": q}).content.decode() for q in ("平台", "藏", "台藏 平")]
        pages[name] = [answer[answer.index("<main") :] for answer in answers]
    return pages


# --- the page ----------------------------------------------------------------


def test_text_of_a_thing_is_never_markup(cast, client_for):
    owner = cast.organisation("a1")
    registry.add_platform(
        Act(cast.officer, NOW),
        name="<script>平台</script>",
        operator=owner,
        region=owner.region,
        channel="both",
    )
    index()
    page = client_for(cast.officer).get("/search/", {"q": "script"}).content.decode()
    assert "&lt;<mark>script</mark>&gt;平台&lt;/<mark>script</mark>&gt;" in page
    assert "<script>平台" not in page


def test_results_are_filtered_and_paged(cast, client_for):
    owner = cast.organisation("a1")
    for number in range(25):
        registry.add_platform(
            Act(cast.officer, NOW),
            name=f"分页{number:02d}",
            operator=owner,
            region=owner.region,
            channel="both",
        )
    index()
    client = client_for(cast.officer)
    page = client.get("/search/", {"q": "分页", "kind": "platform", "page": 2})
    assert page.context["page"].paginator.count == 25
    assert len(page.context["hits"]) == 5
    assert client.get("/search/", {"q": "分页", "kind": "expert"}).context["hits"] == []
    assert client.get("/search/", {"q": "分页", "year": 2026}).context["hits"] == []


def test_an_empty_query_asks_nothing(cast, client_for):
    page = client_for(cast.officer).get("/search/", {"q": " 　"})
    assert page.status_code == 200
    assert page.context["hits"] == []


def test_results_beyond_the_most_are_reported_as_more(cast, platforms, monkeypatch):
    monkeypatch.setattr(queries, "MOST", 3)
    index()
    results = queries.search(cast.officer, "平台", kind="platform")
    assert (len(results.keys), results.more) == (3, True)


def test_index_of_the_database_is_used(cast, platforms):
    index()
    explain = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}[connection.vendor]
    shape = statements.Shape(queries.SEARCHED[:1], year=False, words=0)
    statement = statements.seen_of(cast.officer, shape, Entry.objects.all())
    asked = replace(statement, sql=explain + statement.sql)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = str(asked.rows({"grams": "5e73x53f0", "most": 10}))
    assert ("finding_text_grams" if connection.vendor == "postgresql" else "VIRTUAL TABLE INDEX") in plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


def test_a_search_needs_the_same_statements_at_any_size(cast, client_for):
    """Session, person with roles, unread notices; the search, and the texts of the page."""
    assert [_statements(cast, client_for, more) for more in (1, 30)] == [6, 6]


def _statements(cast, client_for, more):
    owner = cast.organisation("a1")
    facts = {"operator": owner, "region": owner.region, "channel": "both"}
    for number in range(more):
        registry.add_platform(Act(cast.officer, NOW), name=f"统计{more}-{number}", **facts)
    index()
    client = client_for(cast.officer)
    client.get("/search/", {"q": "统计"})
    with CaptureQueriesContext(connection) as caught:
        assert client.get("/search/", {"q": "统计"}).status_code == 200
    return len(caught)
