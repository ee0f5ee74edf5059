"""A message to a former address, purposes that tell nothing of health, and words kept sealed."""

from collections.abc import AsyncIterator

import pytest

from tests.support.bench import bearer
from tests.support.postgres import Postgres
from tests.support.ring import LINK, Ring, email, joined, whatsapp


@pytest.fixture(scope="module")
async def ring(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ring]:
    async with joined(postgres, tmp_path_factory.mktemp("ring")) as made:
        yield made


async def test_a_message_to_the_former_address_goes_there_and_nowhere_else(ring: Ring) -> None:
    person_id = await ring.person(whatsapp("+5541900000021"))
    contact_id = await ring.ask(
        person_id,
        "ds.contacts_changed",
        {"changed_on": "2026-11-27"},
        addresses=(email("antes@example.com"),),
    )
    record = await ring.reaches(contact_id, "sent")
    assert [one["channel"] for one in record["attempts"]] == ["email"]
    [mail] = [r for r in await ring.raw("smtp") if r["recipient"] == "antes@example.com"]
    assert "ds_contacts_changed" in str(mail) or "27/11/2026" in str(mail["body"])
    assert not [r for r in await ring.raw("whatsapp") if r["recipient"] == "+5541900000021"]
    usual = await ring.ask(person_id)
    await ring.reaches(usual, "delivered")
    assert [r for r in await ring.raw("whatsapp") if r["recipient"] == "+5541900000021"]


async def test_the_former_address_is_kept_sealed(ring: Ring) -> None:
    person_id = await ring.person(whatsapp("+5541900000022"))
    params, former = {"changed_on": "2026-11-27"}, email("selada@example.com")
    contact_id = await ring.ask(person_id, "ds.contacts_changed", params, addresses=(former,))
    await ring.reaches(contact_id, "sent")
    rows = await ring.bench.rows("select addresses from contact where id = $1", contact_id)
    assert rows[0]["addresses"].startswith("sealed:")


@pytest.mark.parametrize(
    ("template", "more", "told"),
    [
        ("ds.link", {}, "ds.link"),
        ("ds.offer", {"due_on": "2026-12-01"}, "ds.message"),
        ("ds.exam_request", {"due_on": "2026-12-01"}, "ds.message"),
        ("ds.negotiation", {}, "ds.message"),
    ],
)
async def test_what_a_message_was_for_is_for_a_clinical_purpose_only(
    ring: Ring, template: str, more: dict[str, str], told: str
) -> None:
    person_id = await ring.person(whatsapp("+5541900000023"))
    contact_id = await ring.ask(person_id, template, LINK | more)
    await ring.reaches(contact_id, "delivered")
    for role in ("desk", "operator", "dpo"):
        for path in (f"/contacts/{contact_id}", f"/contacts?person_id={person_id}"):
            answer = await ring.contact.get(path, headers=bearer(7, role))
            assert answer.status_code == 200
            assert f'"template":"{told}"' in answer.text
            assert told == template or template not in answer.text
    both = bearer(7, "desk", "analyst")
    answer = await ring.contact.get(f"/contacts/{contact_id}", headers=both)
    assert answer.json()["template"] == template
