"""Traces, metrics and logs of a process: set up once in its composition root."""

import os
import socket
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse
from fastapi.telemetry import TelemetryConfig
from opentelemetry import metrics, propagate, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    InMemoryMetricReader,
    MetricReader,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from kit.auth import public
from kit.logs import setup_logs
from kit.metrics_text import as_text
from kit.spans import CleanExporter, FileExporter, sampler

SPANS_FILE = "VINCULO_SPANS_FILE"
TRACE_RATIO = "VINCULO_TRACE_RATIO"
TRACE_STATEMENTS = "VINCULO_TRACE_STATEMENTS"
_EXPORT_MILLIS = 2000
_FIGURES_MILLIS = 15_000
_QUEUE = 16_384
PROBES = {"/live", "/ready", "/metrics"}

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("vinculo")
_reader = InMemoryMetricReader()
_done: set[str] = set()


def setup(service: str, process: str, otlp_endpoint: str) -> None:
    """Start logs, metrics and, where spans have somewhere to go, traces; repeating changes nothing.

    Spans go to `otlp_endpoint` by OTLP over HTTP, or to the file named by VINCULO_SPANS_FILE; with
    neither there are none. VINCULO_TRACE_RATIO (0 to 1, default 1) is the share of new traces kept.
    VINCULO_TRACE_STATEMENTS adds a span per database statement, for diagnosis: 0.2 ms each.
    """
    if "setup" in _done:
        return
    _done.add("setup")
    setup_logs(service, process)
    propagate.set_global_textmap(_propagator)
    metrics.set_meter_provider(MeterProvider(_readers(otlp_endpoint), resource(service, process)))
    metrics.get_meter("kit.telemetry").create_observable_gauge(
        "process.up", [_up], description="1 from each process that runs"
    )
    exporter = _exporter(process, otlp_endpoint)
    if exporter is not None:
        _trace(exporter, resource(service, process))


def resource(service: str, process: str) -> Resource:
    """Who tells: instances of one process on several hosts tell apart, alerts name the process."""
    return Resource.create(
        {
            "service.name": service,
            "service.instance.id": f"{process}@{socket.gethostname()}",
            "vinculo.process": process,
        }
    )


def _up(_: CallbackOptions) -> list[Observation]:
    return [Observation(1)]


def _readers(otlp_endpoint: str) -> list[MetricReader]:
    if not otlp_endpoint:
        return [_reader]
    url = f"{otlp_endpoint.rstrip('/')}/v1/metrics"
    exporter = OTLPMetricExporter(endpoint=url)
    return [_reader, PeriodicExportingMetricReader(exporter, _FIGURES_MILLIS)]


def _exporter(process: str, otlp_endpoint: str) -> SpanExporter | None:
    if otlp_endpoint:
        return OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces")
    path = os.environ.get(SPANS_FILE)
    return FileExporter(Path(path), process) if path else None


def _trace(exporter: SpanExporter, who: Resource) -> None:
    ratio = float(os.environ.get(TRACE_RATIO) or 1)
    provider = TracerProvider(sampler=sampler(ratio), resource=who)
    provider.add_span_processor(
        BatchSpanProcessor(
            CleanExporter(exporter),
            max_queue_size=_QUEUE,
            schedule_delay_millis=_EXPORT_MILLIS,
        )
    )
    trace.set_tracer_provider(provider)
    HTTPXClientInstrumentor().instrument()
    if os.environ.get(TRACE_STATEMENTS):
        # Without their parameters: the default of this untyped class.
        untyped: Any = AsyncPGInstrumentor
        untyped().instrument()


def fastapi_options() -> TelemetryConfig:
    """For `FastAPI(telemetry=…)`: one span and one measure per request, none for probes.

    FastAPI's own logs are off: they carry exception messages.
    """
    return {"operation_spans": False, "logs": False, "exclude": _is_probe}


def _is_probe(scope: MutableMapping[str, Any]) -> bool:
    return scope["path"] in PROBES


def instrument_app(app: FastAPI) -> None:
    """Add `GET /metrics`: figures of this process in the text format scrapers read."""

    @app.get(
        "/metrics",
        include_in_schema=False,
        dependencies=[Depends(public("figures of the process, without people"))],
    )
    async def metrics_page() -> PlainTextResponse:
        return PlainTextResponse(metrics_text(), media_type="text/plain; version=0.0.4")


def metrics_text() -> str:
    """This process's metrics in the Prometheus text format."""
    return as_text(_reader.get_metrics_data())


def current_traceparent() -> str | None:
    """The W3C traceparent of the span at hand, to travel with what is recorded now."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def span_from(
    traceparent: str | None,
    name: str,
    links: Sequence[str] = (),
    kind: SpanKind = SpanKind.CONSUMER,
    attributes: Mapping[str, AttributeValue] | None = None,
) -> Iterator[Span]:
    """A span that continues the trace a message came with; `links` are other traceparents.

    `name` and `attributes` hold no personal data; an exception marks the span with its type.
    """
    with _tracer.start_as_current_span(
        name,
        context=_propagator.extract({"traceparent": traceparent} if traceparent else {}),
        kind=kind,
        attributes=attributes,
        links=[link for text in links if (link := _link(text))],
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException as failure:
            _mark(span, failure)
            raise


@contextmanager
def step(name: str) -> Iterator[None]:
    """A child span of the one at hand; costs nothing where no trace is being kept."""
    if not trace.get_current_span().is_recording():
        yield
        return
    with _tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except BaseException as failure:
            _mark(span, failure)
            raise


def _mark(span: Span, failure: BaseException) -> None:
    span.set_attribute("error.type", type(failure).__qualname__)
    span.set_status(StatusCode.ERROR)


def _link(traceparent: str) -> Link | None:
    carried = _propagator.extract({"traceparent": traceparent})
    context = trace.get_current_span(carried).get_span_context()
    return Link(context) if context.is_valid else None
