"""Files of enrolment lines: CSV whose columns are field paths, or one JSON object per line."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from contracts.registry.api import FieldError
from kit.errors import Problem, Refused

CSV = "text/csv"
JSON_LINES = "application/x-ndjson"
MEDIA_TYPES = (CSV, JSON_LINES)
ERRORS = "errors"
"""Added to every line given back; ignored when the line is sent again."""

MOST_LINES = 20_000
MOST_LEVELS, MOST_DIGITS = 10, 4
"""Of a column's path: a line has fewer levels, and no list in it is as long."""
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
"""What a spreadsheet would run or hide: given back behind an apostrophe, taken without it."""

_UP_TO_THE_END = re.compile(r"[^\n]+")

Line = tuple[object, tuple[FieldError, ...]]


def media_type_of(header: str | None) -> str:
    """The kind of file, from its content type; 415 for any other."""
    kind = (header or "").partition(";")[0].strip().lower()
    if kind not in MEDIA_TYPES:
        detail = f"Envie {' ou '.join(MEDIA_TYPES)}."
        raise Problem(415, "Tipo de conteúdo não aceito", "unsupported-media-type", detail)
    return kind


def read(media_type: str, content: bytes) -> list[Line]:
    """The lines of a file, each with what kept it from being read; 422 when it is no text.

    413 as soon as there is one line too many: what follows it never becomes objects.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("O arquivo não é texto UTF-8", "file-not-text") from None
    found = list(islice(_rows(text) if media_type == CSV else _objects(text), MOST_LINES + 1))
    if len(found) > MOST_LINES:
        detail = f"Envie até {MOST_LINES} linhas por arquivo."
        raise Problem(413, "Arquivo grande demais", "file-too-long", detail)
    return found


def write(media_type: str, lines: Sequence[tuple[object, str]]) -> str:
    """Lines with their reasons, in the shape they came, ready to be corrected and sent again."""
    if media_type == CSV:
        return _table([_flat(raw) | {ERRORS: why} for raw, why in lines])
    given = [raw if isinstance(raw, Mapping) else {"line": raw} for raw, _ in lines]
    told = [dict(one) | {ERRORS: why} for one, (_, why) in zip(given, lines, strict=True)]
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told)


def _objects(text: str) -> Iterator[Line]:
    # Not `splitlines`: it also cuts at U+2028 and the like, which stand as they are in a string.
    # Nor `split`: a file of nothing but line ends would become a list of them all.
    for found in _UP_TO_THE_END.finditer(text):
        line = found[0]
        if line.strip():
            yield _object(line.removesuffix("\r"))


def _object(line: str) -> Line:
    try:
        found: object = json.loads(line)
    except (ValueError, RecursionError):
        return line, (FieldError(field="linha", reason="não é um JSON válido"),)
    return found, ()


def _rows(text: str) -> Iterator[Line]:
    head = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ","
    )
    try:
        names = [_column(name.strip()) for name in next(reader, [])]
        for cells in reader:
            if any(cells):
                yield _row(names, cells)
    except csv.Error:
        raise Refused("O arquivo não é um CSV válido", "file-not-csv") from None


def _column(name: str) -> str:
    path = _bare(name)
    parts = path.split(".")
    if len(parts) > MOST_LEVELS or any(p.isdecimal() and len(p) > MOST_DIGITS for p in parts):
        detail = "Uma coluna tem um caminho que nenhuma inscrição tem."
        raise Refused("O arquivo não é um CSV válido", "column-unknown", detail)
    return path


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _row(names: list[str], cells: list[str]) -> Line:
    if len(cells) != len(names):
        reason = "número de colunas difere do cabeçalho"
        return dict(zip(names, cells, strict=False)), (FieldError(field="linha", reason=reason),)
    told = {name: _bare(cell.strip()) for name, cell in zip(names, cells, strict=True)}
    return _nested({name: cell for name, cell in told.items() if cell and name != ERRORS}), ()


def _nested(flat: Mapping[str, str]) -> object:
    """`a.b` becomes {"a": {"b": …}}; a level whose names are numbers becomes a list."""
    tree: dict[str, object] = {}
    for path, cell in flat.items():
        *parents, leaf = path.split(".")
        place = tree
        for name in parents:
            below = place.setdefault(name, {})
            place = below if isinstance(below, dict) else {}
        place[leaf] = cell
    return _listed(tree)


def _listed(node: object) -> object:
    if not isinstance(node, dict):
        return node
    if node and all(name.isdecimal() for name in node):
        return [_listed(node[name]) for name in sorted(node, key=int)]
    return {name: _listed(value) for name, value in node.items()}


def _flat(node: object, path: str = "") -> dict[str, str]:
    if isinstance(node, Mapping):
        below = [(str(name), value) for name, value in node.items()]
    elif isinstance(node, list):
        below = [(str(n), value) for n, value in enumerate(node)]
    else:
        return {path or "linha": "" if node is None else str(node)}
    flat: dict[str, str] = {}
    for name, value in below:
        flat |= _flat(value, f"{path}.{name}" if path else name)
    return flat


def _table(rows: list[dict[str, str]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row if name != ERRORS))
    out = io.StringIO()
    writer = csv.DictWriter(out, [*names, ERRORS], restval="", lineterminator="\n")
    writer.writerow({name: _harmless(name) for name in writer.fieldnames})
    for row in rows:
        writer.writerow({name: _harmless(cell) for name, cell in row.items()})
    return out.getvalue()
