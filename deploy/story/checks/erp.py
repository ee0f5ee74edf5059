"""The ERP's own table beside ours, and the same questions asked of both."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from deploy.story.checks.probes import PROBES, Probe
from deploy.story.http import pages
from deploy.story.report import Report
from deploy.story.seen import Seen
from deploy.story.world import World

BOTH = ("revision", "enrolment_ref", "cpf", "cid_ranges", "starts_on", "ends_on", "status")
AT_ONCE = 10


async def check(world: World, key: dict[str, Any], seen: Seen, report: Report) -> None:
    """Row by row, then probe by probe."""
    ours = {one["cpt_id"]: one for one in await pages(world.staff("analista.1"), "/cpts")}
    table = await world.staff("motorista", "sandbox").get("/erp/table")
    theirs = {row["cpt_id"]: row for row in table["items"]}
    report.check("CPTs nossas = CPTs do ERP", ours.keys() ^ theirs.keys(), f"{len(ours)}")
    cpfs = {person.ref: person.body["cpf"] for person in world.batch.people}
    refs = {member.enrolment_id: ref for ref, member in seen.members.items()}
    wrong = [
        f"{cpt_id}: {why}"
        for cpt_id in ours.keys() & theirs.keys()
        for why in _differences(_ours(ours[cpt_id], refs, cpfs), theirs[cpt_id])
    ]
    report.check("cada linha do ERP igual à nossa", wrong)
    waited = set(seen.backlog) - {cpt_id for cpt_id, row in theirs.items() if row["revision"] >= 1}
    report.check(
        "o que esperou o ERP voltar foi aplicado", waited, f"{len(seen.backlog)} esperaram um dia"
    )
    await _probe(world, key, seen, report)


def _ours(cpt: dict[str, Any], refs: dict[str, str], cpfs: dict[str, str]) -> dict[str, Any]:
    ref = refs[cpt["enrolment_id"]]
    ranges = [item["cid_range"] for item in cpt["items"]]
    return cpt | {"enrolment_ref": ref, "cpf": cpfs[ref], "cid_ranges": ranges}


def _differences(ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[str]:
    for name in BOTH:
        if ours[name] != theirs[name]:
            yield f"{name}: {ours[name]} aqui, {theirs[name]} no ERP"


async def _probe(world: World, key: dict[str, Any], seen: Seen, report: Report) -> None:
    by_range = _restricted(key)
    asked = [probe for probe in PROBES if probe.cid_range in by_range]
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, probe: Probe) -> list[str]:
        line = by_range[probe.cid_range]
        end = date.fromisoformat(line["expected"]["cpt"]["due_on"])
        cpf = next(p.body["cpf"] for p in world.batch.people if p.ref == line["ref"])
        who = _Asker(world, seen.members[line["ref"]].person_id, cpf)
        async with room:
            before = await who.ask(probe, end - timedelta(days=1))
            after = await who.ask(probe, end)
        expected = (probe.ours, probe.erp), ("not_suspended", False)
        names = ("véspera do fim", "dia do fim")
        return [
            f"{number + 1} {probe}: na {when} esperado {wanted}, veio {found}"
            for when, wanted, found in zip(names, expected, (before, after), strict=True)
            if wanted != found
        ]

    answers = await asyncio.gather(*(one(number, probe) for number, probe in enumerate(asked)))
    told = f"{len(asked)} perguntas a cada parte, antes e depois do fim"
    report.check(
        "procedimento × CID: cobertura e ERP como escrito à mão",
        [line for answer in answers for line in answer],
        told,
    )


def _restricted(key: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One person per disease whose CPT ran its whole time."""
    return {
        line["expected"]["cpt"]["cid_range"]: line
        for line in key["people"]
        if line["expected"]["cpt"] and line["expected"]["cpt"]["end_reason"] == "term"
    }


class _Asker:
    def __init__(self, world: World, person_id: str, cpf: str) -> None:
        self._ours = world.staff("integracao")
        self._erp = world.staff("motorista", "sandbox")
        self._person_id = person_id
        self._cpf = cpf

    async def ask(self, probe: Probe, on: date) -> tuple[str, bool]:
        asked: dict[str, Any] = {"on": on.isoformat(), "tuss": probe.tuss}
        asked["high_technology_bed"] = probe.bed
        cids = {"cids": [probe.cid] if probe.cid else []}
        ours = await self._ours.post(
            "/coverage-checks", asked | cids | {"person_id": self._person_id}
        )
        erp = await self._erp.post("/erp/probe", asked | {"cid": probe.cid, "cpf": self._cpf})
        return ours["result"], erp["suspended"]
