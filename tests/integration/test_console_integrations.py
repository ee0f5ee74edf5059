"""S24, integrations: what is parked, what the ERP owes, refused lines, sends nobody knows of."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from joserfc.jwk import ECKey

from tests.support.api import Served
from tests.support.console import Browser, World
from tests.support.page import Page, said
from tests.support.registry_data import line

PARK = """
    insert into parked (tenant_id, event_id, topic, key, type, payload, error, parked_at)
    values ($1, $2, $3, $4, 'health_declaration.contact.requested.v1', 'x', $5,
        now() - interval '2 hours')
"""
TOPIC = "health_declaration.contacts"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def ivo(console: World, tenant: int) -> Browser:
    return await console.browser(tenant, "ivo")


async def parked(served: Served, tenant: int, key: str, error: str | None = "ValueError") -> None:
    await served.rows(PARK, tenant, str(uuid4()), TOPIC, key, error)


async def unsent(console: World, tenant: int) -> str:
    """A fact of the registry that the broker refuses."""
    person_id = await console.person(tenant)
    query = "update outbox set parked_at = now() where tenant_id = $1"
    await console.registry.rows(query, tenant)
    return person_id


async def in_doubt(console: World, tenant: int, person_id: str, status: str = "unknown") -> str:
    """A message that left, or did not."""
    contact_id, now = str(uuid4()), datetime.now(UTC)
    contact = {
        "tenant_id": tenant,
        "id": contact_id,
        "person_id": person_id,
        "template": "ds.link",
        "template_version": 1,
        "status": status,
        "requested_at": now,
    }
    await inserted(console.contact, "contact", contact)
    attempt = {
        "tenant_id": tenant,
        "id": str(uuid4()),
        "contact_id": contact_id,
        "seq": 1,
        "channel": "email",
        "status": status,
        "at": now,
    }
    await inserted(console.contact, "attempt", attempt)
    return contact_id


async def inserted(served: Served, table: str, row: dict[str, Any]) -> None:
    """A row as it was left there; columns that must be filled get something."""
    query = "select column_name, data_type from information_schema.columns where table_name = $1"
    needed = f"{query} and is_nullable = 'NO' and column_default is null"
    blank = {"boolean": False, "integer": 0, "ARRAY": []}
    for column in await served.rows(needed, table):
        row.setdefault(column["column_name"], blank.get(column["data_type"], "x"))
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    insert = f"insert into {table} ({', '.join(row)}) values ({places})"  # noqa: S608
    await served.rows(insert, *row.values())


def keys(shown: Page) -> list[list[str]]:
    """What is parked: where, which way, key, since when, how many, why."""
    cells = [
        [said(cell) for cell in row.iter("td")]
        for row in shown.form("/integracoes/paradas").iter("tr")
    ]
    return [[one[1], one[2], one[4], one[5], one[6], one[7]] for one in cells if one]


async def test_what_is_parked_is_listed_by_service_with_its_age_and_its_error(
    console: World, tenant: int
) -> None:
    await parked(console.contact, tenant, "k-1")
    await parked(console.contact, tenant, "k-1", None)
    person_id = await unsent(console, tenant)
    shown = await (await ivo(console, tenant)).get("/integracoes")
    assert shown.status == 200
    assert keys(shown) == [
        [
            "Cadastro",
            "a enviar",
            person_id,
            "0 min",
            "1",
            "mensagem maior do que o barramento aceita",
        ],
        ["Contatos", "recebida", "k-1", "2 h 00", "2", "ValueError"],
    ]


async def test_nothing_parked_says_so_and_what_would_stand_there(
    console: World, tenant: int
) -> None:
    browser = await ivo(console, tenant)
    shown = await browser.get("/integracoes")
    for words in (
        "Nada parado.",
        "O ERP aplicou tudo.",
        "Nenhuma linha recusada.",
        "Nenhum envio em dúvida.",
    ):
        assert words in shown.text
    assert not shown.offers("/integracoes/paradas")
    with console.silent("contact"):
        less = await browser.get("/integracoes")
    assert less.status == 200
    assert "Nada parado nos serviços que responderam." in less.text
    assert less.text.count("O serviço de contatos não responde agora") == 3
    assert "Tentar de novo" in less.text


async def test_many_keys_are_done_again_and_what_came_of_each_is_told(
    console: World, tenant: int
) -> None:
    await parked(console.contact, tenant, "k-1")
    person_id = await unsent(console, tenant)
    browser = await ivo(console, tenant)
    items = [
        f"contact|entrada|{TOPIC}|k-1",
        f"registry|saida|registry.events|{person_id}",
        f"worklist|entrada|{TOPIC}|gone",
    ]
    form: dict[str, Any] = {"item": items, "by": "ivo"}
    unsure = await browser.post("/integracoes/paradas", form)
    assert unsure.status == 422
    assert said(unsure.one("p", id="sure-wrong")) == "Marque para confirmar."
    ticked = [one for one in unsure.all("input", name="item") if "checked" in one.attrib]
    assert [one.get("value") for one in ticked] == [items[1], items[0]]
    with console.silent("health_declaration"):
        done = await browser.post("/integracoes/paradas", form | {"sure": "sim"})
    told = [said(one) for one in done.all("li") if "|" not in said(one) and ": " in said(one)]
    assert done.status == 200
    assert told[0].startswith(f"Contatos, {TOPIC} k-1:")
    assert told[1] == f"Cadastro, registry.events {person_id}: ● 1 fato a enviar de novo"
    assert told[2] == f"Tarefas, {TOPIC} gone: ✓ já não estava parada"


async def test_nothing_chosen_is_said_and_nothing_is_done(console: World, tenant: int) -> None:
    await parked(console.contact, tenant, "k-1")
    browser = await ivo(console, tenant)
    for items in ([], ["nada"], ["contact|outra|t|k"], ["banco|entrada|t|k"]):
        form: dict[str, Any] = {"item": items, "sure": "sim"}
        shown = await browser.post("/integracoes/paradas", form)
        assert shown.status == 422
        assert "Escolha ao menos uma chave." in shown.text


async def test_a_partner_registers_a_key_and_a_bad_one_is_refused_with_its_text(
    console: World, tenant: int
) -> None:
    browser = await ivo(console, tenant)
    shown = await browser.get("/integracoes")
    assert "Nenhum parceiro registrou a sua chave" in shown.text
    refused = await browser.send(shown, "/integracoes/chaves", name="notus", jwk="{não é")
    assert refused.status == 422
    assert "{não é" in said(refused.one("textarea", id="jwk"))
    unsuitable = await browser.send(refused, "/integracoes/chaves", jwk='{"kty": "oct", "k": "x"}')
    assert unsuitable.status == 422
    assert "Chave pública recusada" in unsuitable.text
    jwk = json.dumps(ECKey.generate_key("P-256").as_dict(private=False))
    done = await browser.send(unsuitable, "/integracoes/chaves", jwk=jwk)
    assert (done.status, "Chave registrada." in done.text) == (200, True)
    assert "notus" in said(done.one("div", aria_label="Chaves de parceiros"))
    outside = await browser.send(done, "/integracoes/chaves", name="../x", jwk=jwk)
    assert outside.one("p", id="partner-wrong").text == "Use letras minúsculas, números, - e _."


async def test_refused_lines_are_listed_with_reasons_and_come_back_as_a_file(
    console: World, tenant: int
) -> None:
    bad = json.dumps(line(1, sequence=0)) + "\n{não é json"
    headers = console.registry.as_(tenant, "integration") | {"Content-Type": "application/x-ndjson"}
    sent = await console.registry.http.post("/enrolment-files", content=bad, headers=headers)
    assert sent.json()["rejected"] == 2, sent.text
    browser = await ivo(console, tenant)
    shown = await browser.get("/integracoes")
    assert "linha: não é um JSON válido" in shown.text
    (href, *_) = [one.get("href", "") for one in shown.all("a", download="")]
    file = await browser.http.get(href)
    assert file.headers["Content-Disposition"].startswith('attachment; filename="recusadas-')
    assert len(file.text.splitlines()) == 2
    assert (await browser.get("/integracoes/arquivos/nenhum")).status == 404


async def test_a_send_in_doubt_is_settled_by_a_person_who_says_how_they_know(
    console: World, tenant: int
) -> None:
    person_id = await console.person(tenant, "Nina Rocha")
    contact_id = await in_doubt(console, tenant, person_id)
    browser = await ivo(console, tenant)
    shown = await browser.get("/integracoes")
    assert "link da declaração a Nina Rocha" in shown.text
    action = f"/integracoes/contatos/{contact_id}"
    refused = await browser.send(shown, action, reason="x")
    assert refused.status == 422
    assert refused.has("p", id=f"contato-{contact_id}-outcome-wrong")
    assert refused.one("input", id=f"contato-{contact_id}-reason").get("value") == "x"
    form = {"outcome": "sent", "reason": "consta na caixa de saída"}
    twice = [await browser.send(refused, action, **form) for _ in range(2)]
    assert [one.status for one in twice] == [200, 200]
    assert "a mensagem não sai de novo." in twice[0].text
    assert "Nenhum envio em dúvida." in twice[0].text
    late = await browser.send(shown, action, **form)
    assert late.status == 409
    assert "Este envio não está em dúvida" in late.text
    assert "Você escreveu: consta na caixa de saída" in late.text


async def test_sends_that_reached_nobody_are_listed_without_telling_of_health(
    console: World, tenant: int
) -> None:
    person_id = await console.person(tenant, "Nina Rocha")
    await in_doubt(console, tenant, person_id, "failed")
    shown = await (await ivo(console, tenant)).get("/integracoes")
    failed = said(shown.one("section", id="failed"))
    assert "Nina Rocha" in failed
    assert "link da declaração" in failed
    assert "Nina" not in (shown.one("title").text or "")


async def test_whoever_watches_over_nothing_is_told_who_does(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    shown = await ana.get("/integracoes")
    assert shown.status == 403
    assert "Quem tem essa permissão: integrações, operação." in shown.text
