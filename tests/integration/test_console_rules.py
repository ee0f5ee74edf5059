"""S17, the rule sets: read, written as a table, checked at the cell, published by another."""

import json

import pytest

from tests.support.clinic import Desk
from tests.support.console import CONSOLE_URL, Browser, World
from tests.support.page import Page, fields, page, said

CPT = "/regras/tabela-cpt"


@pytest.fixture
def tenant(console: World) -> int:
    return console.tenant()


async def editing(console: World, tenant: int, who: str, path: str = CPT) -> tuple[Browser, Page]:
    """Somebody with the draft open before them."""
    browser = await console.browser(tenant, who)
    shown = await browser.get(f"{path}/rascunho")
    assert shown.status == 200, shown.text
    return browser, shown


async def sent(browser: Browser, shown: Page, cells: dict[str, str], path: str = CPT) -> Page:
    """The form of the table, some of its cells typed over."""
    form = fields(shown.form(f"{path}/rascunho"))
    return await browser.post(f"{path}/rascunho", form | cells)


async def saved(browser: Browser, shown: Page, cells: dict[str, str], path: str = CPT) -> Page:
    """The page after a draft was saved."""
    answer = await sent(browser, shown, cells, path)
    assert answer.status == 303, answer.text
    return await browser.get(answer.answer.headers["Location"])


def cell(shown: Page, name: str) -> str:
    return shown.one("input", name=name).get("value", "")


async def test_the_list_tells_what_is_in_force_since_when_and_how_sure(
    console: World, tenant: int
) -> None:
    browser = await console.browser(tenant, "raul")
    shown = await browser.get("/regras")
    assert shown.status == 200
    titles = [said(one) for one in shown.all("h2")]
    assert "Tabela da CPT" in titles
    assert "Textos ao proponente" in titles
    assert "versão 1, desde 21/11/2026 21:00, publicada pelo produto" in shown.text
    assert "lida na fonte" in shown.text
    await saved(*await editing(console, tenant, "rosa"), {"linhas.0.3": "12"})
    assert "de rosa" in (await browser.get("/regras")).text


async def test_every_parameter_shows_unit_source_and_confidence(
    console: World, tenant: int
) -> None:
    shown = await (await console.browser(tenant, "raul")).get("/regras/parametros")
    heads = [said(one) for one in shown.all("th", scope="col")]
    assert {"Parâmetro", "Valor", "Unidade", "Fonte", "Confiança"} <= {*heads}
    row = next(one for one in shown.all("tr") if "oferta.prazo_dias" in said(one))
    assert "10dias" in said(row)
    assert "política da operadora" in said(row)


async def test_a_draft_starts_from_what_is_in_force_and_is_kept_as_typed(
    console: World, tenant: int
) -> None:
    browser, shown = await editing(console, tenant, "raul")
    assert (cell(shown, "linhas.0.0"), cell(shown, "linhas.0.1")) == ("Q01", "C00-C97")
    after = await saved(browser, shown, {"linhas.0.3": "12", "casos.0.0": ""})
    assert "Rascunho salvo." in after.text
    assert cell(after, "linhas.0.3") == "12"
    again = await (await console.browser(tenant, "raul")).get(f"{CPT}/rascunho")
    assert cell(again, "linhas.0.3") == "12"


async def test_rows_come_and_go_without_a_script(console: World, tenant: int) -> None:
    browser, shown = await editing(console, tenant, "raul")
    count = len(shown.all("input", type="checkbox"))
    more = await sent(browser, shown, {"mais": "linhas", "linhas.0.3": "7"})
    assert more.status == 200
    assert "Ainda não salvo." in more.text
    assert cell(more, "linhas.0.3") == "7"
    assert len(more.all("input", type="checkbox")) == count + 10
    typed = {"linhas.102.0": "Q01", "linhas.102.1": "C80", "linhas.102.2": "ONCO"}
    after = await saved(browser, more, typed | {"linhas.0.tirar": "sim"})
    assert len(after.all("input", type="checkbox")) == count
    assert cell(after, "linhas.0.1") == "D00-D09"
    assert cell(after, "linhas.101.1") == "C80"


