"""What templates write."""

import datetime as dt
import re
from types import SimpleNamespace
from uuid import UUID

from django.template import Context, Template
from django.urls import reverse

from zhiping.domain import lifecycle
from zhiping.web.tables import Heading
from zhiping.web.templatetags.web import days
from zhiping.web.tones import TONES

THING = SimpleNamespace(pk=UUID(int=1), head=SimpleNamespace(size=4))


def written(text, **context):
    """A template as HTML, without the space between its tags."""
    html = Template(text).render(Context(context))
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", html)).strip()


def test_a_single_day_is_written_once():
    first, last = dt.date(2026, 5, 1), dt.date(2026, 5, 3)
    assert (days(first, first), days(first, last)) == ("2026-05-01", "2026-05-01 – 2026-05-03")


def test_every_state_of_a_life_cycle_has_a_tone():
    states = {
        str(state)
        for rows in lifecycle.MOVES.values()
        for row in rows
        for state in (*row.sources, row.to)
        if state
    }
    assert states - {*TONES} == set()


def test_state_is_a_badge_in_its_tone():
    html = written('{% state "rubrics.standings" "withdrawn" %}')
    assert html == '<span class="badge tone-secondary">已停用</span>'


def test_action_button_sends_key_version_and_values():
    html = written(
        '{% action_button "rubrics:restore" thing label=label about="Zhao" seat=3 %}',
        thing=THING, label="Do <it>", csrf_token="T",
    )  # fmt: skip
    key = re.search(r'name="key" value="([0-9a-f-]{36})"', html)[1]
    button = 'Do &lt;it&gt;<span class="visually-hidden"> Zhao</span>'
    assert html == (
        f'<form method="post" action="{reverse("rubrics:restore", args=[THING.pk])}">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="T">'
        f'<input type="hidden" name="key" value="{key}"><input type="hidden" name="seen" value="4">'
        '<input type="hidden" name="seat" value="3">'
        f'<button class="btn btn-outline-primary">{button}</button></form>'
    )


def test_each_action_button_has_a_key_of_its_own():
    html = written('{% action_button "/a" label="1" %}{% action_button "/a" label="1" %}')
    assert len(set(re.findall(r'name="key" value="([^"]+)"', html))) == 2
    assert 'name="seen"' not in html


def test_action_button_that_asks_first_is_folded_away():
    html = written('{% action_button "/a" label="Remove" confirm="For good." look="danger" htmx=True %}')
    start = '<details><summary>Remove</summary><form method="post" action="/a" hx-post="/a">'
    end = '<p class="mt-2">For good.</p><button class="btn btn-danger">Remove</button></form></details>'
    assert (html[: len(start)], html[-len(end) :]) == (start, end)


ROWS = """{% for name, n in rows %}{% row %}{% cell %}{{ name }}{% endcell %}
{% cell css="tick" %}{{ n }}{% endcell %}{% endrow %}{% endfor %}{% endtable %}"""
HEAD = '{% table "rubrics.list.columns" "title rubrics.list.title:numeric" caption="C" %}'


def test_table_labels_each_cell_by_its_column():
    html = written(HEAD + ROWS, rows=[("<甲>", 1), ("a name of some length", "")])
    assert html == (
        '<div class="table-frame as-cards"><table class="table" role="table">'
        '<caption class="visually-hidden">C</caption>'
        '<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader" > 名称 </th>'
        '<th scope="col" role="columnheader" class="numeric" > 评价表 </th></tr></thead>'
        '<tbody role="rowgroup">'
        '<tr role="row"><td role="cell" data-label="名称" class="first short">&lt;甲&gt;</td>'
        '<td role="cell" data-label="评价表" class="numeric short tick">1</td></tr>'
        '<tr role="row"><td role="cell" data-label="名称" class="first">a name of some length</td>'
        '<td role="cell" data-label="评价表" class="numeric empty tick"></td></tr>'
        "</tbody></table></div>"
    )


def test_table_uses_headings_made_by_a_view():
    columns = [Heading("甲", "?sort=a", "asc"), Heading("乙", hidden=True)]
    html = written('{% table columns labelledby="h" choose="ids" %}{% endtable %}', columns=columns)
    assert 'aria-labelledby="h"' in html
    assert 'aria-sort="ascending"' in html
    assert '<a href="?sort=a">甲<span class="sort" aria-hidden="true"></span></a>' in html
    assert '<span class="visually-hidden">乙</span>' in html
    assert html.count('data-select-all="ids"') == 1


def test_table_in_a_cell_counts_its_own_columns():
    inner = '{% table "desk.columns" "region" %}{% row %}{% cell %}x{% endcell %}{% endrow %}{% endtable %}'
    outer = '{% table "desk.columns" "region overdue" %}{% row %}{% cell %}' + inner + "{% endcell %}"
    html = written(outer + "{% cell %}y{% endcell %}{% endrow %}{% endtable %}")
    labels = re.findall(r'data-label="([^"]*)" class="[^"]*short', html)
    assert len(labels) == 2
    assert labels[0] != labels[1]
