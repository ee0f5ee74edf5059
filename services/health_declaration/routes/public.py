"""What a proponent's phone calls to fill and sign the form."""

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Path, Request

from contracts.health_declaration import public
from kit.errors import problem_responses
from services.health_declaration.routes.session import (
    TOLD,
    PublicOnce,
    Register,
    Visiting,
    by_link,
    by_session,
    guessable,
)
from services.health_declaration.usecases import (
    corrections,
    entrance,
    form_view,
    forms,
    signatures,
)
from services.health_declaration.usecases.access import Unknown

doors = APIRouter(dependencies=[by_link], responses=problem_responses(403, 410, 429))
form = APIRouter(prefix="/public/declaration", dependencies=[by_session], responses=TOLD)


@doors.post("/public/sessions", status_code=202)
async def knock(body: public.SessionIn, request: Request) -> public.Challenge:
    async with guessable(request, body.link) as tx:
        return await entrance.knock(tx, body)


@doors.post("/public/sessions/{challenge_id}/confirmations", status_code=201)
async def confirm(
    challenge_id: Annotated[str, Path(max_length=100)], body: public.CodeIn, request: Request
) -> public.Session:
    async with guessable(request, challenge_id) as tx:
        return await entrance.confirm(tx, challenge_id, body.code)


@doors.post("/public/links", status_code=202)
async def ask_for_link(body: public.LinkRenewalIn, request: Request) -> public.Accepted:
    # The answer never tells whether there was such a link.
    with suppress(Unknown):
        async with guessable(request, body.link) as tx:
            await entrance.renew(tx, body.link)
    return public.Accepted()


@form.get("")
async def read(visit: Visiting) -> public.Form:
    return await form_view.view(visit)


@form.post("/letter")
async def acknowledge(body: public.LetterIn, visit: Visiting) -> public.Accepted:
    return await forms.acknowledge(visit, body)


@form.put("/answers/{question_id}")
async def answer(
    question_id: Annotated[str, Path(max_length=40)], body: public.AnswerIn, visit: Visiting
) -> public.Answer:
    return (await forms.save_answers(visit, {question_id: body}))[0]


@form.put("/answers")
async def answer_step(body: public.AnswersIn, visit: Visiting) -> public.Answers:
    return public.Answers(answers=await forms.save_answers(visit, body.answers))


@form.post("/signature-code", status_code=202)
async def send_signature_code(
    visit: Visiting, body: public.CodeRequestIn | None = None
) -> public.Challenge:
    return await signatures.send_code(visit, body.channel if body else None)


@form.post("/signature", status_code=201)
async def sign(
    body: public.SignatureIn, visit: Visiting, once: PublicOnce, register: Register
) -> public.Receipt:
    return await once(lambda: signatures.sign(visit, body, register))


@form.post("/rectification", status_code=201)
async def rectify(visit: Visiting, once: PublicOnce) -> public.Accepted:
    return await once(lambda: corrections.rectify(visit))


@form.post("/withdrawal")
async def withdraw(visit: Visiting, once: PublicOnce) -> public.Accepted:
    return await once(lambda: corrections.withdraw(visit))


router = APIRouter(tags=["public"])
router.include_router(doors)
router.include_router(form)
