"""China's working days, from the published holiday arrangements that chinesecalendar carries."""

import datetime as dt


def china(day: dt.date) -> bool | None:
    """Return whether a day is worked in China; None before and beyond the published years."""
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None