async def test_what_cannot_stand_is_told_at_its_cell_with_a_summary_on_top(
    console: World, tenant: int
) -> None:
    browser, shown = await editing(console, tenant, "raul")
    wrong = {"linhas.1.1": "C97", "linhas.2.2": "IMG, NADA", "linhas.3.3": "99"}
    after = await saved(browser, shown, wrong)
    summary = after.one("div", id="summary")
    assert "4 problemas impedem publicar" in said(summary)
    told = {one.get("href", ""): said(one) for one in summary.iter("a")}
    assert told["#linhas-0-1"] == "Linha 1, Q01 · C00-C97, CID"
    for place, reason in (
        ("linhas-0-1", "Sobrepõe-se a C97."),
        ("linhas-2-2", "Família desconhecida: NADA."),
        ("linhas-3-3", "Meses devem ir de 1 a 24."),
        ("casos-1-2", "O caso de teste não dá as famílias esperadas."),
    ):
        at = after.one("input", id=place)
        assert at.get("aria-invalid") == "true"
        assert said(after.one("p", id=at.get("aria-describedby", ""))) == reason


async def test_a_cell_of_another_kind_is_kept_as_typed_and_told(
    console: World, tenant: int
) -> None:
    browser, shown = await editing(console, tenant, "raul")
    after = await saved(browser, shown, {"linhas.4.3": "doze", "linhas.5.1": "coração"})
    assert cell(after, "linhas.4.3") == "doze"
    assert said(after.one("p", id="linhas-4-3-w")) == "valor inválido"
    assert after.one("input", id="linhas-5-1").get("aria-invalid") == "true"
    fixed = await saved(browser, after, {"linhas.4.3": "12", "linhas.5.1": "I42-I43"})
    assert "Nada impede publicar." in fixed.text


async def test_a_cell_that_is_too_long_is_told_at_its_place_and_nothing_is_saved(
    console: World, tenant: int
) -> None:
    browser, shown = await editing(console, tenant, "raul")
    refused = await sent(browser, shown, {"linhas.1.2": "x" * 2001})
    assert refused.status == 422
    assert "Há células longas demais" in refused.text
    assert said(refused.one("p", id="linhas-1-2-w")) == "Passa de 2.000 letras."
    assert cell(refused, "linhas.1.2") == "x" * 2001
    assert "Rascunho escrito" not in (await browser.get(f"{CPT}/rascunho")).text


async def test_a_parameter_is_changed_at_its_own_kind(console: World, tenant: int) -> None:
    path = "/regras/parametros"
    browser, shown = await editing(console, tenant, "raul", path)
    rows = [one.get("value", "") for one in shown.all("input") if ".1" in one.get("name", "")[-2:]]
    at = rows.index("cpt.meses_max")
    assert shown.one("input", name=f"linhas.{at}.1").get("readonly") == ""
    refused = await saved(browser, shown, {f"linhas.{at}.2": "25"}, path)
    assert "no máximo 24" in said(refused.one("p", id=f"linhas-{at}-2-w"))
    again = await saved(browser, refused, {f"linhas.{at}.2": "muitos"}, path)
    assert cell(again, f"linhas.{at}.2") == "muitos"
    done = await saved(browser, again, {f"linhas.{at}.2": "12"}, path)
    assert "Nada impede publicar." in done.text


async def test_of_two_who_write_the_second_sees_three_ways_and_loses_nothing(
    console: World, tenant: int
) -> None:
    rosa, hers = await editing(console, tenant, "rosa")
    raul, his = await editing(console, tenant, "raul")
    await saved(rosa, hers, {"linhas.0.3": "6", "linhas.1.3": "9"})
    clash = await sent(raul, his, {"linhas.1.3": "12", "linhas.2.3": "18"})
    assert clash.status == 409
    assert "rosa mudou este rascunho em" in clash.text
    told = [said(one) for one in clash.all("legend")]
    assert told == [
        "Linhas: Q01 · C00-C97",
        "Linhas: Q01 · D00-D09 ≠ os dois mudaram",
        "Linhas: Q02 · D10-D36",
    ]
    form = fields(clash.form(f"{CPT}/rascunho"))
    assert [form[f"linhas.{at}"] for at in range(3)] == ["deles", "meu", "meu"]
    after = await saved(raul, clash, {"linhas.1": "deles"})
    assert [cell(after, f"linhas.{at}.3") for at in range(3)] == ["6", "9", "18"]


