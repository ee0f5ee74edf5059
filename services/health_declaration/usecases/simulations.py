"""A draft tried on past declarations before it holds."""

from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from contracts.health_declaration.cpt import RuleSetName, Simulation
from contracts.health_declaration.figures import FEWEST
from kit.db import Transaction
from kit.errors import Conflict
from kit.keyring import KeyDestroyed
from services.health_declaration.models import Declaration
from services.health_declaration.queries import rulebook, views
from services.health_declaration.rules.simulation import Past, Rules
from services.health_declaration.usecases import evidence, triage

EXAMINED = 2000
"""How many of the latest signed declarations a simulation looks at."""
_FIELDS = {"parameters": "rules", "cpt_table": "cpt_table", "families": "families"}
"""The part of the rulebook that each rule set is."""


async def run(tx: Transaction, name: RuleSetName, draft: Any) -> Simulation:
    """What a draft, already parsed, would change: interviews asked for, and what a CPT suspends.

    Whether a declaration was due is not tried again: the facts of the enrolment are not kept.
    """
    if name not in _FIELDS:
        raise Conflict(
            "O questionário não é simulado",
            "not-simulable",
            "As respostas guardadas foram dadas a outras perguntas; confira o rascunho com casos "
            "de teste.",
        )
    book = await rulebook.current(tx)
    before, after = _rules(book), _rules(replace(book, **{_FIELDS[name]: draft}))
    changed: list[str] = []
    cases = await _signed(tx)
    skipped = 0
    for case in cases:
        try:
            past = await _past(tx, case)
        except KeyDestroyed:
            skipped += 1
            continue
        if before.effect(past) != after.effect(past):
            changed.append(case.declaration_id)
    purpose = views.has_purpose(tx)
    return Simulation(
        examined=len(cases) - skipped,
        changed=None if 0 < len(changed) < FEWEST and not purpose else len(changed),
        declarations=tuple(sorted(changed)) if purpose else (),
        skipped=skipped,
    )


def _rules(book: rulebook.Rulebook) -> Rules:
    return Rules(book.rules, book.cpt_table, book.families)


async def _signed(tx: Transaction) -> list[Declaration]:
    query = (
        select(Declaration)
        .where(Declaration.tenant_id == tx.tenant_id, col(Declaration.signed_at).is_not(None))
        .order_by(col(Declaration.signed_at).desc())
        .limit(EXAMINED)
    )
    return list((await tx.session.execute(query)).scalars())


async def _past(tx: Transaction, case: Declaration) -> Past:
    """What the case came to stands: the auditor's CIDs before the analyst's."""
    by_question: dict[str, list[str]] = {}
    for question, cid in await evidence.confirmed(tx, case):
        by_question.setdefault(question, []).append(cid)
    return Past(case.joining_on, by_question, await triage.profile_then(tx, case))
