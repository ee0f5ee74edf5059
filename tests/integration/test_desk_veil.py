"""Dates, versions and refusals tell whoever has no clinical purpose nothing of what was found."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.erp.events import CptAcknowledged
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.interviewing import give
from tests.support.proponent import invited

DIABETES = ("Q10", "E11")
NEVER = "00000000-0000-0000-0000-000000000000"
SCAN = {"media_type": "application/pdf", "content_base64": "JVBERi0xLjcKJSVFT0Y="}
_tenants = iter(range(7300, 7400))


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, next(_tenants))


async def clean(desk: Desk) -> str:
    """Somebody who declared nothing, released at once."""
    phone = await invited(desk.served, desk.tenant)
    case: str = (await phone.declare())["declaration_id"]
    await desk.advance(case)
    return case


async def confirmed(desk: Desk) -> str:
    """Somebody with a CPT that the ERP confirmed days after the release."""
    _, case = await desk.restricted(DIABETES)
    await acknowledged(desk, case)
    return case


async def acknowledged(desk: Desk, case: str) -> None:
    """The ERP confirms the CPT of the case, days later."""
    [cpt] = await desk.served.rows("select * from cpt where declaration_id = $1", case)
    desk.jump(desk.now() + timedelta(days=3))
    told = {"cpt_id": cpt["cpt_id"], "revision": cpt["revision"], "outcome": "applied"}
    await desk.served.hear(CptAcknowledged.model_validate({"tenant_id": desk.tenant} | told))
    assert (await desk.case(case))["stage"] == "integrated"


async def listed(desk: Desk, who: str, **wanted: Any) -> list[dict[str, Any]]:
    page = await desk.get(who, "/declarations", **{"limit": 200} | wanted)
    assert page.status_code == 200, page.text
    items: list[dict[str, Any]] = page.json()["items"]
    return items


async def course(desk: Desk, who: str, case: str) -> dict[str, Any]:
    told: dict[str, Any] = (await desk.get(who, f"/declarations/{case}/course")).json()
    return told


@pytest.mark.parametrize("who", ["rita", "sara", "dino"])
async def test_a_release_is_told_alike_with_a_cpt_and_without(desk: Desk, who: str) -> None:
    cases = [await confirmed(desk), await clean(desk), (await desk.restricted(DIABETES))[1]]
    for case in cases:
        told = await course(desk, who, case)
        assert told["stage_since"] == told["released_at"]
        assert (told["version"], told["due_at"], told["reminders"]) == (0, None, 0)
        assert told["link_until"] is None
        seen = await desk.case(case, who)
        [line] = await listed(desk, who, declaration_id=case)
        for other in (seen, line):
            assert other["stage_since"] == told["released_at"]
            assert other["version"] == 0
    assert (await course(desk, "ana", cases[0]))["stage_since"] != told["released_at"]


async def walked(desk: Desk, who: str) -> list[str]:
    """Every case, a page for each."""
    found: list[str] = []
    place: dict[str, Any] = {}
    while place.get("cursor", "") is not None:
        page = (await desk.get(who, "/declarations", limit=1, **place)).json()
        found += [one["declaration_id"] for one in page["items"]]
        place = {"cursor": page["next_cursor"]}
    return found


async def test_filters_order_and_pages_go_by_the_release(desk: Desk) -> None:
    _, restricted = await desk.restricted(DIABETES)
    desk.jump(desk.now() + timedelta(days=1))
    others = [await clean(desk), await clean(desk)]
    await acknowledged(desk, restricted)
    assert await walked(desk, "rita") == [restricted, *others]
    assert await walked(desk, "ana") == [*others, restricted]
    integrated = (await course(desk, "ana", restricted))["stage_since"]
    assert [one["declaration_id"] for one in await listed(desk, "ana", since_from=integrated)] == [
        restricted
    ]
    assert await listed(desk, "rita", since_from=integrated) == []
    at = (await course(desk, "rita", restricted))["released_at"]
    assert len(await listed(desk, "rita", since_from=at, since_until=integrated)) == 3


async def test_another_link_is_sent_alike_with_a_cpt_and_without(desk: Desk) -> None:
    told = []
    for case in (await clean(desk), await confirmed(desk), (await desk.restricted(DIABETES))[1]):
        answer = await desk.post("rita", f"/declarations/{case}/link", None)
        assert answer.status_code == 201, answer.text
        expires = datetime.fromisoformat(answer.json().pop("expires_at"))
        told.append((sorted(answer.json()), (expires - desk.now()).days))
    assert len({str(one) for one in told}) == 1


@pytest.mark.parametrize("who", ["rita", "sara", "dino"])
async def test_a_step_within_a_coarse_stage_moves_no_date(desk: Desk, who: str) -> None:
    """From analysis to the medical audit: in review all the while, for whoever may not know."""
    _, case = await desk.analysed(DIABETES[0])
    before = (await course(desk, who, case))["stage_since"]
    fine = (await desk.case(case))["stage_since"]
    desk.jump(desk.now() + timedelta(hours=5))
    await desk.opine(case, DIABETES)
    seen = await desk.case(case)
    assert (seen["stage"], seen["stage_since"] > fine) == ("audit", True)
    for told in (await course(desk, who, case), await desk.case(case, who)):
        assert (told["stage"], told["stage_since"]) == ("in_review", before)
    [line] = await listed(desk, who, declaration_id=case)
    assert line["stage_since"] == before
    moved = datetime.fromisoformat(before) + timedelta(minutes=1)
    assert await listed(desk, who, declaration_id=case, since_from=moved.isoformat()) == []
    [waiting] = (await desk.get(who, "/declaration-figures")).json()["waiting"]
    assert (waiting["stage"], waiting["oldest_since"]) == ("in_review", before)


async def test_no_term_tells_which_stage_stands_behind_a_coarse_one(desk: Desk) -> None:
    _, offered = await desk.offered(DIABETES)
    _, analysed = await desk.analysed("Q10")
    _, asked = await desk.analysed("Q10")
    await desk.done("ana", asked, "document-requests", items=["Laudo"])
    desk.jump(desk.now() + timedelta(days=4))
    for case in (offered, analysed, asked):
        await desk.advance(case)
        told = await course(desk, "ana", case)
        assert told["due_at"] is not None
        assert case in {
            one["declaration_id"]
            for one in await listed(desk, "ana", due_before="2099-01-01T00:00Z")
        }
        told = await course(desk, "rita", case)
        assert (told["due_at"], told["reminders"], told["link_until"]) == (None, 0, None)
        assert (await desk.case(case, "rita"))["due_at"] is None
    assert await listed(desk, "rita", due_before="2099-01-01T00:00Z") == []


async def test_how_many_are_late_is_told_before_the_signature_only(desk: Desk) -> None:
    phone = await invited(desk.served, desk.tenant)
    await phone.open()
    await desk.offered(DIABETES)
    desk.jump(desk.now() + timedelta(days=400))

    async def late(who: str) -> dict[str, int | None]:
        told = (await desk.get(who, "/declaration-figures")).json()["waiting"]
        return {one["stage"]: one["overdue"] for one in told}

    assert await late("ana") == {"invited": 1, "offer": 1}
    assert await late("rita") == {"invited": 1, "waiting_person": None}
    assert len(await listed(desk, "rita", due_before=desk.now().isoformat())) == 1


async def test_what_is_invited_still_tells_its_term(desk: Desk) -> None:
    phone = await invited(desk.served, desk.tenant)
    await phone.open()
    case = (await phone.form())["declaration_id"]
    told = await course(desk, "rita", case)
    assert told["due_at"] is not None
    assert told["link_until"] is not None
    assert told["version"] > 0


async def test_a_scan_does_not_tell_whether_an_offer_or_a_term_was_ever_made(desk: Desk) -> None:
    phone, offered = await desk.offered(DIABETES)
    termed, at_term = await desk.offered(DIABETES)
    assert (await termed.choose("cpt")).status_code == 200
    _, analysed = await desk.analysed("Q10")
    cases = (offered, at_term, analysed, await clean(desk))
    for path, extra in (
        ("offer/paper-answer", {"offer_id": NEVER, "choice": "cpt"}),
        ("term/paper-signature", {"sha256": "0" * 64}),
    ):
        told = [
            await desk.post("rita", f"/declarations/{case}/{path}", SCAN | extra) for case in cases
        ]
        assert {one.status_code for one in told} == {409}
        said = [{k: v for k, v in one.json().items() if k != "instance"} for one in told]
        assert said[0]["code"] == "paper-not-awaited"
        assert all(one == said[0] for one in said), said
    assert (await phone.get("/offer")).status_code == 200


async def test_a_refusal_names_neither_the_fine_stage_nor_who_worked_on_the_case(
    desk: Desk,
) -> None:
    phone, case = await desk.offered(DIABETES)
    refused = (await phone.post("/term/signature-code")).json()
    assert (refused["code"], refused["stage"]) == ("wrong-stage", "waiting_person")
    stale = await desk.act("rita", case, "withdrawal", version=1, reason="Desistiu.")
    assert (stale.status_code, stale.json()["code"]) == (409, "stale-version")
    for told in (refused, stale.json()):
        assert {"changed_by", "changed_at", "version"}.isdisjoint(told)
    body = {"conclusion": "no_preexisting", "text": "Nada.", "confirmed": []}
    seen = (await desk.act("ana", case, "opinion", **body)).json()
    assert (seen["stage"], seen["changed_by"]) == ("offer", "otto")


@pytest.mark.parametrize("who", ["rita", "dino"])
async def test_that_somebody_is_interviewed_is_told_to_whoever_works_with_it(
    desk: Desk, who: str
) -> None:
    _, case = await desk.analysed("Q10")
    await give(desk, desk.now() + timedelta(days=3))
    await desk.done("ana", case, "interview-requests", reason="Esclarecer.")
    [line] = (await desk.get("sara", "/interviews", declaration_id=case)).json()["items"]
    one = f"/interviews/{line['interview_id']}"
    for path in ("/interviews", one):
        refused = await desk.get(who, path)
        assert refused.status_code == 403
        assert "ds.schedule ou ds.interview ou ds.clinical" in refused.json()["detail"]
    missed = await desk.post(who, f"{one}/missed", {"version": line["version"]})
    assert missed.status_code == 403
    for reader in ("sara", "ana"):
        assert (await desk.get(reader, one)).status_code == 200
