"""What binds people is put in force by a second person, who names the content they read."""

import asyncio
from copy import deepcopy
from datetime import datetime
from typing import Any

import httpx
import pytest

from services.health_declaration.gateways import reference
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import invited

_tenants = iter(range(4500, 4600))
PATH = "/rule-sets/parameters"
LETTER = {"kind": "letter", "version": "C-1", "title": "Carta", "text": "Carta desta operadora."}


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, next(_tenants))


async def sent(desk: Desk, who: str, slots: int, **seen: str) -> httpx.Response:
    """A draft that offers so many times of an interview."""
    content = deepcopy(reference.default_document("parameters"))
    rule = next(one for one in content["rules"] if one["id"] == "POL-004")
    rule["params"]["entrevista.horarios_oferecidos"] = slots
    url, headers = f"{PATH}/draft", desk.served.as_(desk.tenant, "rule_owner", sub=who)
    body = {"content": content} | seen
    return await desk.served.http.put(url, json=body, headers=headers)


async def saved(desk: Desk, who: str, slots: int, **seen: str) -> dict[str, Any]:
    answer = await sent(desk, who, slots, **seen)
    assert answer.status_code == 200, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


async def published(desk: Desk, who: str, read: str) -> httpx.Response:
    return await desk.post(who, f"{PATH}/draft/publication", {"content_hash": read})


async def test_a_draft_rewritten_after_it_was_read_is_not_published(desk: Desk) -> None:
    read = await saved(desk, "raul", 3)
    shown = (await desk.get("rosa", f"{PATH}/versions/{read['version']}")).json()
    assert shown["content_hash"] == read["content_hash"]
    other = await saved(desk, "raul", 5)
    assert other["content_hash"] != read["content_hash"]
    refused = await published(desk, "rosa", read["content_hash"])
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-changed")
    [draft] = [
        one
        for one in (await desk.get("rosa", f"{PATH}/versions")).json()["items"]
        if one["status"] == "draft"
    ]
    done = await published(desk, "rosa", draft["content_hash"])
    assert (done.status_code, done.json()["approver"]) == (200, "rosa")


async def test_a_draft_is_written_over_what_its_writer_saw_and_nothing_else(desk: Desk) -> None:
    [first] = (await desk.get("raul", f"{PATH}/versions")).json()["items"]
    read = await saved(desk, "raul", 3, seen=first["content_hash"])
    assert await saved(desk, "raul", 3, seen=first["content_hash"]) == read
    refused = await sent(desk, "rosa", 5, seen=first["content_hash"])
    told = refused.json()
    assert (refused.status_code, told["code"]) == (409, "stale-version")
    assert (told["changed_by"], told["content_hash"]) == ("raul", read["content_hash"])
    assert datetime.fromisoformat(told["changed_at"]) == datetime.fromisoformat(read["created_at"])
    assert (await saved(desk, "rosa", 5, seen=read["content_hash"]))["author"] == "rosa"


async def test_of_two_who_begin_a_draft_at_once_one_reads_that_the_other_did(desk: Desk) -> None:
    [first] = (await desk.get("raul", f"{PATH}/versions")).json()["items"]
    seen = first["content_hash"]
    answers = await asyncio.gather(
        *(sent(desk, who, slots, seen=seen) for who, slots in (("raul", 3), ("rosa", 5)))
    )
    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_a_publication_names_what_was_read_and_is_a_second_persons(desk: Desk) -> None:
    read = await saved(desk, "raul", 4)
    unnamed = await desk.post("rosa", f"{PATH}/draft/publication", None)
    assert unnamed.status_code == 422
    own = await published(desk, "raul", read["content_hash"])
    assert (own.status_code, own.json()["code"]) == (403, "four-eyes")


async def test_a_text_is_in_force_only_once_a_second_person_published_it(
    served: Served, desk: Desk
) -> None:
    phone = await invited(served, desk.tenant)
    await phone.open()
    before = (await phone.form())["letter"]["version"]
    draft = await desk.post("raul", "/notices", LETTER)
    assert (draft.status_code, draft.json()["status"]) == (201, "draft")
    assert (await phone.form())["letter"]["version"] == before
    named = {name: draft.json()[name] for name in ("kind", "version", "content_hash")}
    own = await desk.post("raul", "/notices/publication", named)
    assert (own.status_code, own.json()["code"]) == (403, "four-eyes")
    changed = await desk.post("raul", "/notices", LETTER | {"text": "Outra carta, bem diferente."})
    refused = await desk.post("rosa", "/notices/publication", named)
    assert (refused.status_code, refused.json()["code"]) == (409, "draft-changed")
    [read] = (await desk.get("rosa", "/notices")).json()["items"]
    assert read["content_hash"] == changed.json()["content_hash"]
    named["content_hash"] = read["content_hash"]
    for _ in range(2):
        done = await desk.post("rosa", "/notices/publication", named)
        assert (done.status_code, done.json()["approver"]) == (200, "rosa")
    assert (await phone.form())["letter"]["text"] == "Outra carta, bem diferente."


async def test_a_text_in_force_is_never_rewritten(served: Served, desk: Desk) -> None:
    phone = await invited(served, desk.tenant)
    await phone.open()
    placeholder = LETTER | {"version": (await phone.form())["letter"]["version"]}
    draft = (await desk.post("raul", "/notices", LETTER)).json()
    named = {name: draft[name] for name in ("kind", "version", "content_hash")}
    await desk.post("rosa", "/notices/publication", named)
    for body in (LETTER, placeholder):
        refused = await desk.post("raul", "/notices", body)
        assert (refused.status_code, refused.json()["code"]) == (409, "notice-exists")
    unknown = await desk.post("rosa", "/notices/publication", named | {"version": "C-9"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no-draft")
