"""S13, steps 2 to 5: the letter, the questions by group, the details of each yes, the review."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError

from contracts.health_declaration import public
from kit.errors import NotFound, Problem
from services.console.routes.public.screens import screen
from services.console.routes.public.visit import Typed, Visit, Visiting, by_phone, from_here
from services.console.routes.public.ways import DECLARATION, ECHOED, by_field, form_of, onward
from services.console.rules import letter, steps

router = APIRouter(include_in_schema=False, dependencies=[from_here, by_phone])
Number = Annotated[int, Path(ge=1, le=100)]


@router.get("/carta")
async def read_letter(request: Request, visit: Visiting) -> Response:
    return await _letter(request, visit, HTTPStatus.OK, typed={})


@router.post("/carta")
async def acknowledge(request: Request, visit: Visiting, typed: Typed) -> Response:
    wrong = letter.missing(typed)
    if wrong:
        return await _letter(request, visit, 422, typed=typed, wrong=wrong)
    try:
        body = letter.acknowledged(typed)
        await visit.form.post(f"{DECLARATION}/letter", body, public.Accepted)
    except ValidationError:
        wrong = {"intermediario_cpf": letter.PRESENT}
        return await _letter(request, visit, 422, typed=typed, wrong=wrong)
    except Problem as problem:
        if problem.status not in ECHOED:
            raise
        return await _letter(request, visit, problem.status, typed=typed, problem=problem)
    return onward()


async def _letter(request: Request, visit: Visit, status: int, **told: Any) -> Response:
    form = await form_of(visit)
    if form.stage not in steps.OPEN:
        return onward(steps.STANDING)
    return screen(request, "letter.html", status, form=form, **told)


@router.get("/perguntas/{number}")
async def ask(request: Request, visit: Visiting, number: Number) -> Response:
    form = await form_of(visit)
    if form.stage not in steps.OPEN or not form.letter_acknowledged:
        return onward(steps.place(form))
    chosen = {name: one.answer for name, one in steps.answers(form).items()}
    return _questions(request, form, number, HTTPStatus.OK, typed=chosen)


@router.post("/perguntas/{number}")
async def answer(request: Request, visit: Visiting, number: Number, typed: Typed) -> Response:
    form = await form_of(visit)
    await _save(visit, steps.given(_group(form, number), typed, steps.answers(form)))
    wrong = steps.unanswered(_group(form, number), typed)
    if wrong:
        return _questions(request, form, number, 422, typed=typed, wrong=wrong)
    last = number == len(steps.groups(form))
    return onward(steps.DETAILS if last else f"{steps.QUESTIONS}/{number + 1}")


@router.post("/perguntas/{number}/guardar")
async def keep_answers(request: Request, visit: Visiting, number: Number, typed: Typed) -> Response:
    form = await form_of(visit)
    await _save(visit, steps.given(_group(form, number), typed, steps.answers(form)))
    return screen(request, "_kept.html", now=_now(request, visit))


def _questions(
    request: Request, form: public.Form, number: int, status: int, **told: Any
) -> Response:
    every = steps.groups(form)
    shown: dict[str, Any] = {"form": form, "group": _group(form, number), "groups": every}
    return screen(request, "questions.html", status, **shown, **told)


def _group(form: public.Form, number: int) -> steps.Group:
    every = steps.groups(form)
    if number > len(every):
        raise NotFound()
    return every[number - 1]


@router.get("/detalhes")
async def ask_details(request: Request, visit: Visiting) -> Response:
    form = await form_of(visit)
    if form.stage not in steps.OPEN or not form.letter_acknowledged:
        return onward(steps.place(form))
    if not steps.declared(form):
        return onward(steps.REVIEW)
    return _details(request, form, HTTPStatus.OK, typed=steps.as_typed(form))


@router.post("/detalhes")
async def detail(request: Request, visit: Visiting, typed: Typed) -> Response:
    form = await form_of(visit)
    wrong = steps.lacking(form, typed) | await _saved(visit, form, typed)
    if wrong:
        return _details(request, form, 422, typed=typed, wrong=wrong)
    return onward(steps.REVIEW)


@router.post("/detalhes/guardar")
async def keep_details(request: Request, visit: Visiting, typed: Typed) -> Response:
    form = await form_of(visit)
    wrong = await _saved(visit, form, typed)
    return screen(request, "_kept.html", now=_now(request, visit), wrong=wrong)


async def _saved(visit: Visit, form: public.Form, typed: Typed) -> dict[str, str]:
    """Keeps the details; what the service says of those it does not take."""
    try:
        await _save(visit, steps.detailed(form, typed))
    except Problem as problem:
        if problem.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        return by_field(problem)
    return {}


def _details(request: Request, form: public.Form, status: int, **told: Any) -> Response:
    shown: dict[str, Any] = {"form": form, "declared": steps.declared(form)}
    return screen(request, "details.html", status, **shown, **told)


async def _save(visit: Visit, given: dict[str, public.AnswerIn]) -> None:
    if given:
        body = public.AnswersIn(answers=given)
        await visit.form.put(f"{DECLARATION}/answers", body, public.Answers)


def _now(request: Request, visit: Visit) -> datetime:
    """The moment by the clock of the person's operator."""
    moment: datetime = request.app.state.resources.clock.now(visit.tenant)
    return moment


@router.get("/revisao")
async def review(request: Request, visit: Visiting) -> Response:
    form = await form_of(visit)
    if form.stage not in steps.OPEN or not form.letter_acknowledged:
        return onward(steps.place(form))
    told = {one.question.id: one for one in steps.told(form)}
    left = steps.place(form)
    complete = left == steps.REVIEW
    shown: dict[str, Any] = {"form": form, "groups": steps.groups(form), "told": told}
    return screen(request, "review.html", **shown, complete=complete, left=left)
