"""Traces tie the processes together and carry neither values nor messages."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind

from kit import telemetry
from kit.errors import install_errors
from kit.metrics_text import as_text
from kit.spans import CleanExporter, FileExporter, sampler

CANARY = "52998224725"


@pytest.fixture
def spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "spans" / "app.jsonl"
    provider = TracerProvider(sampler=sampler(1))
    exporter = CleanExporter(FileExporter(path, "app"))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield path
    provider.shutdown()


def read(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_message_continues_the_trace_it_came_with(spans: Path) -> None:
    with telemetry.span_from(None, "record"):
        carried = telemetry.current_traceparent()
    with telemetry.span_from(None, "other"):
        other = telemetry.current_traceparent()
    assert carried
    assert other
    with telemetry.span_from(carried, "handle", links=[other, "rubbish"]):
        assert telemetry.current_traceparent()[3:35] == carried[3:35]
        with telemetry.step("inner"):
            pass
    first, second, inner, handled = read(spans)
    assert handled["trace_id"] == inner["trace_id"] == first["trace_id"]
    assert handled["parent_id"] == first["span_id"]
    assert handled["links"] == [{"trace_id": second["trace_id"], "span_id": second["span_id"]}]


def test_no_trace_at_hand_gives_no_traceparent() -> None:
    assert telemetry.current_traceparent() is None
    with telemetry.step("nothing"):
        assert telemetry.current_traceparent() is None


def test_a_failure_marks_the_span_with_its_type_alone(spans: Path) -> None:
    for way in (lambda: telemetry.span_from(None, "handle"), lambda: _library(spans)):
        with pytest.raises(ValueError, match=CANARY), way():
            raise ValueError(CANARY)
    handled, library = read(spans)
    assert handled["status"] == library["status"] == "error"
    assert handled["attributes"] == {"error.type": "ValueError"}
    assert library["events"] == ["exception"]
    assert CANARY not in spans.read_text()


def _library(spans: Path) -> AbstractContextManager[object]:
    """A span as an instrumentation library makes it, with everything in it."""
    return telemetry._tracer.start_as_current_span(
        "GET", attributes={"url.query": CANARY, "http.url": f"http://x/{CANARY}", "user.id": CANARY}
    )


def test_polling_queries_make_no_trace(spans: Path) -> None:
    with telemetry._tracer.start_as_current_span("SELECT", kind=SpanKind.CLIENT):
        pass
    assert not spans.read_text()


async def test_a_request_is_one_span_without_path_values(spans: Path) -> None:
    app = FastAPI(telemetry=telemetry.fastapi_options())
    install_errors(app)
    telemetry.instrument_app(app)

    @app.get("/people/{person_id}")
    async def person(person_id: str) -> str | None:
        if person_id == "bug":
            raise RuntimeError(CANARY)
        return telemetry.current_traceparent()

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://h{CANARY}") as http:
        sent = "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"
        answer = await http.get(f"/people/{CANARY}?q={CANARY}", headers={"traceparent": sent})
        assert answer.json()[3:35] == "ab" * 16
        await http.get("/people/bug")
        await http.get(f"/nowhere/{CANARY}")
        assert (await http.get("/metrics")).status_code == 200
    lines = read(spans)
    assert CANARY not in json.dumps(lines)
    assert [line["name"] for line in lines] == ["GET /people/{person_id}"] * 2 + ["GET"]
    assert lines[1]["attributes"]["error.type"] == "RuntimeError"


def test_a_file_that_grew_too_large_is_begun_anew(
    spans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.spans._LARGEST_FILE_BYTES", 1000)
    for _ in range(10):
        with telemetry.span_from(None, "handle"):
            pass
    assert spans.stat().st_size < 1500
    assert spans.with_name("app.jsonl.1").exists()


def test_figures_are_printed_for_scrapers(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("test")
    meter.create_counter("facts.sent").add(3, {"topic": 'a"b', "person": CANARY})
    meter.create_up_down_counter("facts.waiting").add(2)
    seconds = meter.create_histogram("took", "s", explicit_bucket_boundaries_advisory=[1, 5])
    for value in (0.5, 3, 9):
        seconds.record(value)
    text = as_text(reader.get_metrics_data())
    assert 'facts_sent_total{topic="a\\"b"} 3' in text
    assert "facts_waiting 2" in text
    buckets = [line for line in text.splitlines() if line.startswith("took_seconds_bucket")]
    assert [line[-1] for line in buckets] == ["1", "2", "3"]
    assert "took_seconds_count 3" in text
    assert CANARY not in text
    assert as_text(None) == ""


def test_a_process_says_who_it_is_so_that_alerts_name_it_and_instances_tell_apart() -> None:
    told = telemetry.resource("registry", "registry.worker").attributes
    assert told["service.name"] == "registry"
    assert told["vinculo.process"] == "registry.worker"
    assert str(told["service.instance.id"]).startswith("registry.worker@")
