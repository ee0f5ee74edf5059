"""S24, integrations: what is parked, what the ERP owes, refused lines, sends nobody knows of."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey

from tests.support.clinic import Desk
from tests.support.console import Browser, World
from tests.support.page import Page, said
from tests.support.watched import TOPIC, in_doubt, parked, refused_lines, unsent

DIABETES = ("Q10", "E11")


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def ivo(console: World, tenant: int) -> Browser:
    return await console.browser(tenant, "ivo")


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
    assert "notus" in said(done.one("div", aria_label="Lista de chaves"))
    outside = await browser.send(done, "/integracoes/chaves", name="../x", jwk=jwk)
    assert outside.one("p", id="partner-wrong").text == "Use letras minúsculas, números, - e _."


async def test_refused_lines_are_listed_with_reasons_and_come_back_as_a_file(
    console: World, tenant: int
) -> None:
    await refused_lines(console, tenant)
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
    assert "/tarefas" not in shown.answer.text
    assert "Nina" not in (shown.one("title").text or "")


async def test_whoever_watches_over_nothing_is_told_who_does(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    shown = await ana.get("/integracoes")
    assert shown.status == 403
    assert "Quem tem essa permissão: integrações, operação." in shown.text


async def test_whoever_lacks_a_permission_is_told_so_in_its_part_alone(
    console: World, tenant: int
) -> None:
    oscar = await console.browser(tenant, "oscar")
    shown = await oscar.get("/integracoes")
    assert shown.status == 200
    assert "Nada parado." in shown.text
    assert "Nenhum envio em dúvida." in shown.text
    assert shown.text.count("Falta a permissão ops.partners.") == 2
    assert shown.text.count("Falta a permissão registry.enrol.") == 1
    denied = "select 1 from audit where tenant_id = $1 and action = 'access.denied'"
    for service in (console.declarations, console.registry, console.console):
        assert await service.rows(denied, tenant) == []


async def test_what_the_erp_owes_is_listed_and_told_to_it_again(
    console: World, tenant: int
) -> None:
    _, case = await Desk(console.declarations, tenant).restricted(DIABETES)
    query = "select cpt_id from cpt where declaration_id = $1"
    [row] = await console.declarations.rows(query, case)
    browser = await ivo(console, tenant)
    shown = await browser.get("/integracoes")
    owed = said(shown.one("div", aria_label="Lista de CPTs"))
    assert row["cpt_id"] in owed
    assert "◆ sem chave do ERP" in owed
    jwk = json.dumps(ECKey.generate_key("P-256").as_dict(private=False))
    told = await browser.send(shown, "/integracoes/chaves", name="notus", jwk=jwk)
    assert "● enviada, sem resposta" in told.text
    action = f"/integracoes/cpts/{row['cpt_id']}"
    again = await browser.send(told, action)
    assert (again.status, "Envio ao ERP pedido de novo" in again.text) == (200, True)
    gone = await browser.post("/integracoes/cpts/nenhuma", {"key": "chave-de-ensaio"})
    assert gone.status == 404
