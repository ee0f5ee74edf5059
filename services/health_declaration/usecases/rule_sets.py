"""Rule sets as data: a draft by one person, checked, simulated, published by another."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlmodel import func, select

from contracts.health_declaration.cpt import (
    CellError,
    DraftIn,
    PublicationIn,
    RuleSetName,
    RuleSetVersion,
    Simulation,
    Verdict,
)
from contracts.health_declaration.events import RuleSetPublished
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from services.health_declaration.gateways import reference
from services.health_declaration.models import RuleSetRow
from services.health_declaration.queries import rulebook
from services.health_declaration.queries.rule_sets import listed, shown
from services.health_declaration.rules.publication import (
    CellProblem,
    InForce,
    check_cpt_table,
    check_families,
    check_parameters,
    check_questionnaire,
    known_of,
)
from services.health_declaration.usecases import second_person, simulations

_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
_TRY_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))")


async def save_draft(tx: Transaction, name: RuleSetName, body: DraftIn) -> RuleSetVersion:
    """Writes the one draft of a rule set; who writes it last is its author, all others its writers.

    The very same, saved again, changes nothing: sent twice it is done once, by whomever.
    """
    await tx.session.execute(_LOCK, {"name": f"rule-set/{tx.tenant_id}/{name}"})
    row = await _draft(tx, name)
    version = await _latest_published(tx, name) + 1
    if row is not None and _as_sent(row, body):
        return shown(row)
    if body.seen is not None:
        await _expect_seen(tx, name, body.seen)
    content = {**body.content, "version": version}
    writers = await _writers(tx, row)
    if row is not None:
        await tx.session.delete(row)
        await tx.session.flush()
    row = RuleSetRow(
        tenant_id=tx.tenant_id,
        name=name,
        version=version,
        status="draft",
        content=content,
        cases=list(body.cases),
        author=tx.actor or "",
        writers=writers,
        created_at=tx.now,
    )
    tx.session.add(row)
    await tx.audit("rules.draft_saved", f"{name}@{version}")
    return shown(row)


def _as_sent(row: RuleSetRow, body: DraftIn) -> bool:
    content = {**body.content, "version": row.version}
    return (row.content, row.cases) == (content, list(body.cases))


async def _writers(tx: Transaction, row: RuleSetRow | None) -> list[str]:
    """A draft that is again what is in force holds nobody's work: it begins anew from there."""
    if row is None:
        return second_person.joined(tx, ())
    in_force = await rulebook.document(tx, row.name, row.version - 1)
    begun = row.content == {**in_force, "version": row.version} and not row.cases
    return second_person.joined(tx, () if begun else row.writers)


async def _expect_seen(tx: Transaction, name: RuleSetName, seen: str) -> None:
    """409 with who and when, where what was changed is not what stands."""
    newest = (await listed(tx, name)).items[0]
    if newest.content_hash != seen:
        raise Conflict(
            "O rascunho mudou desde que foi aberto",
            "stale-version",
            "Veja as duas versões antes de salvar.",
            changed_by=newest.author,
            changed_at=newest.created_at.isoformat(),
            content_hash=newest.content_hash,
        )


async def check(tx: Transaction, name: RuleSetName) -> Verdict:
    """Whether the draft could be published now, and why not."""
    findings = await _findings(tx, await _existing_draft(tx, name))
    return Verdict(
        publishable=not findings,
        errors=tuple(CellError(where=one.where, reason=one.reason, at=one.at) for one in findings),
    )


async def publish(tx: Transaction, name: RuleSetName, body: PublicationIn) -> RuleSetVersion:
    """A second person publishes what they read; running cases keep the version they began with."""
    row = await _existing_draft(tx, name)
    second_person.expect(tx, row.writers, "Quem escreveu a regra não a publica")
    second_person.expect_read(shown(row).content_hash, body.content_hash)
    findings = await _findings(tx, row)
    if findings:
        raise _unfit(findings)
    row.status, row.approver, row.published_at = "published", tx.actor, tx.now
    details = {"authors": row.writers, "content_hash": body.content_hash}
    await tx.audit("rules.published", f"{name}@{row.version}", details=details)
    await tx.record(RuleSetPublished(tenant_id=tx.tenant_id, name=name, version=row.version))
    return shown(row)


def _unfit(findings: Iterable[CellProblem]) -> Conflict:
    errors = [{"where": one.where, "reason": one.reason, "at": one.at} for one in findings]
    return Conflict("A regra ainda não pode ser publicada", "not-publishable", errors=errors)


async def simulation(tx: Transaction, name: RuleSetName) -> Simulation:
    """What the draft would change over past declarations; 409 while it cannot even be read."""
    await _one_at_a_time(tx)
    row = await _existing_draft(tx, name, locked=False)
    try:
        draft = rulebook.parse(name, row.content)
    except ValueError:
        raise _unfit(await _findings(tx, row)) from None
    told = await simulations.run(tx, name, draft)
    # Each case was opened to be counted: whoever asked leaves a trail of that.
    details = {"content_hash": shown(row).content_hash, "examined": told.examined}
    await tx.audit("rules.simulated", f"{name}@{row.version}", details=details)
    return told


async def _one_at_a_time(tx: Transaction) -> None:
    """Each opens many cases for seconds: further ones are refused, not kept waiting."""
    name = f"simulation/{tx.tenant_id}"
    if not (await tx.session.execute(_TRY_LOCK, {"name": name})).scalar_one():
        raise Conflict(
            "Outra simulação está em andamento",
            "simulation-running",
            "Espere que ela termine e peça de novo.",
        )


async def _findings(tx: Transaction, row: RuleSetRow) -> tuple[CellProblem, ...]:
    """What is wrong with the draft, beside the sets in force it would join."""
    if row.name == "parameters":
        return check_parameters(row.content, row.cases, rulebook.product_rules())
    book = await rulebook.current(tx)
    known = known_of(reference.cid_table(), book.families, book.questions)
    if row.name == "cpt_table":
        return check_cpt_table(row.content, row.cases, known, book.rules)
    table = await rulebook.document(tx, "cpt_table", book.cpt_table.version)
    in_force = InForce(book.rules, book.questions, known, table)
    if row.name == "questionnaire":
        return check_questionnaire(row.content, row.cases, in_force)
    return check_families(row.content, row.cases, reference.rol, in_force)


async def _existing_draft(tx: Transaction, name: str, *, locked: bool = True) -> RuleSetRow:
    row = await _draft(tx, name, locked=locked)
    if row is None:
        raise NotFound("Não há rascunho desta regra", "no-draft")
    return row


async def _draft(tx: Transaction, name: str, *, locked: bool = True) -> RuleSetRow | None:
    query = select(RuleSetRow).where(
        RuleSetRow.tenant_id == tx.tenant_id,
        RuleSetRow.name == name,
        RuleSetRow.status == "draft",
    )
    if locked:
        query = query.with_for_update()
    return (await tx.session.execute(query)).scalars().one_or_none()


async def _latest_published(tx: Transaction, name: str) -> int:
    query = select(func.max(RuleSetRow.version)).where(
        RuleSetRow.tenant_id == tx.tenant_id,
        RuleSetRow.name == name,
        RuleSetRow.status == "published",
    )
    return (await tx.session.execute(query)).scalar_one() or 1
