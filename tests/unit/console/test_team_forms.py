"""Forms of the administration: what stands there comes back as it was, and nonsense is told."""

from typing import Any

import pytest

from contracts.permissions import ROLES
from contracts.worklist.team import ColleagueIn, HoursIn, HoursView, QueueIn, QueueView
from services.console.rules import team_forms
from services.console.rules.permissions import PERMISSIONS, SKILLS, reach
from services.console.rules.team_forms import Unreadable
from services.console.rules.words import QUEUES

STAMP: dict[str, Any] = {"name": "x", "version": 3, "made_by": "s", "made_at": "2027-03-01T12:00Z"}
OFFICE = [{"start": 480, "end": 720}, {"start": 780, "end": 1080}]
HOURS = STAMP | {
    "zone": "America/Sao_Paulo",
    "state": "PR",
    "week": [OFFICE, OFFICE, [], [{"start": 0, "end": 1440}], OFFICE, [], []],
    "holidays": [{"day": "2027-09-08", "title": "Padroeira, de Curitiba"}],
}


def test_hours_come_back_from_their_form_as_they_were() -> None:
    view = HoursView.model_validate(HOURS)
    values = team_forms.hours_values(view)
    assert values["day-0"] == ["08:00-12:00, 13:00-18:00"]
    assert values["holidays"] == ["08/09/2027 Padroeira, de Curitiba"]
    again = HoursIn.model_validate(team_forms.hours_body(values) | {"version": 3})
    assert again == HoursIn.model_validate(view.model_dump())


def test_a_queue_comes_back_from_its_form_as_it_was() -> None:
    ladder = [
        {"anchor": "claimed", "minutes": 120, "acts": ["tell_owner"]},
        {"anchor": "due", "minutes": 0, "acts": ["raise", "tell_supervisor"]},
    ]
    queue = {"title": "Análise", "minutes": 540, "hours": "usual", "supervisors": ["sonia"]}
    view = QueueView.model_validate(STAMP | queue | {"ladder": ladder})
    body = team_forms.queue_body(team_forms.queue_values(view)) | {"version": 3}
    assert QueueIn.model_validate(body) == QueueIn.model_validate(view.model_dump())


def test_a_step_whose_minutes_were_blanked_is_gone() -> None:
    values = {"step-0-minutes": [" "], "step-0-acts": ["raise"], "step-3-minutes": ["5"]}
    assert [step["minutes"] for step in team_forms.queue_body(values)["ladder"]] == ["5"]


@pytest.mark.parametrize(
    "text", ["8-12", "08:00", "12:00-08:00", "08:00-12:99", "08:00-25:00", "08:00-12:00 e fim"]
)
def test_a_day_that_is_no_shift_is_told(text: str) -> None:
    with pytest.raises(Unreadable) as told:
        team_forms.hours_body({"day-2": [text]})
    assert list(told.value.errors) == ["day-2"]


@pytest.mark.parametrize("text", ["8:00 às 12:00 e 13:00 às 18:00", "08:00-12:00;13:00–18:00"])
def test_shifts_are_read_as_people_write_them(text: str) -> None:
    assert team_forms.hours_body({"day-0": [text]})["week"][0] == OFFICE


@pytest.mark.parametrize("line", ["25/01", "31/02/2027 Nada", "25/01/2027", "2027-01-25 Dia"])
def test_a_line_that_is_no_holiday_is_told(line: str) -> None:
    with pytest.raises(Unreadable) as told:
        team_forms.hours_body({"holidays": [f"01/02/2027 Bom\n{line}\n"]})
    assert list(told.value.errors) == ["holidays"]


def test_all_queues_are_none_written_down() -> None:
    values = {"name": ["Ana"], "capacity": ["5"], "every": ["sim"], "queues": ["ds.audit"]}
    body = team_forms.colleague_body(values) | {"version": 0}
    assert ColleagueIn.model_validate(body).queues is None
    del values["every"]
    assert team_forms.colleague_body(values)["queues"] == ["ds.audit"]


def test_every_permission_and_every_queue_has_words() -> None:
    granted = frozenset[str]().union(*ROLES.values())
    assert granted - PERMISSIONS.keys() == set()
    assert PERMISSIONS.keys() - granted == set()
    assert SKILLS.keys() == QUEUES.keys()


def test_what_somebody_reaches_is_the_sum_of_their_roles_within_their_queues() -> None:
    both = reach(["auditor", "analyst"], ["ds.audit", "ds.representation"])
    assert both.roles == ("analyst", "auditor")
    assert {"ds.analyse", "ds.audit", "ds.clinical"} <= {*both.permissions}
    assert (both.queues, both.barred) == (("ds.audit",), ("ds.representation",))
    assert [room.path for room in both.rooms] == [
        "/tarefas",
        "/declaracoes",
        "/pessoas",
        "/cpts",
    ]
    anywhere = reach(["desk"], None)
    assert (anywhere.queues, anywhere.barred) == (("ds.representation",), ())
    assert reach(["nobody"], None).permissions == ()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min de expediente"), (540, "9 h de expediente"), (125, "2 h 05 de expediente")],
)
def test_working_minutes_are_told_in_hours(minutes: int, words: str) -> None:
    assert team_forms.working(minutes) == words
