"""S6, one person on one screen: the card, lanes that load apart, and what the officer does."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from services.console.queries import people as queries
from tests.integration.test_console_declarations import declared
from tests.support.clinic import Desk
from tests.support.console import Browser, World, changed
from tests.support.page import Page, fields, said
from tests.support.registry_data import cpf

CPF = cpf(987_654_321)


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def known(console: World, tenant: int, **more: Any) -> str:
    """Somebody with a contact and a consent."""
    contacts = [{"channel": "whatsapp", "value": "(41) 99876-1234", "preferred": True}]
    body = {"full_name": "Beatriz Moura", "birth_on": "1990-04-12", "cpf": CPF}
    headers = console.registry.as_(tenant, "registrar")
    http = console.registry.http
    answer = await http.post("/people", json=body | {"contacts": contacts} | more, headers=headers)
    assert answer.is_success, answer.text
    person_id: str = answer.json()["person_id"]
    consent = {"purpose": "contato por WhatsApp", "text_version": "1", "given": True}
    await http.post(f"/people/{person_id}/consents", json=consent, headers=headers)
    return person_id


async def enrolled(console: World, tenant: int, person: dict[str, Any], ref: str = "E-1") -> str:
    """The same person in a contract."""
    day = str(date(2026, 1, 1))
    contract = {"contract_ref": "C-77", "kind": "company", "signed_on": day, "lives": 40}
    body = {
        "enrolment_ref": ref,
        "contract": contract | {"company": {"cnpj": "11222333000181", "name": "Ipê Ltda"}},
        "person": person,
        "requested_on": day,
        "joining_on": day,
    }
    headers = console.registry.as_(tenant, "integration")
    answer = await console.registry.http.post("/enrolments", json=body, headers=headers)
    assert answer.is_success, answer.text
    person_id: str = answer.json()["person_id"]
    return person_id


def lane(shown: Page, slug: str) -> str:
    return said(shown.one("section", id=f"lane-{slug}"))


async def ordered(browser: Browser, shown: Page, act: str, **typed: str) -> Page:
    form = next(one for one in shown.tree.iter("form") if one.get("action", "").endswith(f"/{act}"))
    return await browser.post(form.get("action", ""), fields(form) | typed)


async def test_the_card_tells_who_it_is_and_masks_the_document(console: World, tenant: int) -> None:
    person_id = await known(console, tenant, social_name="Bia")
    shown = await (await console.browser(tenant, "rita")).get(f"/pessoas/{person_id}")
    card = said(shown.one("section", aria_label="Quem é"))
    assert said(shown.one("h1")) == "Bia"
    assert "Beatriz Moura" in card
    assert "(41) 99876-1234" in card
    assert CPF not in shown.answer.text
    assert f"***.{CPF[3:6]}.{CPF[6:9]}-**" in card
    assert shown.one("title").text == "Pessoa · Vínculo"


async def test_the_whole_document_is_shown_for_a_reason_that_is_kept(
    console: World, tenant: int
) -> None:
    person_id = await known(console, tenant)
    rita = await console.browser(tenant, "rita")
    shown = await rita.get(f"/pessoas/{person_id}")
    refused = await ordered(rita, shown, "cpf", reason="  ")
    assert refused.status == 422
    assert f"{CPF[:3]}." not in said(refused.one("section", aria_label="Quem é"))
    told = await ordered(rita, refused, "cpf", reason="confirmar o titular ao telefone")
    assert f"{CPF[:3]}.{CPF[3:6]}.{CPF[6:9]}-{CPF[9:]}" in told.text
    trail = await console.registry.rows(
        "select actor, reason from audit where tenant_id = $1 and action = 'cpf.revealed'", tenant
    )
    assert [one["actor"] for one in trail] == ["rita"]
    assert "titular" not in trail[0]["reason"]


async def test_every_lane_is_there_without_a_script(console: World, tenant: int) -> None:
    case_id = await declared(console, tenant, "Ana Lima")
    rows = await console.declarations.rows(
        "select person_id from declaration where declaration_id = $1", case_id
    )
    person_id = rows[0]["person_id"]
    await console.task(tenant, person_id, skill="ds.link", form="respondent")
    shown = await (await console.browser(tenant, "rita")).get(f"/pessoas/{person_id}")
    assert "convite enviado" in lane(shown, "declaracoes")
    assert "Nenhuma mensagem foi enviada." in lane(shown, "contatos")
    assert "Não está inscrita em nenhum contrato." in lane(shown, "contratos")
    assert "Nenhum consentimento" in lane(shown, "consentimentos")
    assert "Cadastro registrado ou corrigido" in lane(shown, "historico")
    assert lane(shown, "tarefas").startswith("Tarefas em aberto")
    assert not shown.has("section", id="lane-cpts")
    assert not shown.has("section", id="lane-direitos")


async def test_contracts_tell_role_and_kind(console: World, tenant: int) -> None:
    person = {"full_name": "Caio Dias", "birth_on": "1980-01-01", "cpf": cpf(5_555)}
    person_id = await enrolled(console, tenant, person)
    shown = await (await console.browser(tenant, "rita")).get(f"/pessoas/{person_id}")
    assert "C-77coletivo empresarialtitular01/01/2026ativa" in lane(shown, "contratos")


async def test_what_tells_of_health_is_read_only_by_asking(console: World, tenant: int) -> None:
    desk = Desk(console.declarations, tenant)
    person_id = await known(console, tenant)
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(f"/pessoas/{person_id}")
    assert "a leitura fica registrada" in lane(shown, "cpts")
    assert "a leitura fica registrada" in lane(shown, "historico")
    assert await desk.audit_trail(f"cpts of {person_id}", "clinical.read") == []
    asked = await ana.get(f"/pessoas/{person_id}?faixa=cpts")
    assert "Nenhuma cobertura parcial" in lane(asked, "cpts")
    assert len(await desk.audit_trail(f"cpts of {person_id}", "clinical.read")) == 1


async def test_a_silent_service_takes_its_lane_and_says_since_when(
    console: World, tenant: int
) -> None:
    person_id = await known(console, tenant)
    rita = await console.browser(tenant, "rita")
    with console.silent("contact"):
        shown = await rita.get(f"/pessoas/{person_id}")
        script = await console.browser(tenant, "rita", script=True)
        part = await script.get(f"/pessoas/{person_id}?faixa=contatos", target="lane-contatos")
    assert shown.status == 200
    assert "Contatos feitos: indisponível desde" in lane(shown, "contatos")
    assert "tentar de novo" in lane(shown, "contatos")
    assert "Nenhuma declaração de saúde." in lane(shown, "declaracoes")
    assert not part.has("html")
    assert "indisponível desde" in part.text
    healed = await script.get(f"/pessoas/{person_id}?faixa=contatos", target="lane-contatos")
    assert "Nenhuma mensagem foi enviada." in healed.text


async def test_a_slow_lane_is_left_to_load_apart(console: World, tenant: int) -> None:
    person_id = await known(console, tenant)
    rita = await console.browser(tenant, "rita")
    never = asyncio.Event()

    async def waits(_request: httpx.Request) -> httpx.Response:
        await never.wait()
        raise AssertionError

    apis = console.console.app.state.apis
    with (
        changed(queries, "PATIENCE", 0.05),
        changed(apis.contact.http, "_transport", httpx.MockTransport(waits)),
    ):
        shown = await rita.get(f"/pessoas/{person_id}")
    section = shown.one("section", id="lane-contatos")
    assert section.get("hx-get") == f"/pessoas/{person_id}?faixa=contatos"
    assert section.get("hx-trigger") == "load"
    assert "Carregar" in said(section)


async def test_the_history_is_by_day_newest_first_and_what_repeats_is_told_once(
    console: World, tenant: int
) -> None:
    person_id = await known(console, tenant)
    headers = console.registry.as_(tenant, "registrar")
    for given in (False, True, False):
        body = {"purpose": "contato por WhatsApp", "text_version": "1", "given": given}
        await console.registry.http.post(
            f"/people/{person_id}/consents", json=body, headers=headers
        )
    shown = await (await console.browser(tenant, "rita")).get(f"/pessoas/{person_id}")
    told = [said(one) for one in shown.one("section", id="lane-historico").iter("li")]
    assert "Consentimento dado ou revogado (4 vezes)" in told[0]
    assert "Cadastro registrado" in told[-1]
    assert "mudou 3 vezes" in lane(shown, "consentimentos")


async def test_the_officer_exports_what_is_held(console: World, tenant: int) -> None:
    person_id = await known(console, tenant)
    diana = await console.browser(tenant, "diana")
    shown = await diana.get(f"/pessoas/{person_id}")
    form = shown.form(f"/pessoas/{person_id}/exportar")
    answer = await diana.http.post(
        form.get("action", ""), data=fields(form), headers={"Origin": "https://console.test"}
    )
    assert answer.json()["person"]["full_name"] == "Beatriz Moura"
    assert answer.headers["Content-Disposition"].startswith("attachment")


async def test_the_officer_takes_a_consent_back(console: World, tenant: int) -> None:
    person_id = await known(console, tenant)
    diana = await console.browser(tenant, "diana")
    shown = await diana.get(f"/pessoas/{person_id}")
    done = await ordered(diana, shown, "revogar")
    assert "Consentimento revogado." in done.text
    assert "revogado" in lane(done, "consentimentos")
    again = await ordered(diana, shown, "revogar")
    assert "mudou 1 vez" in lane(again, "consentimentos")


async def test_an_erasure_is_confirmed_refused_with_reasons_or_done(
    console: World, tenant: int
) -> None:
    person = {"full_name": "Caio Dias", "birth_on": "1980-01-01", "cpf": cpf(6_666)}
    bound = await enrolled(console, tenant, person, "E-2")
    diana = await console.browser(tenant, "diana")
    shown = await diana.get(f"/pessoas/{bound}")
    unsure = await ordered(diana, shown, "eliminar", word="sim")
    assert unsure.status == 422
    assert "Escreva ELIMINAR" in unsure.text
    kept = await ordered(diana, shown, "eliminar", word="ELIMINAR", sure="sim")
    assert kept.status == 409
    assert "Há inscrição ativa em contrato" in kept.text
    free = await known(console, tenant)
    page = await diana.get(f"/pessoas/{free}")
    done = await ordered(diana, page, "eliminar", word="eliminar", sure="sim")
    assert "Dados eliminados" in said(done.one("h1"))
    gone = await diana.get(f"/pessoas/{free}")
    assert gone.status == 410
    assert "foram eliminados" in gone.text


async def test_nobody_and_forbidden_differ(console: World, tenant: int) -> None:
    rita = await console.browser(tenant, "rita")
    assert (await rita.get("/pessoas/nobody")).status == 404
    refused = await (await console.browser(tenant, "sonia")).get("/pessoas/nobody")
    assert refused.status == 403
    assert "Falta a permissão registry.read" in refused.text
    with console.silent("registry"):
        assert (await rita.get("/pessoas/nobody")).status == 503


async def test_whoever_keeps_the_register_begins_at_the_search_of_people(
    console: World, tenant: int
) -> None:
    person_id = await known(console, tenant)
    clara = console.stranger()
    await clara.sign_in(tenant, "clara", "/")
    assert (await clara.get("/")).answer.headers["Location"] == "/pessoas"
    begun = await clara.get("/pessoas")
    assert begun.has("a", href="/pessoas", aria_current="page")
    found = await clara.post("/busca", {"wanted": "Beatriz"})
    assert found.has("a", href=f"/pessoas/{person_id}")


async def test_the_search_of_people_is_closed_to_whoever_may_not_read_them(
    console: World, tenant: int
) -> None:
    refused = await (await console.browser(tenant, "mara")).get("/pessoas")
    assert refused.status == 403
    assert "registry.read" in refused.text
