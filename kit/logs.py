"""Log lines as JSON, one per event, without people in them.

Fields pass by name only when the name is known to hold no personal data; exceptions are told by
type and place, never by message (a database error repeats the row it refused).
"""

import logging
import re
import sys
import time
from collections.abc import Mapping, MutableMapping
from traceback import walk_tb
from types import TracebackType
from typing import Any, cast

import structlog
from opentelemetry import trace
from structlog.typing import EventDict, FilteringBoundLogger

_HIDDEN = "[oculto]"
_FLOOD_SECONDS = 60
_FLOOD_LINES = 5
_MOST_FRAMES = 8

_HARMLESS = """
    event level at source service process trace_id span_id exception error suppressed
    status code reason_code method route action outcome state attempt attempts
    topic partition offset type kind group signal workflow activity queue database role host port
    kept done parked pending limit version count total size bytes
"""
_ALLOWED = frozenset(_HARMLESS.split())
_ALLOWED_ENDINGS = (
    "_id",
    "_ids",
    "_count",
    "_ms",
    "_seconds",
    "_bytes",
    "_version",
    "_at",
    "_code",
)

# What people leave in free text of others' libraries: addresses, documents, phones, secrets.
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|(?<![\w-])\+?\d(?:[ .()/-]{0,2}\d){7,}(?![\w-])"
    r"|eyJ[\w-]+\.[\w-]+\.?[\w-]*"
)


def logger(name: str) -> FilteringBoundLogger:
    """A logger whose keyword fields are checked against the names that may be logged."""
    return cast(FilteringBoundLogger, structlog.get_logger(source=name))


def setup_logs(service: str, process: str, level: int = logging.INFO) -> None:
    """Send structlog's and the standard library's lines to standard output as JSON."""
    fixed = {"service": service, "process": process}
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *_finish(fixed),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Output,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Lines(fixed)]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "aiokafka", "temporalio", "asyncio", "fontTools"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(own).handlers = []
        logging.getLogger(own).setLevel(logging.NOTSET)
        logging.getLogger(own).propagate = own != "uvicorn.access"


def _finish(fixed: Mapping[str, str]) -> list[structlog.typing.Processor]:
    def add_fixed(_: Any, __: str, event: EventDict) -> EventDict:
        event.update(fixed)
        return event

    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        add_trace,
        exceptions_without_messages,
        redact,
        add_fixed,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=_name),
    ]


def add_trace(_: Any, __: str, event: EventDict) -> EventDict:
    """Tie the line to the span at hand."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
        event["span_id"] = format(context.span_id, "016x")
    return event


def redact(_: Any, __: str, event: EventDict) -> EventDict:
    """Hide every field whose name is not known to be harmless; mask people in the text itself."""
    for name in event:
        if name not in _ALLOWED and not name.endswith(_ALLOWED_ENDINGS):
            event[name] = _HIDDEN
    event["event"] = mask(str(event.get("event", "")))
    if isinstance(event.get("error"), str):
        event["error"] = mask(event["error"])
    return event


def mask(text: str) -> str:
    """The text with e-mail addresses, long numbers and tokens hidden."""
    return _PERSONAL.sub(_HIDDEN, text)


def exceptions_without_messages(_: Any, __: str, event: EventDict) -> EventDict:
    """Tell an exception by its types and places."""
    info = event.pop("exc_info", None)
    if info:
        error = _error_of(info)
        if error is not None:
            event["exception"] = describe(error)
    return event


def describe(error: BaseException) -> dict[str, object]:
    """Type, the last places and the cause; the message only where it can name no person."""
    told: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "where": _places(error.__traceback__),
    }
    if isinstance(error, OSError) and error.errno is not None:
        told["errno"] = error.errno
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        told["sqlstate"] = state
    cause = error.__cause__ or error.__context__
    if cause is not None:
        told["cause"] = {"type": type(cause).__qualname__, "where": _places(cause.__traceback__)}
    return told


def _places(traceback: TracebackType | None) -> list[str]:
    frames = [
        f"{'/'.join(frame.f_code.co_filename.split('/')[-3:])}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(traceback)
    ]
    return frames[-_MOST_FRAMES:]


def _error_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return cast(BaseException | None, info[1])
    return sys.exc_info()[1]


def _name(value: object) -> str:
    # A value of an unknown type may print anything: its type is all that is told.
    return type(value).__name__


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Output:
    """Where structlog's lines go: the standard output of the moment."""

    def __init__(self, *_: object) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = _write


class _Lines(logging.Handler):
    """The standard library's records as the same JSON lines; floods are counted, not written."""

    def __init__(self, fixed: Mapping[str, str]) -> None:
        super().__init__()
        self._processors = _finish(fixed)
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        suppressed = self._flood(record)
        if suppressed is None:
            return
        event: MutableMapping[str, Any] = {
            "event": _text(record),
            "level": record.levelname.lower(),
            "source": record.name,
            "exc_info": record.exc_info,
        }
        if suppressed:
            event["suppressed"] = suppressed
        line: Any = event
        for processor in self._processors:
            line = processor(None, record.levelname, line)
        _write(line)

    def _flood(self, record: logging.LogRecord) -> int | None:
        """How many alike were kept back before this one, or None to keep this one back too."""
        alike = (record.name, str(record.msg)[:80])
        now = time.monotonic()
        since, lines = self._seen.get(alike, (now, 0))
        if now - since >= _FLOOD_SECONDS:
            self._seen[alike] = (now, 1)
            return max(lines - _FLOOD_LINES, 0)
        if len(self._seen) > 1000:
            self._seen.clear()
        self._seen[alike] = (since, lines + 1)
        return 0 if lines < _FLOOD_LINES else None


def _text(record: logging.LogRecord) -> str:
    """The first line; exceptions given as arguments appear by type."""
    arguments = record.args
    if isinstance(arguments, tuple):
        arguments = tuple(
            type(given).__qualname__ if isinstance(given, BaseException) else given
            for given in arguments
        )
    try:
        text = str(record.msg) % arguments if arguments else str(record.msg)
    except (TypeError, ValueError):
        text = str(record.msg)
    return text.partition("\n")[0]
