"""The offer: what the law allows to be put to the person, and the way each choice goes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from sqlmodel import col, select

from contracts.health_declaration import desk, public
from contracts.health_declaration.events import OfferAccepted, OfferMade, OfferRefused
from contracts.health_declaration.paper import PaperOfferIn
from contracts.registry.events import Channel
from contracts.values import dotted
from kit.db import Transaction
from kit.errors import Conflict, NotFound, Refused
from services.health_declaration.models import Declaration, Offer
from services.health_declaration.queries import rulebook, views
from services.health_declaration.rules.cpt import CptItem, CptProposal, propose
from services.health_declaration.rules.offer import Option, OptionKind, options
from services.health_declaration.rules.stages import due_on
from services.health_declaration.usecases import (
    access,
    cases,
    evidence,
    links,
    proofs,
    release,
    terms,
    words,
)
from services.health_declaration.usecases.proofs import Proof

_SCAN_NAME = "resposta-assinada"
Prove = Callable[[], Awaitable[Proof | None]]
"""Asked for only when all else holds: a code is spent once."""
CHOICES: dict[OptionKind, public.Choice] = {
    OptionKind.FULL_COVERAGE: "full_coverage",
    OptionKind.CPT: "cpt",
    OptionKind.SURCHARGE: "agravo",
}


async def make(tx: Transaction, case: Declaration, confirmed: evidence.Pairs) -> None:
    """Computes the CPT of the confirmed CIDs and puts the alternatives to the person.

    422 naming question and CID when the table has no row for one of them.
    """
    book = await rulebook.pinned(tx, case.rules_version)
    proposal = _proposal(case, book, confirmed)
    offered = options(proposal.items, book.rules.offer)
    content = {
        "options": [_option(one, proposal.items) for one in offered],
        "items": [_item(one) for one in proposal.items],
    }
    offer = Offer(
        tenant_id=tx.tenant_id,
        offer_id=str(uuid4()),
        declaration_id=case.declaration_id,
        content_sealed=await tx.seal(case.person_id, content),
        made_at=tx.now,
        answer_by=due_on("offer", tx.now, book.terms(tx.zone)),
    )
    tx.session.add(offer)
    await cases.move(tx, case, "offer")
    await tx.record(
        OfferMade(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            offer_id=offer.offer_id,
        )
    )
    await links.issue(tx, case, "ds.offer", {"due_on": offer.answer_by.isoformat()})
    await tx.audit("offer.made", case.declaration_id, details={"offer": offer.offer_id})


def _proposal(case: Declaration, book: rulebook.Rulebook, confirmed: evidence.Pairs) -> CptProposal:
    by_question: dict[str, list[str]] = {}
    for question, cid in confirmed:
        by_question.setdefault(question, []).append(cid)
    rules = book.rules
    proposal = propose(by_question, book.cpt_table, case.joining_on, rules.cpt_limit, rules.version)
    if proposal.unmatched:
        errors = [
            {
                "field": "confirmed",
                "reason": f"A tabela da CPT não tem linha para {question} com o CID {dotted(cid)}.",
            }
            for question, cid in proposal.unmatched
        ]
        raise Refused("A tabela da CPT não cobre um dos CIDs", "no-cpt-row", errors=errors)
    return proposal


def _option(option: Option, items: tuple[CptItem, ...]) -> dict[str, Any]:
    text = option.text
    if option.kind is OptionKind.CPT:
        text = f"{text} {' '.join(_told(item) for item in items)}"
    return {
        "choice": CHOICES[option.kind],
        "text": text,
        "monthly_cents": option.cents_per_month,
        "months": option.months,
    }


def _told(item: CptItem) -> str:
    """All that the term will restrict, said before anybody chooses; the last day and the first."""
    names = "; ".join(words.disease(cid) for cid in item.cids)
    only = "; ".join(words.families(item.families))
    last, whole = words.day(item.ends_on - timedelta(days=1)), words.day(item.ends_on)
    return f"{names}: até {last}, e só em {only}. A partir de {whole} a cobertura é integral."


def _item(item: CptItem) -> dict[str, Any]:
    return {
        "question": item.question,
        "cid_range": item.cid_range,
        "cids": list(item.cids),
        "families": sorted(item.families),
        "months": item.months,
    }


async def again(tx: Transaction, case: Declaration) -> None:
    """The last offer once more, counted from the joining date as it stands now."""
    last = await latest(tx, case)
    content = await tx.open(case.person_id, last.content_sealed)
    pairs = [(item["question"], cid) for item in content["items"] for cid in item["cids"]]
    await make(tx, case, pairs)


async def latest(tx: Transaction, case: Declaration, *, locked: bool = True) -> Offer:
    """The offer that counts; 404 when none was made."""
    query = (
        select(Offer)
        .where(Offer.tenant_id == tx.tenant_id, Offer.declaration_id == case.declaration_id)
        .order_by(col(Offer.made_at).desc())
        .limit(1)
    )
    if locked:
        query = query.with_for_update()
    offer = (await tx.session.execute(query)).scalar_one_or_none()
    if offer is None:
        raise NotFound()
    return offer


async def view(visit: access.Visit) -> public.Offer:
    """What the person reads."""
    case = await access.seen(visit)
    offer = await latest(visit.tx, case, locked=False)
    await access.note_reading(visit)
    return await _shown(visit.tx, case, offer)


async def _shown(tx: Transaction, case: Declaration, offer: Offer) -> public.Offer:
    content = await tx.open(case.person_id, offer.content_sealed)
    return public.Offer(
        offer_id=offer.offer_id,
        options=tuple(public.OfferOption.model_validate(one) for one in content["options"]),
        answer_by=offer.answer_by,
        chosen=_choice(offer.chosen),
    )


def _choice(text: str | None) -> public.Choice | None:
    known: tuple[public.Choice, ...] = (*CHOICES.values(), "refuse")
    return next((one for one in known if one == text), None)


async def send_code(visit: access.Visit, channel: Channel | None) -> public.Challenge:
    """A code to answer with where somebody else types."""
    case = await access.case_of(visit)
    cases.expect(visit.tx, case, "offer")
    return await access.send_code(visit.tx, case, "offer", channel)


async def choose(visit: access.Visit, case: Declaration, body: public.OfferChoice) -> public.Offer:
    """The person's act. Asked twice it is done once; another choice after the first is 409."""
    offer = await _choose(visit.tx, case, body, partial(_by_code, visit, case, body.code))
    return await _shown(visit.tx, case, offer)


