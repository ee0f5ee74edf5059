"""OpenTelemetry's figures in the text format that scrapers read.

Names are made as a collector makes them, so that dashboards and alerts know one name for each.
"""

from collections.abc import Iterator, Mapping

from opentelemetry.sdk.metrics.export import (
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    Sum,
)

_KEPT = {
    "http.route",
    "http.request.method",
    "http.response.status_code",
    "error.type",
    "topic",
    "type",
    "kind",
    "outcome",
    "state",
    "activity",
}

_UNITS = {"s": "_seconds", "By": "_bytes"}


def as_text(data: MetricsData | None) -> str:
    """Counters, gauges and histograms; labels are those known to hold no personal data."""
    if data is None:
        return ""
    lines = (
        line
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for line in _lines(metric)
    )
    return "".join(f"{line}\n" for line in lines)


def scraped(name: str, unit: str | None = None) -> str:
    """The name of a figure as scrapers know it; a counter's own ending is added beside."""
    return name.replace(".", "_").replace("-", "_") + _UNITS.get(unit or "", "")


def _lines(metric: Metric) -> Iterator[str]:
    name = scraped(metric.name, metric.unit)
    if isinstance(metric.data, Histogram):
        yield f"# TYPE {name} histogram"
    elif isinstance(metric.data, Sum) and metric.data.is_monotonic:
        name = name.removesuffix("_total") + "_total"
        yield f"# TYPE {name} counter"
    else:
        yield f"# TYPE {name} gauge"
    for point in metric.data.data_points:
        if isinstance(point, HistogramDataPoint):
            yield from _histogram(name, point)
        elif isinstance(point, NumberDataPoint):
            yield f"{name}{_labels(point.attributes)} {point.value}"


def _histogram(name: str, point: HistogramDataPoint) -> Iterator[str]:
    seen = 0
    bounds = [*(f"{bound:g}" for bound in point.explicit_bounds), "+Inf"]
    for bound, count in zip(bounds, point.bucket_counts, strict=True):
        seen += count
        yield f"{name}_bucket{_labels(point.attributes, le=bound)} {seen}"
    yield f"{name}_sum{_labels(point.attributes)} {point.sum}"
    yield f"{name}_count{_labels(point.attributes)} {point.count}"


def _labels(attributes: Mapping[str, object] | None, **more: str) -> str:
    kept = {
        name.replace(".", "_"): value for name, value in (attributes or {}).items() if name in _KEPT
    }
    pairs = [f'{name}="{_escape(str(value))}"' for name, value in (kept | more).items()]
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
