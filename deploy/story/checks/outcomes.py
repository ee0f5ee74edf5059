"""What became of each person, as the API tells it, against the key written before the story."""

from collections.abc import Iterator
from typing import Any

from deploy.story.http import pages
from deploy.story.report import Report
from deploy.story.seen import Member, Seen
from deploy.story.world import World

Key = dict[str, Any]


async def check(world: World, key: Key, seen: Seen, report: Report) -> None:
    """Stage, rule, signature and CPT of everybody; refused lines; one enrolment per person."""
    reader = world.staff("analista.1")
    cases = {one["enrolment_id"]: one for one in await pages(reader, "/declarations")}
    cpts: dict[str, list[dict[str, Any]]] = {}
    for cpt in await pages(reader, "/cpts"):
        cpts.setdefault(cpt["enrolment_id"], []).append(cpt)
    wrong: list[str] = []
    for line in key["people"]:
        member = seen.members.get(line["ref"])
        case = cases.get(member.enrolment_id) if member else None
        held = cpts.get(member.enrolment_id, []) if member else []
        wrong += [
            f"{line['ref']} ({line['branch']}): {why}"
            for why in differences(line["expected"], member, case, held)
        ]
    outcomes = _counted(key)
    report.check("desfecho de cada pessoa conforme o gabarito", wrong, outcomes)
    known = {line["ref"] for line in key["people"]}
    report.check("ninguém além da lista entrou", seen.members.keys() - known)
    once = {ref: member.ids for ref, member in seen.members.items() if len(member.ids) != 2}
    report.check("linhas repetidas ou fora de ordem deram um só caso", once)
    await _refused(world, seen, report)


def differences(
    expected: dict[str, Any],
    member: Member | None,
    case: dict[str, Any] | None,
    cpts: list[dict[str, Any]],
) -> Iterator[str]:
    """What of one person is not as the key says."""
    stage = case["stage"] if case else ("waived" if member and member.rule else "none")
    yield from _differs("desfecho", expected["outcome"], stage)
    if member is None:
        return
    for name in ("rule", "straight", "channel", "surcharge_cents"):
        yield from _differs(name, expected[name], getattr(member, name))
    if expected["channel"]:
        yield from _differs("version", expected["version"], member.version)
    yield from _cpt(expected["cpt"], cpts)


def _cpt(expected: dict[str, Any] | None, held: list[dict[str, Any]]) -> Iterator[str]:
    if expected is None or not held:
        yield from _differs("CPTs", 0 if expected is None else 1, len(held))
        return
    cpt = held[0]
    yield from _differs("CPTs", 1, len(held))
    yield from _differs("faixa", expected["cid_range"], cpt["items"][0]["cid_range"])
    yield from _differs("início", expected["starts_on"], cpt["starts_on"])
    yield from _differs("estado", "ended", cpt["status"])
    yield from _differs("motivo", expected["end_reason"], cpt["end_reason"])
    yield from _differs("no ERP", "applied", cpt["erp_status"])
    if expected["end_reason"] == "term":
        yield from _differs("fim", expected["due_on"], cpt["ends_on"])


def _differs(name: str, expected: object, found: object) -> Iterator[str]:
    if expected != found:
        yield f"{name}: esperado {expected}, veio {found}"


def _counted(key: Key) -> str:
    count: dict[str, int] = {}
    for line in key["people"]:
        outcome = line["expected"]["outcome"]
        count[outcome] = count.get(outcome, 0) + 1
    return ", ".join(f"{n} {outcome}" for outcome, n in sorted(count.items()))


async def _refused(world: World, seen: Seen, report: Report) -> None:
    """Bad lines came back naming the field; the good ones of the same batch went on."""
    rejections = await pages(world.staff("integracao", "registry"), "/enrolment-rejections")
    named = {
        (one["enrolment_ref"], error["field"]) for one in rejections for error in one["errors"]
    }
    differing = named.symmetric_difference(set(seen.bad))
    report.check("linhas ruins recusadas pelo campo certo", differing, f"{len(seen.bad)} linhas")
