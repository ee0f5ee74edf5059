"""Would a CPT suspend this? Asked by whoever authorises care; every question is audited."""

from sqlmodel import col, select

from contracts.health_declaration.cpt import CoverageCheck, CoverageCheckIn, CoverageReason
from kit.db import Transaction
from services.health_declaration.models import Cpt
from services.health_declaration.queries import people, rulebook
from services.health_declaration.rules.coverage import CareRequest, SignedCpt, decide_coverage


async def check(tx: Transaction, asked: CoverageCheckIn) -> CoverageCheck:
    """The decision by the rules in force, over what each CPT fixed when it was signed.

    404 of somebody the tenant does not know: nothing is "not suspended" of a mistyped id.
    """
    await people.expect_known(tx, asked.person_id)
    book = await rulebook.current(tx)
    request = CareRequest(
        on=asked.on,
        tuss=asked.tuss,
        high_technology_bed=asked.high_technology_bed,
        cids=asked.cids,
        urgent=asked.urgent,
    )
    decision = decide_coverage(request, await _signed(tx, asked.person_id), book.rules)
    await tx.audit("coverage.checked", asked.person_id, details={"outcome": decision.outcome.value})
    return CoverageCheck(
        result=decision.outcome.value,
        care_must_not_wait=decision.care_must_not_wait,
        reasons=tuple(
            CoverageReason(
                cpt_id=match.cpt.cpt_id,
                match="direct" if match.direct else "possible",
                rule_id=match.reason.rule_id,
                text=match.reason.text,
                rules_version=match.cpt.rules_version,
            )
            for match in decision.matches
        ),
        text=decision.text,
        rules_version=book.version,
    )


async def _signed(tx: Transaction, person_id: str) -> list[SignedCpt]:
    query = select(Cpt).where(
        Cpt.tenant_id == tx.tenant_id,
        col(Cpt.person_id).in_(await people.same_person(tx, person_id)),
    )
    found: list[SignedCpt] = []
    for cpt in (await tx.session.execute(query)).scalars():
        book = await rulebook.pinned(tx, cpt.rules_version)
        content = await tx.open(cpt.person_id, cpt.content_sealed)
        found += [
            SignedCpt(
                cpt_id=cpt.cpt_id,
                cid_ranges=(item["cid_range"],),
                families=frozenset(item["families"]),
                starts_on=cpt.starts_on,
                ends_on=cpt.ends_on,
                index=book.families,
                rules_version=cpt.rules_version,
            )
            for item in content["items"]
        ]
    return found
