"""Rule sets and notices: written, checked, simulated, published by a second person."""

from typing import Annotated

from fastapi import APIRouter, Path

from contracts.health_declaration.cpt import (
    Diff,
    DraftIn,
    NoticePublicationIn,
    NoticeVersion,
    NoticeVersionIn,
    NoticeVersions,
    PublicationIn,
    RuleSetName,
    RuleSetPage,
    RuleSetVersion,
    Simulation,
    Verdict,
)
from kit.app import Once, Tx, allowed
from kit.errors import problem_responses
from services.health_declaration.queries import notices as texts
from services.health_declaration.queries import rule_sets as reads
from services.health_declaration.usecases import notices, rule_sets

router = APIRouter(tags=["rules"])
Version = Annotated[int, Path(ge=1, le=1_000_000)]


@router.get("/rule-sets/{name}/versions", dependencies=[allowed("rules.read")])
async def listed(name: RuleSetName, tx: Tx) -> RuleSetPage:
    return await reads.listed(tx, name)


@router.get("/rule-sets/{name}/versions/{version}", dependencies=[allowed("rules.read")])
async def get(name: RuleSetName, version: Version, tx: Tx) -> RuleSetVersion:
    return await reads.get(tx, name, version)


@router.get("/rule-sets/{name}/versions/{version}/diff", dependencies=[allowed("rules.read")])
async def diff(name: RuleSetName, version: Version, tx: Tx) -> Diff:
    return await reads.diff(tx, name, version)


@router.put("/rule-sets/{name}/draft", dependencies=[allowed("rules.write")])
async def save_draft(name: RuleSetName, body: DraftIn, tx: Tx) -> RuleSetVersion:
    return await rule_sets.save_draft(tx, name, body)


@router.post("/rule-sets/{name}/draft/check", dependencies=[allowed("rules.write")])
async def check(name: RuleSetName, tx: Tx) -> Verdict:
    return await rule_sets.check(tx, name)


@router.post("/rule-sets/{name}/draft/simulation", dependencies=[allowed("rules.write")])
async def simulate(name: RuleSetName, tx: Tx) -> Simulation:
    return await rule_sets.simulation(tx, name)


@router.post("/rule-sets/{name}/draft/publication", dependencies=[allowed("rules.publish")])
async def publish(name: RuleSetName, body: PublicationIn, tx: Tx) -> RuleSetVersion:
    return await rule_sets.publish(tx, name, body)


@router.get("/notices", dependencies=[allowed("rules.read")])
async def list_notices(tx: Tx) -> NoticeVersions:
    return await texts.listed(tx)


@router.post("/notices", status_code=201, dependencies=[allowed("rules.write")])
async def draft_notice(body: NoticeVersionIn, tx: Tx, once: Once) -> NoticeVersion:
    return await once(lambda: notices.draft(tx, body))


@router.post(
    "/notices/publication",
    responses=problem_responses(404),
    dependencies=[allowed("rules.publish")],
)
async def publish_notice(body: NoticePublicationIn, tx: Tx) -> NoticeVersion:
    return await notices.publish(tx, body)
