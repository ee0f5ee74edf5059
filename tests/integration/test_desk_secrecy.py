"""What is typed about a person stays under their key; a change of contacts shows."""

from datetime import date
from typing import Any

import pytest

from contracts.erp.events import CptAcknowledged
from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import Contact, PersonRecorded
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import BIRTH, Phone, hear_sealed, invited

CANARY = "zqcanario"
_tenants = iter(range(4600, 4700))


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, next(_tenants))


async def kept(served: Served) -> str:
    """Every row of every table, as whoever has the database reads it."""
    tables = "select table_name from information_schema.tables where table_schema = 'public'"
    told = ""
    for row in await served.rows(tables):
        query = f'select * from "{row["table_name"]}"'  # noqa: S608 (names of our own tables)
        told += repr(await served.rows(query))
    return told


async def trail(desk: Desk, subject: str) -> list[dict[str, Any]]:
    page = await desk.get("dina", "/ops/audit", subject=subject)
    assert page.status_code == 200, page.text
    entries: list[dict[str, Any]] = page.json()["items"]
    return entries


async def revealed(desk: Desk, entry: dict[str, Any]) -> str | None:
    """What was typed, to whoever says what for."""
    body = {"reason": "Ofício 12/26 da ouvidoria"}
    told = await desk.post("dina", f"/ops/audit/{entry['entry_id']}/reason", body)
    assert told.status_code == 200, told.text
    words: str | None = told.json()["reason"]
    return words


async def test_why_somebody_gave_up_opens_for_the_protection_officer_until_the_key_is_gone(
    served: Served, desk: Desk
) -> None:
    phone = await invited(served, desk.tenant)
    await phone.open()
    case = (await phone.form())["declaration_id"]
    await desk.done("rita", case, "withdrawal", reason=f"Desistiu por {CANARY}.")
    assert CANARY not in await kept(served)
    [entry] = [one for one in await trail(desk, case) if one["action"] == "declaration.withdrawn"]
    assert (entry["reason"], entry["typed"]) == (None, True)
    assert await revealed(desk, entry) == f"Desistiu por {CANARY}."
    [noted] = await trail(desk, str(entry["entry_id"]))
    assert (noted["action"], noted["actor"], noted["typed"]) == ("trail.revealed", "dina", True)
    assert "Ofício" not in await kept(served)
    # Nobody has the key of somebody who does not exist; the rest of the trail is read all the same.
    gone = """update audit set details = '{"sealed_for": "nobody"}' where action = $1"""
    await served.rows(gone, "declaration.withdrawn")
    assert await revealed(desk, entry) is None
    assert len(await trail(desk, case)) > 1


async def test_a_reason_that_is_a_code_or_of_another_operator_is_not_revealed(
    served: Served, desk: Desk
) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("rita", case, "withdrawal", reason=f"Desistiu por {CANARY}.")
    [entry] = [one for one in await trail(desk, case) if one["action"] == "declaration.withdrawn"]
    body, path = {"reason": "Ofício 12/26 da ouvidoria"}, "/ops/audit/{}/reason"
    other = Desk(served, next(_tenants))
    assert (await other.post("dina", path.format(entry["entry_id"]), body)).status_code == 404
    assert (await desk.post("rita", path.format(entry["entry_id"]), body)).status_code == 403
    plain = next(one for one in await trail(desk, case) if not one["typed"])
    assert (await desk.post("dina", path.format(plain["entry_id"]), body)).status_code == 404
    assert (await desk.post("dina", path.format(2**70), body)).status_code == 404


