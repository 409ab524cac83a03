"""What templates write."""

import datetime as dt

from zhiping.web.templatetags.web import days


def test_a_single_day_is_written_once():
    first, last = dt.date(2026, 5, 1), dt.date(2026, 5, 3)
    assert (days(first, first), days(first, last)) == ("2026-05-01", "2026-05-01 – 2026-05-03")
