"""How problems look in OpenAPI, so that what an operation may answer is written down."""

from typing import Any

from fastapi import FastAPI

MEDIA_TYPE = "application/problem+json"
_REFERENCE = "#/components/schemas/Problem"
_DESCRIPTIONS = {
    400: "Pedido malformado",
    401: "Sem credencial válida",
    403: "Sem permissão",
    404: "Não encontrado",
    409: "Conflito com o estado atual",
    410: "Não está mais disponível",
    413: "Conteúdo grande demais",
    415: "Tipo de conteúdo não aceito",
    422: "Dados inválidos ou recusados por uma regra",
    429: "Tentativas demais",
    503: "Temporariamente indisponível",
}
_METHODS = {"get", "put", "post", "delete", "patch"}
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457; a title and reasons in Brazilian Portuguese, and a stable code.",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route that may answer a problem with one of `statuses`."""
    return {status: _response(status) for status in statuses}


def document_problems(app: FastAPI) -> None:
    """Make the app's OpenAPI tell the problems that any operation may answer."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        schema = generate()
        if fresh:
            _describe(schema)
        return schema

    # FastAPI documents replacing this method as the way to extend the schema.
    setattr(app, "openapi", openapi)  # noqa: B010


def _describe(schema: dict[str, Any]) -> None:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    for path, item in schema.get("paths", {}).items():
        for method, operation in item.items():
            if method in _METHODS:
                _describe_operation(path, method, operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _describe_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    statuses = {400, 422, 503}
    # Whoever is let in may meet what an erasure made unreadable.
    statuses |= {401, 403, 410} if operation.get("security") else set()
    statuses |= {404} if "{" in path else set()
    statuses |= {409, 413} if method != "get" else set()
    responses = operation.setdefault("responses", {})
    if MEDIA_TYPE not in responses.get("422", {}).get("content", {}):
        responses["422"] = _response(422)
    for status in sorted(statuses):
        responses.setdefault(str(status), _response(status))


def _response(status: int) -> dict[str, Any]:
    return {
        "description": _DESCRIPTIONS.get(status, "Recusado"),
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE}}},
    }