async def test_an_operators_order_is_kept_under_the_persons_key(served: Served, desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    token = served.issuer.token(0, ["process"], "process")
    headers = {"Authorization": f"Bearer {token}", "Vinculo-Tenant": str(desk.tenant)}
    note = {"action": "pause", "by": "oto", "reason": f"Espera por {CANARY}"}
    path = f"/declarations/{case}/process-notes"
    assert (await served.http.post(path, json=note, headers=headers)).status_code == 200
    assert CANARY not in await kept(served)
    [entry] = [one for one in await trail(desk, case) if one["action"] == "process.pause"]
    assert (entry["reason"], await revealed(desk, entry)) == (None, note["reason"])


async def restricted(desk: Desk) -> tuple[str, dict[str, Any]]:
    """Somebody with a CPT: their id and its row."""
    phone, case = await desk.restricted(("Q10", "E11"))
    [cpt] = await desk.served.rows("select * from cpt where declaration_id = $1", case)
    return phone.respondent_id, cpt


async def test_what_the_erp_writes_is_capped_sealed_and_for_whoever_may_read_the_cpt(
    served: Served, desk: Desk
) -> None:
    _, cpt = await restricted(desk)
    ack = CptAcknowledged(
        tenant_id=desk.tenant,
        cpt_id=cpt["cpt_id"],
        revision=cpt["revision"],
        outcome="refused",
        reason=CANARY + "x" * 600,
    )
    await served.hear(ack)
    assert CANARY not in await kept(served)
    [pending] = (await desk.get("ivo", "/erp-backlog")).json()["items"]
    assert (pending["erp_status"], pending["erp_reason"]) == ("refused", None)
    shown = (await desk.get("ana", f"/cpts/{cpt['cpt_id']}")).json()
    assert shown["erp_reason"] == (CANARY + "x" * 600)[:500]


async def test_a_page_of_cpts_leaves_a_trail_for_everybody_on_it(desk: Desk) -> None:
    people = dict([await restricted(desk) for _ in range(2)])
    page = (await desk.get("ana", "/cpts", limit=200)).json()["items"]
    assert {one["person_id"] for one in page} == set(people)
    for person_id, cpt in people.items():
        [entry] = await trail(desk, f"cpts of {person_id}")
        assert (entry["actor"], entry["details"]) == ("ana", {"cpts": [cpt["cpt_id"]]})
    nobody = "nobody-at-all"
    await desk.get("ana", "/cpts", person_id=nobody)
    assert len(await trail(desk, f"cpts of {nobody}")) == 1


async def test_a_refused_attempt_says_whose_data_it_was(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    assert (await desk.get("rita", f"/declarations/{case}/term.pdf")).status_code == 403
    page = await desk.get("dina", "/ops/audit", actor="rita")
    [entry] = page.json()["items"]
    assert entry["action"] == "access.denied"
    assert entry["details"] == {"needs": "ds.clinical", "of": {"declaration_id": case}}


def moved(desk: Desk, phone: Phone, former: tuple[Contact, ...] | None) -> PersonRecorded:
    """Another revision of the person, whose contacts were these before."""
    return PersonRecorded(
        tenant_id=desk.tenant,
        person_id=phone.respondent_id,
        revision=2,
        full_name="Ana Prado",
        birth_on=date.fromisoformat(BIRTH),
        cpf="52998224725",
        contacts=(Contact(channel="email", value="nova@exemplo.com"),),
        former_contacts=former,
    )


async def test_contacts_changed_while_a_declaration_is_open_are_told_to_the_former_address(
    served: Served, desk: Desk
) -> None:
    phone, case = await desk.analysed("Q10")
    former = (Contact(channel="whatsapp", value="+5541900000001"),)
    change = moved(desk, phone, former)
    for _ in range(2):
        await hear_sealed(served, change)
    [fact] = [
        one
        for one in await served.facts(desk.tenant, ContactRequested)
        if one["template"] == "ds.contacts_changed"
    ]
    [address] = await served.opened(desk.tenant, fact, "addresses")
    assert address["value"] == "+5541900000001"
    assert "5541900000001" not in await kept(served)
    assert (await desk.case(case))["contacts_changed_at"] is not None
    assert len(await trail(desk, case)) > 0
    assert "contacts.changed" in {one["action"] for one in await trail(desk, case)}


async def test_a_revision_that_keeps_the_contacts_or_finds_no_open_case_tells_nobody(
    served: Served, desk: Desk
) -> None:
    same, case = await desk.analysed("Q10")
    await hear_sealed(served, moved(desk, same, None))
    assert (await desk.case(case))["contacts_changed_at"] is None
    done = await invited(served, desk.tenant)
    ended = (await done.declare())["declaration_id"]
    await desk.advance(ended)
    await hear_sealed(served, moved(desk, done, (Contact(channel="email", value="a@b.com"),)))
    assert (await desk.case(ended))["contacts_changed_at"] is None
    assert await done.contacts("ds.contacts_changed") == []
