"""What went wrong, told as RFC 9457 problem details in Brazilian Portuguese."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from kit.keyring import KeyDestroyed, KeyMissing
from kit.logs import logger
from kit.problem_schema import MEDIA_TYPE, document_problems, problem_responses
from kit.reasons import field_errors

__all__ = [
    "BadRequest",
    "Conflict",
    "Forbidden",
    "NotFound",
    "Problem",
    "Refused",
    "TooManyAttempts",
    "Unauthenticated",
    "Unavailable",
    "install_errors",
    "problem_responses",
    "refuse_unfit",
]

log = logger("kit.errors")

_TITLES = {
    400: "Pedido malformado",
    401: "Autenticação necessária",
    403: "Acesso negado",
    404: "Não encontrado",
    405: "Método não permitido",
    406: "Formato de resposta não disponível",
    409: "Conflito com o estado atual",
    410: "Não está mais disponível",
    413: "Conteúdo grande demais",
    415: "Tipo de conteúdo não aceito",
    422: "Dados inválidos",
    429: "Tentativas demais",
    500: "Erro interno",
    503: "Serviço temporariamente indisponível",
}

# Postgres error classes (appendix A of its manual) by what the caller can do about them.
_TRY_AGAIN = ("40", "08", "53", "57", "55P03", "25P03", "25P04")
_BAD_DATA = ("22", "54000")
_COLLIDED = ("23505", "23P01")
_RETRY_AFTER_SECONDS = "1"


class Problem(Exception):
    """Refuses a request with a status, a sentence in Portuguese and a stable kebab-case code.

    `extra` becomes top-level members of the body (who, when, next…); it must be JSON-ready and
    free of health data.
    """

    def __init__(
        self,
        status: int,
        title: str,
        code: str,
        detail: str = "",
        extra: dict[str, object] | None = None,
    ) -> None:
        self.status = status
        self.title = title
        self.code = code
        self.detail = detail
        self.extra: dict[str, object] = extra or {}
        self.headers: dict[str, str] = {}
        super().__init__(f"{status} {code}")


class _Known(Problem):
    """A problem whose status is its class: `Conflict("Já assumida", "already-claimed", who=…)`."""

    fixed_status = 400
    fixed_code = "bad-request"

    def __init__(
        self,
        title: str = "",
        code: str = "",
        detail: str = "",
        extra: dict[str, object] | None = None,
        **more: object,
    ) -> None:
        kind = type(self)
        members = (extra or {}) | more
        title = title or title_of(kind.fixed_status)
        super().__init__(kind.fixed_status, title, code or kind.fixed_code, detail, members)


class BadRequest(_Known):
    """400: the request makes no sense as sent."""


class Unauthenticated(_Known):
    """401: no valid token; carries the challenge of RFC 6750."""

    fixed_status, fixed_code = 401, "unauthenticated"

    def __init__(self, title: str = "", code: str = "", detail: str = "") -> None:
        super().__init__(title, code, detail)
        error = ', error="invalid_token"' if code else ""
        self.headers = {"WWW-Authenticate": f'Bearer realm="vinculo"{error}'}


class Forbidden(_Known):
    """403: the caller is known and may not do this."""

    fixed_status, fixed_code = 403, "forbidden"


class NotFound(_Known):
    """404: absent, or of another tenant (never told apart)."""

    fixed_status, fixed_code = 404, "not-found"


class Conflict(_Known):
    """409: the state has moved on; `extra` tells who, when or what is next."""

    fixed_status, fixed_code = 409, "conflict"


class Refused(_Known):
    """422: understood, and refused by a rule or by a field."""

    fixed_status, fixed_code = 422, "refused"


class TooManyAttempts(_Known):
    """429: the limit of attempts was reached."""

    fixed_status, fixed_code = 429, "too-many-attempts"


class Unavailable(_Known):
    """503: worth trying again soon; carries Retry-After."""

    fixed_status, fixed_code = 503, "unavailable"

    def __init__(self, title: str = "", code: str = "", detail: str = "", **more: object) -> None:
        super().__init__(title, code, detail, more)
        self.headers = {"Retry-After": _RETRY_AFTER_SECONDS}


def title_of(status: int) -> str:
    """The Portuguese title of an HTTP status."""
    return _TITLES.get(status, "Pedido recusado" if status < 500 else "Erro interno")


def problem_response(problem: Problem) -> JSONResponse:
    """The problem as an HTTP answer."""
    body: dict[str, object] = {
        "type": f"urn:vinculo:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
    }
    if problem.detail:
        body["detail"] = problem.detail
    # Members of the standard come last: an extra one may carry any name.
    return JSONResponse(
        problem.extra | body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


Answer = Callable[[Request, Problem], Awaitable[Response]]


async def answer_document(request: Request, problem: Problem) -> Response:
    """The problem as programs read it."""
    return problem_response(problem)


async def answer_of(request: Request, problem: Problem) -> Response:
    """The problem as the app tells its problems."""
    shape: Answer = getattr(request.app.state, "answer_problem", answer_document)
    answer = await shape(request, problem)
    for name, value in problem.headers.items():
        answer.headers.setdefault(name, value)
    return answer


def install_errors(app: FastAPI) -> None:
    """Answer every failure of `app` as a problem and describe that in its OpenAPI.

    Where people look, `app.state.answer_problem` makes pages of them.
    """
    handlers: Mapping[type[Exception], Callable[[Any], Problem]] = {
        Problem: lambda problem: problem,
        RequestValidationError: _invalid,
        HTTPException: _http,
        DBAPIError: _database,
        asyncpg.PostgresError: _postgres,
        asyncpg.InterfaceError: _unavailable,
        PoolTimeout: _unavailable,
        ConnectionError: _unavailable,
        TimeoutError: _unavailable,
        UnicodeEncodeError: _bad_data,
        KeyDestroyed: _erased,
        KeyMissing: _key_missing,
        Exception: _unexpected,
    }
    for kind, translate in handlers.items():
        app.add_exception_handler(kind, _handler(translate))
    document_problems(app)


def refuse_unfit(app: FastAPI) -> None:
    """For an app that asks others: what was typed and fits into no question of theirs is 422."""
    app.add_exception_handler(ValidationError, _handler(_unfit))


def _unfit(exc: ValidationError) -> Problem:
    log.warning("typed what fits no contract", contract=exc.title)
    return Problem(422, title_of(422), "validation-failed", "Confira o que foi escrito.")


def _handler(
    translate: Callable[[Any], Problem],
) -> Callable[[Request, Exception], Any]:
    async def handle(request: Request, exc: Exception) -> Response:
        problem = translate(exc)
        if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR and translate is not _unexpected:
            # What only the catch-all sees is raised again and told by the server itself.
            log.error("request failed", exc_info=exc)
        elif problem.status > HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("request turned away", code=problem.code, error=type(exc).__name__)
        return await answer_of(request, problem)

    return handle


def _invalid(exc: RequestValidationError) -> Problem:
    errors = field_errors(exc.errors())
    return Problem(422, title_of(422), "validation-failed", extra={"errors": errors})


def _http(exc: HTTPException) -> Problem:
    slug = HTTPStatus(exc.status_code).phrase.lower().replace(" ", "-")
    problem = Problem(exc.status_code, title_of(exc.status_code), slug)
    problem.headers = dict(exc.headers or {})
    return problem


def _database(exc: DBAPIError) -> Problem:
    if exc.connection_invalidated:
        return Unavailable()
    original = exc.orig
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return _by_state(state, original.__cause__ if original else None)


def _postgres(exc: asyncpg.PostgresError) -> Problem:
    return _by_state(exc.sqlstate, exc)


def _by_state(state: str | None, cause: BaseException | None) -> Problem:
    if state is None:
        return _without_state(cause)
    if state.startswith(_TRY_AGAIN):
        return Unavailable()
    if state.startswith(_BAD_DATA):
        return _bad_data(cause)
    if state in _COLLIDED:
        return Conflict()
    return _unexpected(cause)


def _without_state(cause: BaseException | None) -> Problem:
    # asyncpg refuses a value it cannot encode before the server sees it: no SQLSTATE then.
    if isinstance(cause, asyncpg.DataError | UnicodeEncodeError | ValueError | OverflowError):
        return _bad_data(cause)
    if isinstance(cause, asyncpg.InterfaceError | OSError):
        return Unavailable()
    return _unexpected(cause)


def _bad_data(exc: object) -> Problem:
    return Refused(code="unacceptable-data", detail="Um dos valores enviados não pode ser gravado.")


def _unavailable(exc: object) -> Problem:
    return Unavailable()


def _erased(exc: object) -> Problem:
    # What was sealed for the person no longer exists for anybody.
    return Problem(410, "Os dados foram apagados", "erased")


def _key_missing(exc: object) -> Problem:
    # Nobody erased anything: the keyring must be made whole, then the same request is answered.
    return Unavailable(code="key-missing", detail="Falta no chaveiro a chave destes dados.")


def _unexpected(exc: object) -> Problem:
    return Problem(500, title_of(500), "internal-error")
