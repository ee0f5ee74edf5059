"""One person's timeline and one act followed through every process, printed as they are."""

import contextlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from deploy.story.gate import patiently
from deploy.story.report import Report
from deploy.story.seen import Seen
from deploy.story.world import World

LONGEST = 60
SPANS_SECONDS = 15.0
CROSSED = (
    "health_declaration.app",
    "health_declaration.worker",
    "workflows.listener",
    "workflows.health_declaration",
    "sandbox.worker",
    "registry.worker",
    "contact.worker",
)
"""Processes that a term's signature reaches before and after the ERP confirmed."""
HAPPENED = (
    "registry.beneficiary.enrolled",
    "health_declaration.declaration.requested",
    "health_declaration.declaration.signed",
    "health_declaration.opinion.given",
    "health_declaration.offer.accepted",
    "health_declaration.term.signed",
    "health_declaration.cpt.started",
    "health_declaration.cpt.confirmed",
    "health_declaration.declaration.integrated",
    "health_declaration.cpt.ended",
)


async def timeline(world: World, key: dict[str, Any], seen: Seen, report: Report) -> None:
    """All that happened to one person with a CPT, in order, with author and source."""
    line = next(
        one
        for one in key["people"]
        if one["expected"]["cpt"] and one["expected"]["cpt"]["end_reason"] == "term"
    )
    member = seen.members[line["ref"]]
    reader = world.staff("cadastro", "registry")
    entries = await _entries(world, member.person_id)
    report.title(
        f"Linha do tempo de {line['ref']} ({line['branch']}): {len(entries)} acontecimentos"
    )
    for one in entries[:LONGEST]:
        report.line(f"{one['at'][:19]}  {one['kind']:48} {one['author']:22} {one['source']}")
    moments = [one["at"] for one in entries]
    report.check("a linha do tempo está em ordem", [] if moments == sorted(moments) else ["fora"])
    told = " ".join(one["kind"] for one in entries)
    report.check("conta do pedido ao fim da CPT", [one for one in HAPPENED if one not in told])
    found = await reader.get(f"/people/{member.person_id}")
    report.check("é a pessoa certa", {found["person_id"]} ^ {member.person_id})


async def _entries(world: World, person_id: str) -> list[dict[str, Any]]:
    # Kinds that would give a disease away are told only to a clinical purpose.
    reader = world.staff("analista.1", "registry")
    entries: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await reader.get(f"/people/{person_id}/timeline?limit=200{cursor}")
        entries += page["entries"]
        if not page["next_cursor"]:
            return entries
        cursor = f"&cursor={page['next_cursor']}"


async def trace(world: World, seen: Seen, report: Report) -> None:
    """From a term's signature to the ERP's confirmation."""
    folder = world.stack.told.get("spans")
    if not folder or not seen.traces:
        report.check("um rastro da assinatura ao ERP", ["sem rastros"])
        return
    wanted = dict(seen.traces)
    best: Counter[str] = Counter()
    best_id = ""

    async def missing() -> str:
        nonlocal best, best_id
        spans = _spans(Path(str(folder)), wanted.keys())
        best_id = max(spans, key=lambda one: len(spans[one]), default="")
        best = spans.get(best_id, Counter())
        return ", ".join(_uncrossed(best))

    # Spans are written in batches of some seconds.
    with contextlib.suppress(TimeoutError):
        await patiently(missing, SPANS_SECONDS, "rastro")
    told = ", ".join(f"{name} {count}" for name, count in sorted(best.items()))
    report.check(
        "um rastro da assinatura do termo à confirmação do ERP",
        _uncrossed(best),
        f"{best_id} ({wanted.get(best_id, '')}): {sum(best.values())} trechos: {told}",
    )


def _uncrossed(processes: Counter[str]) -> list[str]:
    return [one for one in CROSSED if not any(name.startswith(one) for name in processes)]


def _spans(folder: Path, wanted: Any) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for file in sorted(folder.glob("*.jsonl*")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                trace_id = line[14:46]
                if trace_id in wanted:
                    name = str(json.loads(line)["process"])
                    found.setdefault(trace_id, Counter())[name] += 1
    return found


async def quiet_house(world: World, report: Report) -> None:
    """The audit chain verifies in every service and nothing is parked."""
    broken, parked = [], []
    entries = 0
    for service in ("registry", "health_declaration", "contact", "worklist"):
        chain = await world.staff("encarregado", service).get("/ops/audit/chain")
        entries += chain["entries"]
        if chain["broken_at"] is not None:
            broken.append(f"{service} em {chain['broken_at']}")
        page = await world.staff("integracao", service).get("/ops/parked")
        parked += [f"{service} {one['topic']}/{one['key']}" for one in page["items"]]
    report.check("a cadeia da auditoria confere", broken, f"{entries} registros")
    report.check("nenhuma mensagem parada", parked)
