"""The agenda's rules: weeks, times in a row, what lacks; what a result sends and keeps."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.console.rules import agenda, interviews

ZONE = ZoneInfo("America/Sao_Paulo")
TODAY = date(2026, 11, 27)


def entry(at: datetime, doctor: str = "mara") -> agenda.Entry:
    return agenda.Entry(doctor, at, 30, "free")


def test_a_week_begins_on_monday_whatever_day_the_address_names() -> None:
    for day in ("2026-11-23", "2026-11-25", "2026-11-29"):
        assert agenda.place_of(day, "", TODAY).first == date(2026, 11, 23)
    assert agenda.place_of("", "", TODAY).first == date(2026, 11, 23)


@pytest.mark.parametrize("week", ["x", "2026-02-30", "1999-12-31", "2200-01-01", "9999-12-31"])
def test_what_names_no_week_is_this_one(week: str) -> None:
    assert agenda.place_of(week, "mara", TODAY) == agenda.Place(date(2026, 11, 23), "mara")


def test_a_week_is_from_local_midnight_to_local_midnight() -> None:
    since, until = agenda.place_of("", "", TODAY).bounds(ZONE)
    assert since == datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert until == datetime(2026, 11, 30, 3, tzinfo=UTC)


def test_21_49_stands_on_its_local_day_and_hour() -> None:
    place = agenda.place_of("", "", TODAY)
    [line] = agenda.calendar([entry(datetime(2026, 11, 30, 0, 49, tzinfo=UTC))], place, ZONE)
    assert line.hour == "21:49"
    assert [len(cell) for cell in line.cells] == [0, 0, 0, 0, 0, 0, 1]


def test_two_doctors_at_one_hour_stand_in_one_cell_by_name() -> None:
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    place = agenda.place_of("", "", TODAY)
    [line] = agenda.calendar([entry(at, "milo"), entry(at)], place, ZONE)
    assert [one.doctor for one in line.cells[1]] == ["mara", "milo"]


TYPED = {"doctor": "mara", "day": "2026-12-01", "start": "20:00", "end": "22:10", "minutes": "60"}


def test_times_in_a_row_end_before_the_end() -> None:
    times, wrong = agenda.times(TYPED, ZONE)
    assert wrong == {}
    first, second = (datetime(2026, 12, day, hour, tzinfo=UTC) for day, hour in ((1, 23), (2, 0)))
    assert times == [first, second]


def test_too_many_times_at_once_are_told_to_be() -> None:
    typed = TYPED | {"start": "00:00", "end": "23:59", "minutes": "10"}
    assert agenda.times(typed, ZONE)[1] == {"minutes": "São mais de 60 horários de uma vez."}


def test_every_blank_is_told_at_its_field() -> None:
    assert set(agenda.times({}, ZONE)[1]) == {"doctor", "day", "start", "end", "minutes"}


def test_a_time_helps_only_before_the_term_ends() -> None:
    soon, late = (datetime(2026, 12, day, tzinfo=UTC) for day in (1, 9))
    assert agenda.timeless(None, late)
    assert agenda.timeless(late, soon)
    assert not agenda.timeless(soon, late)
    assert not agenda.timeless(soon, None)


def test_an_interview_whose_hour_came_is_to_be_confirmed() -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC)
    assert agenda.state_of("scheduled", at, at) == "to_confirm"
    assert agenda.state_of("scheduled", at, at.replace(year=2025)) == "scheduled"
    assert agenda.state_of("concluded", at, at) == "concluded"
    assert agenda.state_of("cancelled", at, at) == "taken"


def test_what_is_asked_follows_what_was_declared() -> None:
    known, unknown = interviews.script([("Q10", "Diabetes"), ("Q99", "Outra")])
    assert known.asks[: len(interviews.EACH)] == unknown.asks == interviews.EACH
    assert "Qual o tipo, e usa insulina?" in known.asks


def test_a_result_sends_what_was_filled_in_and_keeps_nothing_else() -> None:
    typed = {"version": "3", "text": " Dito. ", "cid.Q10": "E11.9; e10", "how": "presencial"}
    sent = interviews.body_of(typed | {"sure": "sim"})
    assert sent == {
        "version": "3",
        "text": "Dito.",
        "signed": True,
        "in_person": True,
        "cids": [{"question_id": "Q10", "cid": "E11.9"}, {"question_id": "Q10", "cid": "e10"}],
    }
    assert set(interviews.kept_of(typed | {"sure": "sim", "find": "x"})) == {
        "text",
        "cid.Q10",
        "how",
    }


def test_only_an_address_of_the_web_becomes_a_link() -> None:
    assert interviews.is_web("https://video.test/host")
    for address in (None, "", "javascript:alert(1)", "//x", "data:text/html,x"):
        assert not interviews.is_web(address)
