"""Why a field was refused, in Portuguese, never repeating what was sent."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

_LONGEST_NAME = 64
_INVALID = "valor inválido"

_REASONS: dict[str, str] = {
    "missing": "campo obrigatório",
    "extra_forbidden": "campo desconhecido",
    "json_invalid": "o corpo não é um JSON válido",
    "json_type": "deve ser um JSON válido",
    "model_type": "deve ser um objeto",
    "model_attributes_type": "deve ser um objeto",
    "dict_type": "deve ser um objeto",
    "mapping_type": "deve ser um objeto",
    "list_type": "deve ser uma lista",
    "tuple_type": "deve ser uma lista",
    "set_type": "deve ser uma lista",
    "frozen_set_type": "deve ser uma lista",
    "iterable_type": "deve ser uma lista",
    "none_required": "deve ser nulo",
    "greater_than": "deve ser maior que {gt}",
    "greater_than_equal": "deve ser maior ou igual a {ge}",
    "less_than": "deve ser menor que {lt}",
    "less_than_equal": "deve ser menor ou igual a {le}",
    "multiple_of": "deve ser múltiplo de {multiple_of}",
    "finite_number": "deve ser um número finito",
    "too_short": "deve ter ao menos {min_length} item(ns)",
    "too_long": "deve ter no máximo {max_length} item(ns)",
    "string_type": "deve ser um texto",
    "string_unicode": "o texto tem caracteres inválidos",
    "string_too_short": "deve ter ao menos {min_length} caractere(s)",
    "string_too_long": "deve ter no máximo {max_length} caracteres",
    "string_pattern_mismatch": "não está no formato esperado",
    "string_not_ascii": "deve ter apenas caracteres ASCII",
    "enum": "deve ser um dos valores permitidos: {expected}",
    "literal_error": "deve ser um dos valores permitidos: {expected}",
    "bool_type": "deve ser verdadeiro ou falso",
    "bool_parsing": "deve ser verdadeiro ou falso",
    "int_type": "deve ser um número inteiro",
    "int_parsing": "deve ser um número inteiro",
    "int_parsing_size": "o número é grande demais",
    "int_from_float": "deve ser um número inteiro, sem casas decimais",
    "float_type": "deve ser um número",
    "float_parsing": "deve ser um número",
    "decimal_type": "deve ser um número decimal",
    "decimal_parsing": "deve ser um número decimal",
    "decimal_max_digits": "deve ter no máximo {max_digits} dígitos",
    "decimal_max_places": "deve ter no máximo {decimal_places} casas decimais",
    "decimal_whole_digits": "deve ter no máximo {whole_digits} dígitos inteiros",
    "bytes_type": "deve ser um conteúdo em bytes",
    "bytes_invalid_encoding": "a codificação do conteúdo é inválida",
    "date_type": "deve ser uma data (AAAA-MM-DD)",
    "date_parsing": "deve ser uma data válida (AAAA-MM-DD)",
    "date_from_datetime_parsing": "deve ser uma data válida (AAAA-MM-DD)",
    "date_from_datetime_inexact": "deve ser uma data sem hora (AAAA-MM-DD)",
    "date_past": "deve ser uma data no passado",
    "date_future": "deve ser uma data no futuro",
    "time_type": "deve ser uma hora",
    "time_parsing": "deve ser uma hora válida (HH:MM)",
    "datetime_type": "deve ser data e hora",
    "datetime_parsing": "deve ser data e hora válidas (ISO 8601)",
    "datetime_from_date_parsing": "deve ser data e hora válidas (ISO 8601)",
    "datetime_object_invalid": "deve ser data e hora válidas (ISO 8601)",
    "datetime_past": "deve estar no passado",
    "datetime_future": "deve estar no futuro",
    "timezone_naive": "não deve ter fuso horário",
    "timezone_aware": "deve ter fuso horário",
    "timezone_offset": "o fuso horário não é o esperado",
    "time_delta_type": "deve ser uma duração",
    "time_delta_parsing": "deve ser uma duração válida",
    "union_tag_invalid": "o tipo indicado não é um dos permitidos",
    "union_tag_not_found": "falta indicar o tipo",
    "url_type": "deve ser um endereço (URL)",
    "url_parsing": "deve ser um endereço (URL) válido",
    "url_syntax_violation": "deve ser um endereço (URL) válido",
    "url_too_long": "o endereço (URL) é longo demais",
    "url_scheme": "o esquema do endereço (URL) não é permitido",
    "uuid_type": "deve ser um UUID",
    "uuid_parsing": "deve ser um UUID válido",
    "uuid_version": "deve ser um UUID da versão {expected_version}",
}
_BUILT_IN = frozenset(get_args(ErrorType))
_PLACES = {"body", "query", "path", "header", "cookie"}


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Pydantic's errors as `{"field": "pessoa.cpf", "reason": "…"}`, without the sent values.

    Sentences of our own validators (ValueError, PydanticCustomError) pass as they are written,
    unless they repeat the value.
    """
    return [{"field": _field(error), "reason": _reason(error)} for error in errors]


def _field(error: Mapping[str, Any]) -> str:
    place, *rest = error.get("loc") or ("body",)
    if error["type"] == "json_invalid":
        return "corpo"
    path = rest if place in _PLACES else [place, *rest]
    return ".".join(str(part)[:_LONGEST_NAME] for part in path) or "corpo"


def _reason(error: Mapping[str, Any]) -> str:
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    if kind in {"value_error", "assertion_error"}:
        return _own_words(str(context.get("error", "")), error.get("input"))
    if kind not in _BUILT_IN:
        return _own_words(str(error.get("msg", "")), error.get("input"))
    try:
        return _REASONS.get(kind, _INVALID).format_map(context)
    except KeyError:
        return _INVALID


def _own_words(sentence: str, sent: object) -> str:
    # No sentence holds a whole list or object, and a deep one could not even be written out.
    one = sent is not None and not isinstance(sent, dict | list)
    repeats = one and str(sent) and str(sent) in sentence
    return _INVALID if repeats or not sentence else sentence
