"""People decide: one of two at once, four eyes, returns, and what differs from earlier words."""

import asyncio
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from deploy.story.http import Refused
from deploy.story.life import HD, REFERRED, Life, again
from tests.support import live
from tests.support.live import House, refused, whole_hour

SIGNAL_SECONDS = 1.0
CASES = 5
RETURNED = f"{HD}.audit.returned.v1"
OFFERED = f"{HD}.offer.made.v1"
OPINION = {"conclusion": "no_preexisting", "text": "Nada a restringir."}


async def analysed(house: House, question: str = "Q16") -> Life:
    life = await house.at_desk(question)
    await life.to_analysis()
    return life


@pytest.mark.shows("M127")
async def test_of_two_clerks_at_once_one_decides_and_the_other_is_told_who_and_when(
    house: House,
) -> None:
    life = await analysed(house)
    seen = (await life.office.case())["version"]
    path, clerks = f"/declarations/{life.declaration_id}/opinion", ("analista.1", "analista.2")
    answers = await asyncio.gather(
        *(house.staff(who).post(path, OPINION | {"version": seen}) for who in clerks),
        return_exceptions=True,
    )
    [winner] = [who for who, one in zip(clerks, answers, strict=True) if isinstance(one, dict)]
    [loser] = [one for one in answers if isinstance(one, Refused)]
    assert (loser.status, loser.code) == (409, "stale-version")
    assert loser.body["changed_by"] == winner
    assert datetime.fromisoformat(loser.body["changed_at"]) <= datetime.now(UTC)
    case = await life.office.case()
    assert (case["stage"], case["analyst"]) == ("audit", winner)
    trail = [one["actor"] for one in await house.trail(life.declaration_id)]
    given = [one for one in await house.trail(life.declaration_id) if one["action"] == GIVEN]
    assert ([one["actor"] for one in given], winner in trail) == ([winner], True)


GIVEN = "opinion.given"


@pytest.mark.shows("M127")
async def test_a_decision_moves_its_process_in_less_than_a_second(house: House) -> None:
    told = house.world.stack.told["temporal"]
    temporal = await Client.connect(told["address"], namespace=told["namespace"])
    taken = []
    for _ in range(CASES):
        life = await analysed(house)
        handle = temporal.get_workflow_handle(f"{HD}/{house.tenant}/{life.declaration_id}")
        # What was said before has been heard: the next signal is the decision's.
        await house.settled()
        seen = len([one async for one in handle.fetch_history_events()])
        await life.office.decide(life.office.analyst, "opinion", OPINION)
        decided = datetime.now(UTC)

        async def moved(seen: int = seen, handle: Any = handle) -> bool:
            return bool(await acted_at(handle, seen))

        await house.until(moved, "sinal")
        taken.append((await acted_at(handle, seen))[0] - decided)
    seconds = [one.total_seconds() for one in taken]
    assert median(seconds) < SIGNAL_SECONDS, seconds


async def acted_at(handle: Any, seen: int) -> list[datetime]:
    """When the process worked on what was signalled after its first `seen` events."""
    events = [one async for one in handle.fetch_history_events()]
    signals = [e for e in events if e.event_type == SIGNALLED and e.event_id > seen]
    first = signals[0].event_id if signals else len(events)
    done = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    return [at(e) for e in events if e.event_type == done and e.event_id > first]


SIGNALLED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED


def at(event: HistoryEvent) -> datetime:
    moment: datetime = event.event_time.ToDatetime(tzinfo=UTC)
    return moment


@pytest.mark.shows("M133")
async def test_neither_the_analyst_nor_the_interviewer_audits(house: House) -> None:
    await house.hire("dupla", "analyst", "auditor")
    await house.hire("medica.dupla", "interviewer", "auditor")
    life = await house.at_desk("Q03")
    await life.soon(life.declaration_id, f"{HD}.interview.requested.v1")
    starts_at = whole_hour(await house.now(), 3)
    [slot] = await house.gives_times(starts_at, doctor="medica.dupla")
    booked = await life.phone.api.post("/public/interview", {"slot_id": slot})
    await house.days_pass(starts_at + timedelta(minutes=1))
    await life.office.conclude(booked["interview_id"], None)
    await life.office.decide("dupla", "opinion", OPINION)
    for who in ("dupla", "medica.dupla"):
        own = await refused(life.office.decide(who, "audit", AGREED))
        assert (own.status, own.code) == (403, "four-eyes")
        assert "quem não analisou, examinou nem entrevistou" in own.body["detail"]
    denied = [one for one in await house.trail(life.declaration_id) if one["reason"]]
    assert [one["actor"] for one in denied][-2:] == ["dupla", "medica.dupla"]
    assert (await life.office.case())["stage"] == "audit"
    await life.office.decide("auditora.1", "audit", AGREED)
    await life.released()


