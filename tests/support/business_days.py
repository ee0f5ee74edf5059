"""Days of business by hand: the holidays as the law names them, Easter by Gauss's reckoning."""

from datetime import date, timedelta

DAY = timedelta(days=1)
HOLIDAYS = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25))


def easter(year: int) -> date:
    """Gauss's reckoning, for the Gregorian calendar of this century."""
    a, b, c = year % 19, year % 4, year % 7
    d = (19 * a + 24) % 30
    e = (2 * b + 4 * c + 6 * d + 5) % 7
    day = date(year, 3, 22) + timedelta(days=d + e)
    return day - 7 * DAY if day.month == 4 and day.day > 25 else day


def works(day: date) -> bool:
    """Whether the law counts the day as one of business."""
    good_friday = easter(day.year) - 2 * DAY
    return day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS and day != good_friday
