"""S20, the process of a case: where it stands, on whom it waits, what operators order of it."""

import pytest

from tests.integration.test_console_declarations import declared
from tests.support.clinic import Desk
from tests.support.console import Browser, World
from tests.support.desk import running
from tests.support.page import Page, fields, said


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


def steps(shown: Page) -> list[str]:
    """The bar, its shapes and words."""
    bar = shown.one("ol", aria_label="Passos da declaração")
    return [said(one) for one in bar.iter("li")]


async def ordered(browser: Browser, shown: Page, act: str, **typed: str) -> Page:
    form = next(one for one in shown.tree.iter("form") if one.get("action", "").endswith(f"/{act}"))
    return await browser.post(form.get("action", ""), fields(form) | typed)


async def test_the_steps_tell_where_a_case_is_and_on_whom_it_waits(
    console: World, tenant: int
) -> None:
    case_id = await declared(console, tenant, "Ana Lima")
    shown = await (await console.browser(tenant, "rita")).get(f"/declaracoes/{case_id}")
    assert steps(shown)[0] == "● Convite convite enviado"
    assert steps(shown)[3] == "· Liberação por vir"
    assert "Espera pelo proponente" in shown.text
    assert "Ana Lima" in said(shown.one("h1"))
    assert shown.one("title").text == "Processo da declaração · Vínculo"


async def test_opening_the_process_reads_no_case_and_asking_for_it_does(
    console: World, tenant: int
) -> None:
    case_id = await declared(console, tenant, "Ana Lima", "Q10")
    desk = Desk(console.declarations, tenant)
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(f"/declaracoes/{case_id}")
    assert steps(shown)[2] == "● Avaliação em análise"
    assert "Diabetes" not in shown.text
    assert await desk.audit_trail(case_id, "clinical.read") == []
    read = await ana.get(f"/declaracoes/{case_id}?ver=caso")
    assert "Diabetes" in read.text
    assert len(await desk.audit_trail(case_id, "clinical.read")) == 1


async def test_without_clinical_purpose_the_bar_tells_the_coarse_stage(
    console: World, tenant: int
) -> None:
    case_id = await declared(console, tenant, "Ana Lima", "Q10")
    shown = await (await console.browser(tenant, "rita")).get(f"/declaracoes/{case_id}")
    assert steps(shown)[2] == "● Avaliação em avaliação"
    assert "em análise" not in shown.text
    assert "Chamadas ao ERP" not in shown.text


async def test_what_was_told_to_the_erp_is_read_by_asking(console: World, tenant: int) -> None:
    desk = Desk(console.declarations, tenant)
    _, case_id = await desk.restricted(("Q10", "E11"))
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(f"/declaracoes/{case_id}")
    assert shown.has("a", href=f"/declaracoes/{case_id}?ver=erp#erp")
    assert "Espera pelo ERP" in shown.text
    asked = await ana.get(f"/declaracoes/{case_id}?ver=erp")
    assert "sem chave do parceiro" in asked.text


async def test_a_link_is_sent_again_from_the_process_and_once(console: World, tenant: int) -> None:
    case_id = await declared(console, tenant, "Ana Lima")
    rita = await console.browser(tenant, "rita")
    shown = await rita.get(f"/declaracoes/{case_id}")
    given = fields(shown.form(f"/declaracoes/{case_id}/link"))
    for _ in range(2):
        done = await rita.post(f"/declaracoes/{case_id}/link", given)
        assert "Link reenviado. Abre até" in done.text
    trail = await Desk(console.declarations, tenant).audit_trail(case_id, "link.resent")
    assert len(trail) == 1


async def test_an_operator_pauses_and_resumes_with_a_reason(console: World, tenant: int) -> None:
    case_id = await declared(console, tenant, "Ana Lima")
    async with running(console, tenant, case_id):
        ivo = await console.browser(tenant, "ivo")
        shown = await ivo.get(f"/declaracoes/{case_id}")
        assert shown.status == 200
        assert "Ana Lima" in said(shown.one("h1"))
        assert "em curso" in shown.text
        blank = await ordered(ivo, shown, "pausar", reason=" ")
        assert blank.status == 422
        paused = await ordered(ivo, shown, "pausar", reason="feriado na clínica")
        assert "Processo pausado." in paused.text
        assert said(paused.one("section", aria_labelledby="runs")).count("Pausado porivo") == 1
        resumed = await ordered(ivo, paused, "retomar", reason="feriado passou")
        assert "Processo retomado." in resumed.text
    trail = await Desk(console.declarations, tenant).audit_trail(case_id, "process.pause")
    assert len(trail) == 1


async def test_an_order_on_a_process_that_changed_meanwhile_keeps_the_reason(
    console: World, tenant: int
) -> None:
    case_id = await declared(console, tenant, "Ana Lima")
    async with running(console, tenant, case_id):
        ivo = await console.browser(tenant, "ivo")
        seen = await ivo.get(f"/declaracoes/{case_id}")
        await ordered(ivo, seen, "pausar", reason="feriado na clínica")
        again = await ordered(ivo, seen, "pausar", reason="outra pausa, outro motivo")
    assert again.status == 409
    assert "O processo mudou desde que você o abriu" in again.text
    assert "ivo o pausou" in again.text
    assert "outra pausa, outro motivo" in again.text


async def test_a_cancellation_asks_first_and_ends_the_case(console: World, tenant: int) -> None:
    case_id = await declared(console, tenant, "Ana Lima")
    async with running(console, tenant, case_id):
        ivo = await console.browser(tenant, "ivo")
        shown = await ivo.get(f"/declaracoes/{case_id}")
        unsure = await ordered(ivo, shown, "cancelar", reason="contrato desfeito")
        assert unsure.status == 422
        assert "Marque para confirmar." in unsure.text
        assert "contrato desfeito" in unsure.text
        done = await ordered(ivo, unsure, "cancelar", reason="contrato desfeito", sure="sim")
        assert "Cancelamento pedido" in done.text
    shown = await (await console.browser(tenant, "rita")).get(f"/declaracoes/{case_id}")
    assert steps(shown)[3] == "– Liberação não houve"
    assert "cancelada" in shown.text


async def test_a_silent_desk_takes_its_own_part_only(console: World, tenant: int) -> None:
    case_id = await declared(console, tenant, "Ana Lima")
    shown = await (await console.browser(tenant, "ivo")).get(f"/declaracoes/{case_id}")
    assert shown.status == 200
    assert "A mesa dos processos não responde agora" in shown.text
    assert "Tentar de novo" in shown.text


async def test_a_declaration_of_nobody_is_not_found_and_others_are_forbidden(
    console: World, tenant: int
) -> None:
    nowhere = "/declaracoes/00000000-0000-0000-0000-000000000000"
    rita = await console.browser(tenant, "rita")
    assert (await rita.get(nowhere)).status == 404
    refused = await (await console.browser(tenant, "sonia")).get(nowhere)
    assert refused.status == 403
    assert "Falta a permissão ds.read" in refused.text
