"""Whatever lies on a topic is read as an envelope that can be stored: nothing stops the reader."""

from datetime import UTC, datetime
from typing import Any

from aiokafka.structs import ConsumerRecord
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.topics import id_of_external
from kit.kafka import LONGEST_NAME, read

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NAMES = ["ce_id", "ce_type", "ce_tenantid", "traceparent", "x"]
NESTED = b'{"tenant_id": ' + b"[" * 400 + b"]" * 400 + b', "id": {"a": [1]}}'
anything = st.one_of(st.none(), st.binary(max_size=40), st.text(max_size=40).map(str.encode))
headers = st.lists(st.tuples(st.sampled_from(NAMES), anything), max_size=6)


def record(
    value: bytes | None = b"{}",
    headers: list[tuple[str, bytes | None]] | None = None,
    key: bytes | None = b"k",
    timestamp: int = 0,
) -> "ConsumerRecord[Any, Any]":
    found: Any = tuple(headers or ())
    return ConsumerRecord("erp.acks", 0, 7, timestamp, 0, key, value, None, 0, 0, found)


@given(headers, anything, anything, st.integers(-(2**63), 2**63 - 1))
@example([("ce_id", None)], b"k", b"{}", 0)
@example([("traceparent", b"00-\x00")], b"\x00", b'{"id": "\\ud800\\u0000"}', 2**63 - 1)
@example([], None, NESTED, -1)
@example([], None, b"[" * 100_000, -(2**63))
def test_nothing_that_arrives_raises_and_all_of_it_can_be_stored(
    found: list[tuple[str, bytes | None]], key: bytes | None, value: bytes | None, timestamp: int
) -> None:
    envelope = read(record(value, found, key, timestamp))
    stored = [envelope.event_id, envelope.key, envelope.traceparent or ""]
    assert all("\0" not in text and len(text) <= LONGEST_NAME for text in stored)
    for text in (*stored, envelope.payload):
        text.encode()
    assert envelope.event_id
    assert envelope.tenant_id >= 0
    assert envelope.occurred_at.tzinfo is UTC


def test_a_header_without_value_leaves_the_others_alone() -> None:
    envelope = read(record(headers=[("x", None), ("ce_id", b"e-1"), ("ce_tenantid", b"7")]))
    assert envelope.tenant_id == 7
    assert envelope.event_id == id_of_external(7, "erp.acks", "e-1")


def test_a_trace_is_kept_only_in_its_own_form() -> None:
    kept = read(record(headers=[("traceparent", TRACE.encode())]))
    assert kept.traceparent == TRACE
    for junk in (TRACE + "\0", TRACE.upper(), TRACE + "\n", "\0", "00-x"):
        assert read(record(headers=[("traceparent", junk.encode())])).traceparent is None


def test_a_moment_that_no_calendar_has_is_now() -> None:
    before = datetime.now(UTC)
    assert before <= read(record(timestamp=2**62)).occurred_at <= datetime.now(UTC)
    assert read(record(timestamp=1_700_000_000_000)).occurred_at.year == 2023