async def test_the_same_draft_sent_twice_is_saved_once(console: World, tenant: int) -> None:
    browser, shown = await editing(console, tenant, "raul")
    for _ in range(2):
        assert (await sent(browser, shown, {"linhas.0.3": "6"})).status == 303


async def test_whoever_wrote_the_draft_does_not_publish_it_and_reads_who_does(
    console: World, tenant: int
) -> None:
    raul, shown = await editing(console, tenant, "raul")
    await saved(raul, shown, {"linhas.0.3": "6"})
    own = await raul.get(f"{CPT}/revisao")
    assert not own.offers(f"{CPT}/revisao/publicacao")
    assert "quem o publica é outra pessoa" in own.text
    draft = await console.declarations.http.get(
        "/rule-sets/cpt_table/versions",
        headers=console.declarations.as_(tenant, "rule_owner", sub="raul"),
    )
    read = {"content_hash": draft.json()["items"][0]["content_hash"], "lido": "sim"}
    refused = await raul.post(f"{CPT}/revisao/publicacao", read)
    assert refused.status == 403
    assert "Quem escreveu a regra não a publica" in refused.text


async def test_another_person_reads_what_changes_and_publishes_what_they_read(
    console: World, tenant: int
) -> None:
    raul, shown = await editing(console, tenant, "raul")
    first = await saved(raul, shown, {"linhas.0.3": "6"})
    rosa = await console.browser(tenant, "rosa")
    read = await rosa.get(f"{CPT}/revisao")
    assert "1 linha é outra" in read.text
    assert [said(one) for one in read.all("ins")] == ["depois: 6"]
    unread = await rosa.send(read, f"{CPT}/revisao/publicacao")
    assert (unread.status, "Falta confirmar a leitura" in unread.text) == (422, True)
    await saved(raul, first, {"linhas.0.3": "8"})
    stale = await rosa.send(read, f"{CPT}/revisao/publicacao", lido="sim")
    assert (stale.status, "O rascunho mudou desde que foi lido" in stale.text) == (409, True)
    assert [said(one) for one in stale.all("ins")] == ["depois: 8"]
    for _ in range(2):
        done = await rosa.send(stale, f"{CPT}/revisao/publicacao", lido="sim")
        assert done.status == 303, done.text
    now = await rosa.get(done.answer.headers["Location"])
    assert "versão 2" in now.text
    assert "seguem com a versão em que começaram" in now.text
    between = await rosa.get(f"{CPT}/comparar?de=1&para=2")
    assert [said(one) for one in between.all("ins")] == ["depois: 8"]
    nothing = await rosa.get(f"{CPT}/comparar?de=2&para=2")
    assert "Nada muda entre as duas." in nothing.text


async def test_a_draft_that_fails_its_own_cases_is_not_published(
    console: World, tenant: int
) -> None:
    raul, shown = await editing(console, tenant, "raul")
    await saved(raul, shown, {"casos.0.2": "IMG"})
    rosa = await console.browser(tenant, "rosa")
    read = await rosa.get(f"{CPT}/revisao")
    assert "✗ não dá o esperado" in said(read.one("tr", id="casos-0"))
    assert "✓ dá o esperado" in said(read.one("tr", id="casos-1"))
    assert not read.offers(f"{CPT}/revisao/publicacao")


async def test_a_publication_changes_the_next_case_only_and_is_tried_before(
    console: World, tenant: int
) -> None:
    desk = Desk(console.declarations, tenant)
    _, running = await desk.analysed("Q18")
    before = (await desk.case(running))["rules_version"]
    raul, shown = await editing(console, tenant, "raul")
    at = [one.get("value") for one in shown.all("input") if one.get("value") == "Q18"]
    assert at
    await saved(raul, shown, {"linhas.0.3": "6"})
    rosa = await console.browser(tenant, "rosa")
    read = await rosa.get(f"{CPT}/revisao")
    tried = await rosa.send(read, f"{CPT}/revisao/simulacao")
    assert (tried.status, "Nenhum caso mudaria." in tried.text) == (200, True)
    assert (await rosa.send(read, f"{CPT}/revisao/publicacao", lido="sim")).status == 303
    _, later = await desk.analysed("Q18")
    assert (await desk.case(running))["rules_version"] == before
    assert (await desk.case(later))["rules_version"] != before


