"""The surcharge where two people enabled it: offered, chosen, agreed, signed on paper, released."""

import json
from base64 import b64encode
from typing import Any

import httpx
import pytest

from contracts.health_declaration import events
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone

DIABETES = ("Q10", "E11")
SCAN = b64encode(b"%PDF-1.7 aditivo assinado").decode()
AGREED = {
    "cents_per_month": 4_000,
    "months": 12,
    "addendum_sha256": "b" * 64,
    "media_type": "application/pdf",
    "content_base64": SCAN,
}
_tenants = iter(range(4500, 4600))


@pytest.fixture
async def desk(served: Served) -> Desk:
    """A tenant that asks 45 reais a month for Q10, as one owner wrote and another published."""
    desk = Desk(served, next(_tenants))
    now = (await owner(desk, "regina", "get", "versions/1")).json()
    content = now["content"]
    rule = next(one for one in content["rules"] if one["id"] == "DS-003")
    rule["params"] |= {"agravo.habilitado": True, "agravo.centavos_por_mes": {"Q10": 4_500}}
    draft = await owner(desk, "regina", "put", "draft", {"content": content, "cases": []})
    read = {"content_hash": draft.json()["content_hash"]}
    await owner(desk, "raul", "post", "draft/publication", read)
    return desk


async def owner(desk: Desk, who: str, how: str, what: str, body: Any = None) -> httpx.Response:
    headers = desk.served.as_(desk.tenant, "rule_owner", sub=who)
    path = f"/rule-sets/parameters/{what}"
    more = {"json": body} if body is not None else {}
    answer: httpx.Response = await desk.served.http.request(
        how.upper(), path, headers=headers, **more
    )
    assert answer.status_code in (200, 201), answer.text
    return answer


async def agree(desk: Desk, case: str, **more: Any) -> httpx.Response:
    body = {"outcome": "surcharge_agreed", "notes": "Aditivo assinado.", "surcharge": AGREED | more}
    return await desk.act("ana", case, "negotiation", **body)


async def chosen(desk: Desk) -> tuple[Phone, str]:
    phone, case = await desk.offered(DIABETES)
    assert (await phone.choose("agravo")).status_code == 200
    return phone, case


async def test_the_price_and_for_how_long_are_shown(desk: Desk) -> None:
    phone, _ = await desk.offered(DIABETES)
    options = {one["choice"]: one for one in (await phone.get("/offer")).json()["options"]}
    assert (options["agravo"]["monthly_cents"], options["agravo"]["months"]) == (4_500, 24)
    assert options["cpt"]["months"] is None


async def test_what_was_agreed_is_kept_with_the_signed_addendum_and_releases(desk: Desk) -> None:
    phone, case = await chosen(desk)
    done = await agree(desk, case)
    assert (done.status_code, done.json()["stage"]) == (200, "integrated"), done.text
    [fact] = await desk.served.facts(desk.tenant, events.SurchargeAgreed)
    assert (fact["cents_per_month"], fact["months"], fact["actor"]) == (4_000, 12, "ana")
    assert "E11" not in json.dumps(fact)
    [entry] = await desk.audit_trail(case, "surcharge.agreed")
    told = json.loads(entry["details"])
    assert (entry["actor"], told["addendum_sha256"]) == ("ana", "b" * 64)
    [kept] = await desk.served.rows(
        "select content_sealed from document where document_id = $1", told["document"]
    )
    keyring = desk.served.app.state.resources.keyring
    opened = await keyring.open(desk.tenant, phone.respondent_id, kept["content_sealed"])
    assert opened == SCAN
    assert await desk.served.rows("select 1 from cpt where declaration_id = $1", case) == []


async def test_an_addendum_of_a_megabyte_is_taken(desk: Desk) -> None:
    _, case = await chosen(desk)
    scan = b64encode(b"%PDF-1.7 " + b"x" * 2**20).decode()
    done = await agree(desk, case, content_base64=scan)
    assert (done.status_code, done.json().get("stage")) == (200, "integrated"), done.text


@pytest.mark.parametrize("more", [{"cents_per_month": 4_501}, {"months": 25}])
async def test_nobody_agrees_to_more_than_was_offered(desk: Desk, more: dict[str, int]) -> None:
    _, case = await chosen(desk)
    refused = await agree(desk, case, **more)
    assert (refused.status_code, refused.json()["code"]) == (422, "surcharge-above-offer")
    [field] = more
    assert [one["field"] for one in refused.json()["errors"]] == [f"surcharge.{field}"]
    assert (await desk.case(case))["stage"] == "negotiation"


async def test_a_surcharge_that_was_not_offered_is_not_agreed(served: Served) -> None:
    desk = Desk(served, next(_tenants))
    phone, case = await desk.offered(DIABETES)
    assert (await phone.choose("refuse")).status_code == 200
    refused = await agree(desk, case)
    assert (refused.status_code, refused.json()["code"]) == (409, "surcharge-not-offered")
    untold = await desk.act(
        "ana", case, "negotiation", outcome="surcharge_agreed", notes="Sem dizer quanto."
    )
    assert untold.status_code == 422
