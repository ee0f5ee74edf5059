"""Filling the form: the letter first, then each answer as it comes."""

from collections.abc import Iterable, Mapping

from sqlalchemy.dialects.postgresql import Insert, insert

from contracts.health_declaration import public
from contracts.health_declaration.events import DeclarationStarted
from kit.db import Transaction
from kit.errors import Conflict, Refused
from services.health_declaration.models import Answer, Declaration
from services.health_declaration.queries import forms, rulebook
from services.health_declaration.rules import answers as rules
from services.health_declaration.rules.questionnaire import QuestionSet
from services.health_declaration.usecases import access, cases, interviews, links


async def acknowledge(visit: access.Visit, body: public.LetterIn) -> public.Accepted:
    """The texts in force were read; the guidance may still be changed until the signature."""
    tx = visit.tx
    case = await access.case_of(visit)
    expect_unsigned(case)
    await _expect_in_force(tx, body)
    case.letter_version, case.letter_at, case.guidance = body.version, tx.now, body.guidance
    case.privacy_version, case.terms_version = body.privacy_version, body.terms_version
    case.intermediary_sealed = None
    if body.intermediary is not None:
        present = body.intermediary.model_dump(mode="json")
        case.intermediary_sealed = await tx.seal(case.person_id, present)
    await tx.audit("letter.acknowledged", case.declaration_id, details=_by(visit))
    if case.stage == "invited":
        await _start(tx, case)
    await _guide(tx, case)
    return public.Accepted()


async def _start(tx: Transaction, case: Declaration) -> None:
    await cases.move(tx, case, "filling")
    await tx.record(
        DeclarationStarted(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            letter_version=case.letter_version or "",
        )
    )


async def _guide(tx: Transaction, case: Declaration) -> None:
    """An interview is asked for once; a proponent who changes their mind needs none."""
    if case.guidance != "operator_doctor":
        await interviews.cancel_open(tx, case)
    elif not await forms.guidance(tx, case) & {"open", "scheduled", "concluded", "to_person"}:
        await interviews.request(tx, case, "guidance", reason=None, requested_by=None)


async def _expect_in_force(tx: Transaction, body: public.LetterIn) -> None:
    read = {"letter": body.version, "privacy": body.privacy_version, "terms": body.terms_version}
    in_force = {kind: one.version for kind, one in (await forms.notices_in_force(tx)).items()}
    if read != in_force:
        raise Conflict(
            "Os textos mudaram",
            "notice-changed",
            "Leia a carta, o aviso de privacidade e os termos em vigor antes de continuar.",
            versions=in_force,
        )


async def save_answers(
    visit: access.Visit, given: Mapping[str, public.AnswerIn]
) -> tuple[public.Answer, ...]:
    """Keeps each answer in place of the former, all or none; 422 names the field and the reason."""
    tx, now = visit.tx, visit.tx.now
    case = await access.case_of(visit)
    expect_lettered(case)
    book = await rulebook.pinned(tx, case.rules_version)
    if problems := _impossible(book.questions, given, tx.today.year):
        raise answers_refused(problems)
    rows = [
        {"question_id": name, "answer_sealed": await _sealed(tx, case, one)}
        | {"tenant_id": tx.tenant_id, "declaration_id": case.declaration_id}
        | {"answers_version": case.answers_version, "saved_at": now, "saved_by": visit.assisted_by}
        for name, one in given.items()
    ]
    await tx.session.execute(_in_place_of_the_former(), rows)
    return tuple(
        public.Answer(**one.model_dump(), question_id=name, saved_at=now)
        for name, one in given.items()
    )


def _impossible(
    questions: QuestionSet, given: Mapping[str, public.AnswerIn], year: int
) -> list[rules.Problem]:
    return [
        problem
        for name, one in given.items()
        for problem in rules.check_answer(
            questions, name, rules.Answer(one.answer == "yes", one.details), year
        )
    ]


async def _sealed(tx: Transaction, case: Declaration, one: public.AnswerIn) -> str:
    return await tx.seal(case.person_id, one.model_dump(mode="json"))


def _in_place_of_the_former() -> Insert:
    row = insert(Answer)
    key = ["tenant_id", "declaration_id", "answers_version", "question_id"]
    said = {name: row.excluded[name] for name in ("answer_sealed", "saved_at", "saved_by")}
    return row.on_conflict_do_update(index_elements=key, set_=said)


def answers_refused(problems: Iterable[rules.Problem]) -> Refused:
    """422 with one line per problem; nothing that was typed is repeated."""
    errors = [
        {
            "field": ".".join(filter(None, (one.question, one.follow_up))),
            "reason": one.text,
            "code": one.code,
        }
        for one in problems
    ]
    return Refused(code="answers-refused", errors=errors)


def expect_unsigned(case: Declaration) -> None:
    """409 once the declaration was signed or ended."""
    if case.stage in cases.BEFORE_SIGNATURE:
        return
    if case.stage == cases.UNREPRESENTED:
        raise links.nobody_answers()
    if case.stage in cases.GONE:
        raise ended(case)
    raise Conflict(
        "A declaração já foi assinada",
        "already-signed",
        "Para mudar uma resposta, retifique a declaração.",
        signed_at=case.signed_at.isoformat() if case.signed_at else None,
        protocol=case.protocol,
    )


def expect_lettered(case: Declaration) -> None:
    """409 before the letter, after the signature and after the end."""
    expect_unsigned(case)
    if case.stage == "invited":
        raise Conflict(
            "A carta vem antes", "letter-first", "Leia e aceite a carta de orientação primeiro."
        )


def ended(case: Declaration) -> Conflict:
    """409: nothing more can be done on this declaration."""
    return Conflict(
        "A declaração está encerrada",
        "declaration-ended",
        "Fale com a operadora se precisar de outra.",
        stage="released" if case.stage == "integrated" else case.stage,
    )


def _by(visit: access.Visit) -> dict[str, str]:
    return {"assisted_by": visit.assisted_by} if visit.assisted_by else {}
