"""What the ERP is told of a CPT, and what it answers. It holds no person keys: JWE for its own."""

from datetime import timedelta

from sqlalchemy import text

from contracts.erp.events import CptAcknowledged, CptBody, CptReported
from contracts.health_declaration.events import CptConfirmed, CptRefusedByErp, DeadlineMissed
from kit.db import Transaction
from kit.errors import Conflict, NotFound
from kit.jwe import encrypt_for
from services.health_declaration.models import Cpt, Declaration, KnownPerson, Partner
from services.health_declaration.queries import rulebook
from services.health_declaration.rules.policy import ErpTerms
from services.health_declaration.usecases import cases, release

ERP = "notus"
REASON_CHARS = 500
"""As much as is kept of what the ERP writes: it may tell of the person, and has no bound."""
_KEY_READ = text("select pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_KEY_CHANGED = text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def changing_key(tx: Transaction) -> None:
    """Until the commit nobody reports: what was reported before it is found waiting, or was sent.

    Without it a CPT could wait for a key that was just registered, and be seen by nobody.
    """
    await tx.session.execute(_KEY_CHANGED, _lock(tx))


def _lock(tx: Transaction) -> dict[str, str]:
    return {"name": f"partner-key/{tx.tenant_id}/{ERP}"}


async def report(tx: Transaction, cpt: Cpt) -> None:
    """Sends the CPT's newest revision to the ERP, or marks that its key is missing."""
    cpt.report_tries = 0
    await _send(tx, cpt)


async def repeat(tx: Transaction, cpt: Cpt) -> None:
    """What was refused or not answered is said again, as it was: the ERP applies a revision once.

    After the last repetition a person is told, and it stays listed.
    """
    cpt.report_tries += 1
    if cpt.report_tries <= (await _terms(tx, cpt)).repeats:
        await _send(tx, cpt)
        return
    cpt.report_due_at = None
    await tx.record(
        DeadlineMissed(
            tenant_id=tx.tenant_id,
            declaration_id=cpt.declaration_id,
            person_id=cpt.person_id,
            stage="erp",
            level=1,
        )
    )


async def _terms(tx: Transaction, cpt: Cpt) -> ErpTerms:
    return (await rulebook.pinned(tx, cpt.rules_version)).rules.erp


async def _send(tx: Transaction, cpt: Cpt) -> None:
    cpt.report_due_at = tx.now + timedelta(hours=(await _terms(tx, cpt)).repeat_hours)
    await tx.session.execute(_KEY_READ, _lock(tx))
    partner = await tx.session.get(Partner, (tx.tenant_id, ERP), populate_existing=True)
    if partner is None:
        cpt.erp_status = "no_partner_key"
        return
    body = await _body(tx, cpt)
    cpt.erp_status, cpt.erp_reason_sealed, cpt.reported_at = "reported", None, tx.now
    await tx.record(
        CptReported(
            tenant_id=tx.tenant_id,
            person_id=cpt.person_id,
            cpt_id=cpt.cpt_id,
            revision=cpt.revision,
            jwe=encrypt_for(partner.jwk, body.model_dump_json().encode()),
        )
    )


async def _body(tx: Transaction, cpt: Cpt) -> CptBody:
    content = await tx.open(cpt.person_id, cpt.content_sealed)
    known = await tx.session.get_one(KnownPerson, (tx.tenant_id, cpt.person_id))
    identity = await tx.open(cpt.person_id, known.identity_sealed)
    return CptBody(
        cpt_id=cpt.cpt_id,
        revision=cpt.revision,
        enrolment_ref=cpt.enrolment_ref,
        cpf=identity["cpf"],
        status="ended" if cpt.status == "ended" else "in_force",
        cid_ranges=tuple(dict.fromkeys(item["cid_range"] for item in content["items"])),
        tuss=tuple(content["tuss"]),
        high_technology_bed=content["bed"],
        starts_on=cpt.starts_on,
        ends_on=cpt.ends_on,
        end_reason=cpt.end_reason,
    )


async def acknowledge(tx: Transaction, ack: CptAcknowledged) -> None:
    """Takes the ERP's answer to one revision; an answer to an older one changes nothing newer."""
    cpt = await tx.session.get(Cpt, (tx.tenant_id, ack.cpt_id))
    if cpt is None:
        return
    # The case first, as everywhere: an enrolment that changes meanwhile locks it, then its CPTs.
    case = await cases.load(tx, cpt.declaration_id)
    await tx.session.refresh(cpt, with_for_update=True)
    if ack.revision > cpt.revision or ack.revision <= cpt.erp_revision:
        return
    if ack.outcome == "applied":
        await _applied(tx, case, cpt, ack.revision)
    elif ack.revision == cpt.revision:
        await _refused(tx, cpt, ack)


async def _applied(tx: Transaction, case: Declaration, cpt: Cpt, revision: int) -> None:
    cpt.erp_revision = revision
    if revision == cpt.revision:
        cpt.erp_status, cpt.erp_reason_sealed, cpt.report_due_at = "applied", None, None
    await tx.record(
        CptConfirmed(
            tenant_id=tx.tenant_id,
            declaration_id=cpt.declaration_id,
            person_id=cpt.person_id,
            cpt_id=cpt.cpt_id,
            revision=revision,
        )
    )
    await release.integrate_if_complete(tx, case)


async def _refused(tx: Transaction, cpt: Cpt, ack: CptAcknowledged) -> None:
    if cpt.erp_status == "refused":
        return
    cpt.erp_status, cpt.erp_reason_sealed = "refused", None
    if ack.reason:
        cpt.erp_reason_sealed = await tx.seal(cpt.person_id, ack.reason[:REASON_CHARS])
    await tx.record(
        CptRefusedByErp(
            tenant_id=tx.tenant_id,
            declaration_id=cpt.declaration_id,
            person_id=cpt.person_id,
            cpt_id=cpt.cpt_id,
            revision=ack.revision,
        )
    )


async def report_again(tx: Transaction, cpt_id: str) -> Cpt:
    """Reports a CPT the ERP refused or never answered, as a new revision, by a person's order.

    One that could not be read is tried again with the next that is due.
    """
    cpt = await tx.session.get(Cpt, (tx.tenant_id, cpt_id), with_for_update=True)
    if cpt is None:
        raise NotFound()
    if cpt.stuck is not None:
        cpt.stuck = None
        await tx.audit("cpt.freed", cpt_id, details={"revision": cpt.revision})
        return cpt
    if cpt.erp_status == "applied":
        raise Conflict("O ERP já aplicou esta CPT", "already-applied")
    cpt.revision += 1
    await report(tx, cpt)
    await tx.audit("cpt.reported_again", cpt_id, details={"revision": cpt.revision})
    return cpt
