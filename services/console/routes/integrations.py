"""S24, integrations: what is parked between the services, and what sets it going again."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response

from kit.errors import Problem
from services.console.queries import integrations
from services.console.queries.looking import Look
from services.console.routes.headers import same_origin
from services.console.routes.look import Id, Looking, Typed, Word
from services.console.routes.needs import needs
from services.console.routes.pages import page
from services.console.routes.shown import ECHOED
from services.console.routes.visit import by_session
from services.console.rules import integrations as words
from services.console.rules.integrations import Named
from services.console.usecases import integrations as acts
from services.console.usecases.integrations import Redone

router = APIRouter(
    prefix="/integracoes",
    include_in_schema=False,
    dependencies=[by_session, Depends(same_origin), needs("ops.parked")],
)


@dataclass(frozen=True)
class Told:
    """What came of the last order of this page, and which form it was."""

    form: str = ""
    done: str = ""
    problem: Problem | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    chosen: frozenset[str] = frozenset()
    redone: tuple[Redone, ...] = ()

    @property
    def status(self) -> int:
        """As HTTP tells it."""
        if self.problem is not None:
            return self.problem.status
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.wrong else HTTPStatus.OK


@dataclass(frozen=True)
class Order:
    """One form that was sent: which, what is said once it is done, what was typed."""

    form: str
    done: str
    typed: Mapping[str, str]


@router.get("")
async def show(request: Request, look: Looking, recusadas: Word = "") -> Response:
    return await _shown(request, look, Told(), recusadas)


@router.post("/paradas")
async def redrive(request: Request, look: Looking, typed: Typed) -> Response:
    """One or many keys are done again; what came of each is told."""
    form = await request.form()
    values = [value for value in form.getlist("item") if isinstance(value, str)]
    chosen = [named for named in map(words.named, values) if named is not None]
    wrong = _unchosen(chosen, typed)
    if wrong:
        told = Told("paradas", wrong=wrong, chosen=frozenset(values))
        return await _shown(request, look, told)
    redone = tuple(await acts.redrive(look, chosen))
    return await _shown(request, look, Told("paradas", done="Repetição feita.", redone=redone))


@router.post("/contatos/{contact_id}")
async def resolve(request: Request, look: Looking, contact_id: Id, typed: Typed) -> Response:
    again = typed.get("outcome") == "resend"
    done = "a mensagem vai sair de novo." if again else "a mensagem não sai de novo."
    order = Order(f"contato-{contact_id}", f"Registrado: {done}", typed)
    return await _done(request, look, order, acts.resolve(look, contact_id, typed))


@router.post("/cpts/{cpt_id}")
async def report(request: Request, look: Looking, cpt_id: Id, typed: Typed) -> Response:
    order = Order(f"cpt-{cpt_id}", "Envio ao ERP pedido de novo: o andamento está na lista.", typed)
    return await _done(request, look, order, acts.report(look, cpt_id, typed.get("key", "")))


@router.post("/chaves")
async def register(request: Request, look: Looking, typed: Typed) -> Response:
    order = Order("chave", "Chave registrada.", typed)
    return await _done(request, look, order, acts.register(look, typed))


@router.get("/arquivos/{file_id}")
async def rejected(look: Looking, file_id: Id) -> Response:
    """The refused lines of a file as they were sent, to be corrected and sent again."""
    content, kind = await look.registry.content(f"/enrolment-files/{file_id}/rejected")
    ending = "csv" if kind.startswith("text/csv") else "ndjson"
    name = f'attachment; filename="recusadas-{file_id}.{ending}"'
    return Response(content, media_type=kind, headers={"Content-Disposition": name})


async def _done(
    request: Request, look: Look, order: Order, carried_out: Awaitable[object]
) -> Response:
    """The page after an order; what was refused keeps its form open, with all that was typed."""
    told = Told(order.form, order.done)
    try:
        await carried_out
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        told = Told(order.form, problem=problem, wrong=_errors(problem), typed=order.typed)
    return await _shown(request, look, told)


def _errors(problem: Problem) -> dict[str, str]:
    """What is wrong, at the fields of the form; the rest is told above it."""
    errors = problem.extra.get("errors")
    told = errors if isinstance(errors, list) else []
    return {str(one["field"]).partition(".")[0]: str(one["reason"]) for one in told}


async def _shown(request: Request, look: Look, told: Told, after: str = "") -> Response:
    standing = await integrations.standing(look, after)
    # Keys are parked in real time, whatever the business clock says.
    now, key = datetime.now(UTC), str(uuid4())
    parts: dict[str, Any] = {"standing": standing, "told": told, "after": after}
    return page(request, "integrations.html", told.status, ops=words, now=now, key=key, **parts)


def _unchosen(chosen: list[Named], typed: Mapping[str, str]) -> dict[str, str]:
    wrong = {} if chosen else {"item": "Escolha ao menos uma chave."}
    return wrong if typed.get("sure") else wrong | {"sure": "Marque para confirmar."}
