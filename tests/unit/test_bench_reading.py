"""What the benches of the database and of the histories read out of what they are given."""

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from tests.bench.histories import CLOCK, idle_moves
from tests.bench.row_security import sequential
from tests.bench.statements import values

SEQ, INDEX = {"Node Type": "Seq Scan"}, {"Node Type": "Index Scan"}
SCHEDULED, STARTED, DONE, TIMER = (
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
    EventType.EVENT_TYPE_TIMER_STARTED,
)


def signal(name: str) -> HistoryEvent:
    event = HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
    event.workflow_execution_signaled_event_attributes.signal_name = name
    return event


def turn(*names: str, then: tuple[EventType.ValueType, ...] = ()) -> list[HistoryEvent]:
    """Signals, the task that read them, and what it ordered."""
    kinds = (SCHEDULED, STARTED, DONE, *then)
    return [*map(signal, names), *(HistoryEvent(event_type=kind) for kind in kinds)]


def test_the_values_of_a_statement_are_read_with_their_quotes_and_nulls() -> None:
    detail = "Parameters: $1 = '7', $2 = NULL, $3 = 'd''Ávila, $4 = ''x''', $4 = '{a,\"b,c\"}'"
    assert values(detail) == ["7", None, "d'Ávila, $4 = 'x'", '{a,"b,c"}']


def test_planted_a_large_table_read_from_end_to_end_is_found_wherever_it_hides_in_the_plan() -> (
    None
):
    deep = {"Node Type": "Nested Loop", "Plans": [INDEX, SEQ | {"Relation Name": "task"}]}
    plan = [{"Plan": {"Node Type": "Limit", "Plans": [deep]}}]
    assert sequential(plan, {"task"}) == ["task"]
    assert sequential(plan, {"line"}) == []


def test_only_moves_of_the_clock_that_nothing_followed_are_taken_off() -> None:
    begun = [HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED), *turn()]
    heard = [*begun, *turn("moved", then=(TIMER,)), *turn(CLOCK), *turn(CLOCK, CLOCK)]
    assert idle_moves(heard) == 4 + 5
    assert idle_moves([*begun, *turn(CLOCK, then=(TIMER,)), *turn(CLOCK, "moved")]) == 0
