"""Which spans are kept and what of them leaves the process: never a path, a query or a message."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import override

from opentelemetry.context import Context
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, TraceState
from opentelemetry.util.types import Attributes, AttributeValue

_LARGEST_FILE_BYTES = 64 * 1024 * 1024
_LONGEST_TEXT = 200
_HARMLESS = """
    http.route http.request.method http.response.status_code http.method http.status_code
    error.type exception.type net.peer.name net.peer.port
    db.system db.name db.statement messaging.system messaging.destination.name
    messaging.message.id messaging.batch.message_count vinculo.event vinculo.tenant
    temporalWorkflowID temporalRunID temporalActivityID temporalUpdateID
"""
_ALLOWED = frozenset(_HARMLESS.split())


def sampler(ratio: float) -> Sampler:
    """Follow the parent's choice; of new traces keep `ratio`, and none begun by a mere query."""
    return ParentBased(_Roots(ratio))


class _Roots(Sampler):
    """Polling loops ask the database without anyone's request: those make no trace."""

    def __init__(self, ratio: float) -> None:
        self._ratio = TraceIdRatioBased(ratio)

    @override
    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Drop root client spans, otherwise by ratio."""
        if kind is SpanKind.CLIENT:
            return SamplingResult(Decision.DROP)
        return self._ratio.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        """For the SDK's own messages."""
        return f"Roots({self._ratio.get_description()})"


class CleanExporter(SpanExporter):
    """Hands on copies of spans with allowed attributes only; exceptions keep just their type."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the cleaned copies."""
        return self._inner.export([_clean(span) for span in spans])

    def shutdown(self) -> None:
        """Close the inner exporter."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flush the inner exporter."""
        return self._inner.force_flush(timeout_millis)


def _clean(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes),
        events=[Event(e.name, _allowed(e.attributes), e.timestamp) for e in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _allowed(attributes: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    kept = {name: value for name, value in (attributes or {}).items() if name in _ALLOWED}
    statement = kept.get("db.statement")
    if isinstance(statement, str):
        kept["db.statement"] = statement[:_LONGEST_TEXT]
    return kept


class FileExporter(SpanExporter):
    """Spans as JSON lines in a local file, begun anew when it grows past 64 MiB."""

    def __init__(self, path: Path, process: str) -> None:
        self._path = path
        self._process = process
        self._file = self._open()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append all in one write, so that processes may share the file."""
        lines = "".join(json.dumps(_line(span, self._process)) + "\n" for span in spans)
        os.write(self._file, lines.encode())
        if os.fstat(self._file).st_size > _LARGEST_FILE_BYTES:
            os.close(self._file)
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            self._file = self._open()
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        os.close(self._file)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is held back."""
        return True

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _line(span: ReadableSpan, process: str) -> dict[str, object]:
    context = span.get_span_context() or SpanContext(0, 0, is_remote=False)
    return {
        "trace_id": format(context.trace_id, "032x"),
        "span_id": format(context.span_id, "016x"),
        "parent_id": format(span.parent.span_id, "016x") if span.parent else None,
        "service": span.resource.attributes.get("service.name"),
        "process": process,
        "name": span.name,
        "kind": span.kind.name.lower(),
        "start_ns": span.start_time,
        "end_ns": span.end_time,
        "status": span.status.status_code.name.lower(),
        "attributes": dict(span.attributes or {}),
        "events": [event.name for event in span.events],
        "links": [
            {
                "trace_id": format(link.context.trace_id, "032x"),
                "span_id": format(link.context.span_id, "016x"),
            }
            for link in span.links
        ],
    }