async def choose_on_paper(
    tx: Transaction, declaration_id: str, body: PaperOfferIn
) -> desk.CaseSummary:
    """The same act, written by the person on the printed offer."""
    case = await cases.load(tx, declaration_id)
    await _expect_printed(tx, case, body.offer_id)
    await _choose(tx, case, body, partial(proofs.on_paper, tx, case, _SCAN_NAME, body))
    return views.summary(tx, case)


async def _expect_printed(tx: Transaction, case: Declaration, offer_id: str) -> None:
    """One refusal, whether another offer was made or none: the desk must not learn which."""
    try:
        offer = await latest(tx, case)
    except NotFound:
        raise proofs.not_awaited() from None
    if offer.offer_id != offer_id:
        raise proofs.not_awaited()


async def _by_code(visit: access.Visit, case: Declaration, code: str | None) -> Proof | None:
    """In one's own session nobody else can have chosen; an employee's word is no proof."""
    if visit.assisted_by is None:
        return None
    if code is None:
        reason = "Peça à pessoa o código enviado a ela, ou digitalize a resposta assinada."
        raise Refused(code="proof-needed", errors=[{"field": "code", "reason": reason}])
    return await proofs.by_code(visit, case, "offer", code)


async def _choose(
    tx: Transaction, case: Declaration, body: public.OfferChoice | PaperOfferIn, prove: Prove
) -> Offer:
    offer, choice = await latest(tx, case), body.choice
    if offer.offer_id != body.offer_id:
        detail = "Leia a oferta que vale agora antes de escolher."
        raise Conflict("A oferta mudou", "offer-changed", detail)
    if offer.chosen is not None and offer.chosen != choice:
        raise Conflict("Esta oferta já foi respondida", "offer-answered")
    if offer.chosen is None:
        cases.expect(tx, case, "offer")
        await _expect_offered(tx, case, offer, choice)
        await _answer(tx, case, offer, choice, await prove())
    return offer


async def _expect_offered(
    tx: Transaction, case: Declaration, offer: Offer, choice: public.Choice
) -> None:
    content = await tx.open(case.person_id, offer.content_sealed)
    if choice != "refuse" and choice not in {one["choice"] for one in content["options"]}:
        reason = "Esta opção não foi oferecida."
        raise Refused(code="choice-not-offered", errors=[{"field": "choice", "reason": reason}])


async def _answer(
    tx: Transaction, case: Declaration, offer: Offer, choice: public.Choice, proof: Proof | None
) -> None:
    offer.chosen, offer.chosen_at = choice, tx.now
    details = {"offer": offer.offer_id}
    if proof is not None:
        offer.challenge_id, offer.document_id = proof.challenge_id, proof.document_id
        offer.assisted_by = proof.assisted_by
        details |= proof.told()
    await tx.audit("offer.answered", case.declaration_id, details=details)
    fact = OfferRefused if choice == "refuse" else OfferAccepted
    await tx.record(
        fact(
            tenant_id=tx.tenant_id,
            declaration_id=case.declaration_id,
            person_id=case.person_id,
            offer_id=offer.offer_id,
        )
    )
    await _follow(tx, case, offer, choice)


async def _follow(tx: Transaction, case: Declaration, offer: Offer, choice: public.Choice) -> None:
    """No way from here refuses the contract: what is not agreed goes to a person."""
    if choice == "full_coverage":
        await release.release(tx, case, straight_through=False)
    elif choice == "cpt":
        await terms.issue(tx, case, offer)
    else:
        cause = "offer_refused" if choice == "refuse" else "agravo_chosen"
        await cases.move(tx, case, "negotiation", cause)
        await links.issue(tx, case, "ds.negotiation")