async def test_the_questionnaire_says_why_it_is_not_simulated(console: World, tenant: int) -> None:
    path = "/regras/questionario"
    raul, shown = await editing(console, tenant, "raul", path)
    await saved(raul, shown, {"linhas.0.4": "médio"}, path)
    read = await raul.get(f"{path}/revisao")
    assert "O questionário não é simulado" in read.text
    assert not read.offers(f"{path}/revisao/simulacao")


async def test_six_hundred_rows_are_saved_with_and_without_a_script(
    console: World, tenant: int
) -> None:
    browser, shown = await editing(console, tenant, "raul")
    form = fields(shown.form(f"{CPT}/rascunho"))
    many = [[f"Q{at % 36 + 1:02d}", f"X{at}", "IMG", "12"] for at in range(600)]
    head = [[form[f"cabecalho.0.{at}"] for at in range(3)]]
    whole = json.dumps({"cabecalho": head, "linhas": many, "casos": []})
    hidden = {name: form[name] for name in ("by", "key", "seen", "base")}
    answer = await browser.post(f"{CPT}/rascunho", hidden | {"grade": whole})
    assert answer.status == 303, answer.text
    again = await browser.get(f"{CPT}/rascunho")
    assert cell(again, "linhas.599.1") == "X599"
    after = await sent(browser, again, {"linhas.599.1": "Z99"})
    assert after.status == 303, after.text
    assert cell(await browser.get(f"{CPT}/rascunho"), "linhas.599.1") == "Z99"


async def test_what_was_typed_comes_back_when_the_session_is_over_or_nobody_answers(
    console: World, tenant: int
) -> None:
    browser, shown = await editing(console, tenant, "raul")
    with console.silent("health_declaration"):
        silent = await sent(browser, shown, {"linhas.0.3": "6"})
    assert silent.status == 503
    assert fields(silent.form(f"{CPT}/rascunho"))["linhas.0.3"] == "6"
    await browser.post("/sair")
    ended = await sent(browser, shown, {"linhas.0.3": "6"})
    assert ended.status == 401
    kept = fields(ended.form(f"{CPT}/rascunho"))
    await browser.sign_in(tenant, "raul")
    assert (await browser.post(f"{CPT}/rascunho", kept)).status == 303


async def test_whoever_may_not_read_rules_is_told_who_may(console: World, tenant: int) -> None:
    ana = await console.browser(tenant, "ana")
    shown = await ana.get(CPT)
    assert shown.status == 403
    assert "Quem tem essa permissão: regras" in shown.text
    assert (await ana.get(f"{CPT}/rascunho")).status == 403


async def test_a_silent_service_takes_its_own_part_of_the_list(console: World, tenant: int) -> None:
    browser = await console.browser(tenant, "raul")
    with console.silent("health_declaration"):
        shown = await browser.get("/regras")
    assert shown.status == 200
    assert "A declaração de saúde não responde agora" in shown.text
    assert "Tentar de novo" in shown.text


async def test_a_table_goes_out_to_a_spreadsheet_and_comes_back_unsaved(
    console: World, tenant: int
) -> None:
    browser, shown = await editing(console, tenant, "raul")
    file = await browser.http.get(f"{CPT}/planilha?versao=1")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert "tabela-cpt-1.csv" in file.headers["Content-Disposition"]
    changed = file.text.replace("Q01;C00-C97;", "Q01;C00-C96;")
    form = fields(shown.form(f"{CPT}/planilha"))
    sent_to = f"{CPT}/planilha"

    async def load(content: bytes) -> Page:
        files = {"planilha": ("t.csv", content, "text/csv")}
        headers = {"Origin": CONSOLE_URL}
        return page(await browser.http.post(sent_to, data=form, files=files, headers=headers))

    loaded = await load(changed.encode())
    assert (loaded.status, "Ainda não salvo." in loaded.text) == (200, True)
    assert cell(loaded, "linhas.0.1") == "C00-C96"
    assert cell(loaded, "casos.0.0") == "Q01"
    assert cell(await saved(browser, loaded, {}), "linhas.0.1") == "C00-C96"
    assert (await load(changed.encode() + b"x" * 30_000_000)).status == 413
    for other in (b"", b"a;b\n1;2\n"):
        refused = await load(other)
        assert refused.status == 422
        assert "Pergunta; CID; Famílias; Meses" in refused.text
