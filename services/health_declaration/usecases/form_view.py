"""The form as a phone shows it, and the text as it would be signed now."""

from collections.abc import Iterable, Mapping

from contracts.health_declaration import public
from contracts.health_declaration.public import Notice, NoticeKind
from kit.db import Transaction
from services.health_declaration.models import Declaration
from services.health_declaration.queries import forms, rulebook
from services.health_declaration.rules import signed_text
from services.health_declaration.rules.answers import Answer
from services.health_declaration.rules.next_step import next_step
from services.health_declaration.rules.questionnaire import QuestionSet
from services.health_declaration.usecases import access

Notices = Mapping[NoticeKind, Notice]


async def view(visit: access.Visit) -> public.Form:
    """Everything the phone needs; whoever types for another leaves a trail of having read it."""
    tx = visit.tx
    case = await access.seen(visit)
    await access.note_reading(visit)
    book = await rulebook.pinned(tx, case.rules_version)
    kept = await forms.answers(tx, case)
    notices = await forms.notices_read(tx, case)
    text = await _text(tx, case, given(kept), notices)
    return public.Form(
        declaration_id=case.declaration_id,
        stage=case.stage,
        answers_version=case.answers_version,
        protocol=case.protocol,
        **notices,
        letter_acknowledged=case.letter_version is not None,
        guidance=case.guidance,
        stem=book.questions.stem,
        questions=_questions(book.questions),
        answers=tuple(map(_answer, kept)),
        text_hash=signed_text.text_hash(text),
        text=text,
        next_step=next_step(case.stage, guidance_awaited=await guidance_awaited(tx, case)),
    )


async def current_text(tx: Transaction, case: Declaration, answers: Mapping[str, Answer]) -> str:
    """The text as it would be signed now with these answers of the current version."""
    return await _text(tx, case, answers, await forms.notices_read(tx, case))


async def _text(
    tx: Transaction, case: Declaration, answers: Mapping[str, Answer], notices: Notices
) -> str:
    book = await rulebook.pinned(tx, case.rules_version)
    represented = case.respondent_id != case.person_id
    respondent = await forms.name(tx, case.respondent_id) if represented else None
    declared = signed_text.Declared(
        mark=tx.blind("signed_text", f"{case.declaration_id}/{case.answers_version}"),
        answers_version=case.answers_version,
        person=await forms.name(tx, case.person_id),
        respondent=respondent,
        **_acknowledged(case, notices),
        guidance=case.guidance,
        intermediary=await _intermediary(tx, case),
        questions=book.questions,
        answers=answers,
    )
    return signed_text.signed_text(declared)


def _acknowledged(case: Declaration, notices: Notices) -> dict[NoticeKind, signed_text.Read | None]:
    if case.letter_version is None:
        return dict.fromkeys(notices)
    return {kind: signed_text.Read(one.version, one.text) for kind, one in notices.items()}


async def answers_given(tx: Transaction, case: Declaration) -> dict[str, Answer]:
    """The answers of the current version, as the rules take them."""
    return given(await forms.answers(tx, case))


def given(kept: Iterable[forms.KeptAnswer]) -> dict[str, Answer]:
    """The same, of answers already read."""
    return {
        one.question_id: Answer(one.said["answer"] == "yes", one.said["details"]) for one in kept
    }


async def guidance_awaited(tx: Transaction, case: Declaration) -> bool:
    """Whether the operator's doctor was asked for and may still speak with the proponent.

    After the last no-show nobody waits for the talk any more: it keeps nobody from signing.
    """
    if case.guidance != "operator_doctor":
        return False
    return (await forms.guidance(tx, case)).isdisjoint({"concluded", "to_person"})


async def _intermediary(tx: Transaction, case: Declaration) -> signed_text.Present | None:
    if case.intermediary_sealed is None:
        return None
    known = await tx.open(case.person_id, case.intermediary_sealed)
    return signed_text.Present(known["name"], known["cpf"])


def _answer(kept: forms.KeptAnswer) -> public.Answer:
    return public.Answer(
        question_id=kept.question_id,
        answer=kept.said["answer"],
        details=kept.said["details"],
        saved_at=kept.saved_at,
    )


def _questions(questions: QuestionSet) -> tuple[public.Question, ...]:
    return tuple(
        public.Question(
            id=question.id,
            text=question.text,
            group=question.group,
            follow_ups=tuple(
                public.FollowUp(id=one.id, text=one.text, required=one.required, kind=one.kind)
                for one in questions.follow_ups_of(question)
            ),
        )
        for question in questions.questions
    )
