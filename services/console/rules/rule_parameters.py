"""The parameters as rows, one each, with what its rule says: unit, source, confidence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.console.rules.rule_cells import Column, Kind, number, read, written
from services.console.rules.rule_sets import Part

type Row = tuple[str, ...]

_UNITS = (
    ("dias_uteis", "dias úteis"),
    ("centavos_por_mes", "centavos por mês"),
    ("meses", "meses"),
    ("minutos", "minutos"),
    ("segundos", "segundos"),
    ("horas", "horas"),
    ("anos", "anos"),
    ("idade", "anos"),
    ("vidas", "vidas"),
    ("dias", "dias"),
    ("lembretes", "dias"),
    ("por_dia", "vezes por dia"),
    ("tentativas", "vezes"),
    ("reenvios", "vezes"),
    ("faltas", "vezes"),
    ("horarios", "horários"),
    ("n_sim", "respostas sim"),
)
_KINDS: Mapping[type, tuple[Kind, str]] = {
    bool: ("flag", "sim ou não"),
    int: ("number", "número"),
    list: ("phrases", "lista"),
    dict: ("pairs", "nome: valor"),
}


def unit_of(param: str, sample: Any) -> str:
    """In what a parameter is counted; else what kind of thing it is."""
    if not isinstance(sample, bool):
        name = param.rpartition(".")[2]
        for part, unit in _UNITS:
            if part in name:
                return unit
    return _KINDS.get(type(sample), ("text", "texto"))[1]


def rows_of(part: Part, rules: Any) -> Iterator[Row]:
    """One row per parameter; a rule without any has one all the same."""
    for rule in rules if isinstance(rules, list) else ():
        shared = tuple(written(one, rule.get(one.name)) for one in part.columns if one.shared)
        for param, value in _flat(rule.get("params")) or [("", None)]:
            unit = unit_of(param, value) if param else ""
            yield (str(rule.get("id", "")), param, written(_column(value), value), unit, *shared)


def rules_of(part: Part, rows: Sequence[Row], product: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules that the rows say; each value of the kind that the product gives it."""
    samples = {one["id"]: one["params"] for one in product["rules"]}
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        name, param, cell, _, *shared = row
        columns = [one for one in part.columns if one.shared]
        told = {one.name: read(one, text) or "" for one, text in zip(columns, shared, strict=True)}
        rule = found.setdefault(name, {"id": name, "params": {}} | told)
        if param:
            _put(rule["params"], param, cell, samples.get(name, {}))
    return list(found.values())


def _put(params: dict[str, Any], name: str, cell: str, samples: Mapping[str, Any]) -> None:
    outer = next(
        (one for one in samples if _grouped(samples[one]) and name.startswith(one + ".")), None
    )
    if outer is None:
        params[name] = _value(cell, samples.get(name))
    else:
        inner = name.removeprefix(outer + ".")
        params.setdefault(outer, {})[inner] = _value(cell, samples[outer].get(inner, []))


def _flat(params: Any) -> list[tuple[str, Any]]:
    """Lists by name become a row each."""
    found: list[tuple[str, Any]] = []
    for name, value in (params if isinstance(params, Mapping) else {}).items():
        inner = value.items() if _grouped(value) else ()
        found += [(f"{name}.{one}", words) for one, words in inner] or [(name, value)]
    return found


def _grouped(value: Any) -> bool:
    return isinstance(value, Mapping) and any(isinstance(one, list) for one in value.values())


def _value(cell: str, sample: Any) -> Any:
    value = read(_column(sample), cell)
    if isinstance(sample, list):
        pieces = value if isinstance(value, list) else []
        strings = any(isinstance(one, str) for one in sample)
        return pieces if strings else [number(one) for one in pieces]
    return "" if value is None else value


def _column(sample: Any) -> Column:
    return Column("value", "Valor", _KINDS.get(type(sample), ("text", ""))[0])