AGREED = {"decision": "no_preexisting", "notes": "De acordo."}


@pytest.mark.shows("M133")
async def test_a_return_for_information_stays_in_the_history(house: House) -> None:
    await house.hire("dupla", "analyst", "auditor")
    life = await analysed(house)
    await life.office.decide("dupla", "opinion", OPINION)
    asked = {"decision": "return", "notes": "Falta o laudo do exame."}
    await life.office.decide("auditora.1", "audit", asked)
    await life.soon(life.declaration_id, RETURNED)
    case = await life.office.case()
    assert (case["stage"], case["cause"]) == ("analysis", "audit_returned")
    await life.office.decide("analista.2", "opinion", OPINION | {"text": "Laudo anexado."})
    first = await refused(life.office.decide("dupla", "audit", AGREED))
    assert first.code == "four-eyes"
    await life.office.decide("auditora.1", "audit", AGREED)
    await life.released()
    kept = await life.office.case()
    notes = " ".join(kept["clinical"]["audit_notes"])
    assert notes.index("Falta o laudo do exame.") < notes.index("De acordo.")
    acts = [
        (one["action"], one["actor"])
        for one in await house.trail(life.declaration_id)
        if one["action"] in ("opinion.given", "audit.decided")
    ]
    assert acts == [
        ("opinion.given", "dupla"),
        ("audit.decided", "auditora.1"),
        ("opinion.given", "analista.2"),
        ("audit.decided", "auditora.1"),
    ]


async def contradicts(house: House) -> tuple[Life, Life]:
    """Diabetes declared, then, joining another contract, not any more."""
    first = await house.at_desk("Q10")
    second = again(first)
    body = live.enrolment(house, second.person)
    await house.staff("integracao", "registry").post("/enrolments", body)
    await second.begin()
    await house.signs_at_desk(second)
    await second.to_analysis()
    return first, second


@pytest.mark.shows("M129", "B17")
async def test_a_divergence_is_shown_to_the_analyst_and_to_nobody_without_clinical_purpose(
    house: House,
) -> None:
    first, second = await contradicts(house)
    signed_on = (await house.signed_on(first)).strftime("%d/%m/%Y")
    seen = await second.office.case()
    assert seen["clinical"]["divergences"] == [
        {
            "question_id": "Q10",
            "kind": "yes_to_no",
            "earlier_declaration_id": first.declaration_id,
            "text": f"Divergência com a declaração de {signed_on}: antes declarada, agora não.",
        }
    ]
    assert seen["clinical"]["declared"] == []
    assert (await second.office.case("balcao"))["clinical"] is None
    path = f"/declarations/{second.declaration_id}"
    assert (await refused(house.staff("regras.1").get(path))).status == 403
    earlier = await first.office.case()
    assert earlier["clinical"]["divergences"] == []


@pytest.mark.shows("M129")
async def test_what_another_operator_was_told_is_not_looked_at(house: House) -> None:
    first, _ = await contradicts(house)
    async with live.house() as other:
        life = await other.enrols(other.person(**first.person.body))
        await other.signs_at_desk(life)
        await life.released()
        assert (await life.office.case())["clinical"]["divergences"] == []


@pytest.mark.shows("M129", "B17")
async def test_a_divergence_changes_no_outcome_until_a_human_decides(house: House) -> None:
    _, second = await contradicts(house)
    # There is a time to choose all along, so it is the person who does not.
    far = (await house.now() + timedelta(days=300)).replace(minute=0, second=0, microsecond=0)
    await house.gives_times(far, doctor="medico.11")
    # The person is invited to explain, and time alone decides nothing.
    await second.phone.next("ds_interview_offer")
    for days in (10, 40, 80):
        await house.days_pass(await house.now() + timedelta(days=days))
        await house.all_due_done()
        case = await second.office.case()
        assert case["stage"] in ("interview_to_schedule", "analysis")
        assert case["clinical"]["confirmed"] == []
    assert house.world.bus.about(second.declaration_id, OFFERED) == []
    await second.soon(second.declaration_id, REFERRED, cause="interview_to_schedule_late")
    await second.office.decide("analista.1", "opinion", OPINION)
    await second.office.decide("auditora.1", "audit", AGREED)
    await second.released()
    cpts = await house.staff("analista.1").get(f"/cpts?person_id={second.person_id}")
    assert cpts["items"] == []
