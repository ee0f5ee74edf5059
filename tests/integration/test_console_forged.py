"""What no form of ours would send is refused in words, and breaks no page."""

from uuid import uuid4

import pytest

from services.console.usecases import live
from tests.support.console import World
from tests.support.page import said
from tests.support.public_pages import PublicWorld

LONG, NUL = "x" * 499, "%00"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


@pytest.mark.parametrize(
    "path",
    [
        f"/auditoria?pessoa={NUL}",
        f"/auditoria?pessoa={LONG}",
        f"/auditoria?ator={LONG}",
        f"/auditoria?acao={LONG}",
        f"/auditoria?assunto={LONG}",
    ],
)
async def test_a_filter_that_fits_nowhere_is_refused_or_finds_nothing(
    console: World, tenant: int, path: str
) -> None:
    shown = await (await console.browser(tenant, "diana")).get(path)
    assert shown.status in (200, 422), shown.text


@pytest.mark.parametrize("number", ["²", "9" * 5_000, "-1", ""])
async def test_a_line_of_the_trail_that_cannot_be_is_not_found(
    console: World, tenant: int, number: str
) -> None:
    diana = await console.browser(tenant, "diana")
    form = {"servico": "registry", "registro": number, "motivo": "Pedido da pessoa."}
    assert (await diana.post("/auditoria/revelar", form)).status == 404


async def test_an_export_of_the_trail_keeps_by_what_it_was_narrowed_and_not_to_what(
    console: World, tenant: int
) -> None:
    diana = await console.browser(tenant, "diana")
    wrong = await diana.post("/auditoria/exportar", {"motivo": "a\x00bcdefghijk"})
    assert wrong.status == 422
    assert "sinais que não se leem" in wrong.text
    path = "/auditoria/exportar?assunto=Diabetes+da+Bia&ator=ana"
    assert (await diana.post(path, {"motivo": "Pedido da pessoa."})).status == 200
    [entry] = await console.console.rows(
        "select details::text as told from audit where tenant_id = $1"
        " and action = 'trail.exported'",
        tenant,
    )
    assert "assunto" in entry["told"]
    assert "Diabetes" not in entry["told"]


async def test_a_resend_to_somebody_made_up_is_not_begun(console: World, tenant: int) -> None:
    rita = await console.browser(tenant, "rita")
    form = {f"um.{uuid4()}": LONG, "alcance": "marcadas", "by": "rita"}
    for path in ("/declaracoes/reenvios/conferir", "/declaracoes/reenvios"):
        assert (await rita.post(path, form | {"total": "1", "sure": "sim"})).status == 404


async def test_a_page_that_cannot_be_told_its_own_address_answers_all_the_same(
    console: World, tenant: int
) -> None:
    ana = await console.browser(tenant, "ana")
    for address in ("http://[::1", "//[", "http://a]b"):
        headers = {"HX-Request": "true", "HX-Current-URL": address}
        answer = await ana.http.get("/tarefas/nenhuma", headers=headers)
        assert answer.status_code in (404, 422), answer.text


async def test_one_person_holds_so_many_live_lines_and_no_more(
    console: World, tenant: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "WINDOWS", 0)
    shown = await (await console.browser(tenant, "ana")).get("/tarefas/ao-vivo")
    assert (shown.status, "Janelas demais" in shown.text) == (429, True)


async def test_a_key_with_a_break_of_line_reaches_no_service(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    form = await ana.get("/tarefas/visoes/nova?visao=minhas")
    sent = await ana.send(form, "/tarefas/visoes?", title="Minha", key="aaaaaaaa\nX-Evil: 1")
    assert sent.status == 422
    assert console.console.app.state.apis.worklist.silence.since is None


@pytest.mark.parametrize("born", ["01/01/0001", "31/12/1899", "01/01/2200", "31/12/9999"])
async def test_a_birth_date_of_another_age_is_told_at_its_field(
    pages: PublicWorld, born: str
) -> None:
    ana = await pages.invited()
    link = (await ana.link()).partition("#")[2]
    door = await ana.handset.get("/")
    told = await ana.handset.post("/entrar", {"endereco": link, "nascimento": born})
    assert told.status == 422
    assert "nascimento" in said(told.tree).lower()
    assert door.status == 200
