"""Every page of the console, in every state it can have, in every look: no barrier anywhere."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import Response, expect

from kit.auth import routes_of
from tests.integration.test_console_bulk import asked, marked
from tests.integration.test_console_declarations import declared
from tests.integration.test_console_resends import begun
from tests.integration.test_console_views import kept
from tests.support.agenda import Ward
from tests.support.console import CONSOLE_URL, World
from tests.support.looks import barriers
from tests.support.screen import Screen, Screens
from tests.support.second_comer import (
    ALONE,
    LATE,
    Late,
    arrived_late,
    at_the_desk,
    moved_on,
    orders_of,
)
from tests.support.watched import busy

SERVICES = ("worklist", "health_declaration", "registry", "contact")
NO_PAGES = {
    "/": "leads to the first room",
    "/entrar": "leads to the issuer",
    "/entrar/volta": "leads to the page that was wanted",
    "/sessao": "a word for the script",
    "/estatico/{name:path}": "styles and scripts",
    "/tarefas/ao-vivo": "a stream",
    "/tarefas/lotes/{job_id}/andamento": "a part of the page of the job",
    "/tarefas/planilha": "a file",
    "/tarefas/lotes/{job_id}/recusadas.csv": "a file",
    "/tarefas/{task_id}/arquivos/{document_id}": "a file",
    "/cpts/{cpt_id}/termo": "a file",
    "/regras/{slug}/planilha": "a file",
    "/integracoes/arquivos/{file_id}": "a file",
    "/declaracoes/lista.csv": "a file",
    "/declaracoes/reenvios/{resend_id}/falhas.csv": "a file",
    "/declaracoes/{declaration_id}/arquivos/{document_id}": "a file",
}
CLOSED = re.compile("ermissão|Não encontrado")
"""A permission that lacks; or a job of somebody else, which is nowhere for others."""
OPEN_TO_ALL = "whoever is signed in may open it"
FROM_HERE = "asks no other service"


@dataclass(frozen=True)
class Room:
    """One page: where, who works there, who may not enter."""

    address: str
    who: str
    barred: str = ""
    """Nobody where OPEN_TO_ALL."""
    asks: bool = True
    """Whether another service may be silent; else FROM_HERE."""


ROOMS = {
    "/saiu": Room("/saiu", "ana", asks=False),
    "/atalhos": Room("/atalhos", "ana", asks=False),
    "/de-volta": Room("/de-volta", "ana", asks=False),
    "/tarefas": Room("/tarefas?visao=abertas&coluna=due&coluna=owner", "ana", "oscar"),
    "/tarefas/{task_id}": Room("/tarefas/{task}", "ana", "oscar"),
    "/tarefas/visoes/nova": Room("/tarefas/visoes/nova?visao=vencidas", "ana", asks=False),
    "/tarefas/visoes/{view_id}": Room("/tarefas/visoes/{view}", "ana", "oscar"),
    "/tarefas/lotes/nova": Room("/tarefas/lotes/nova?visao=abertas", "ana", "oscar"),
    "/tarefas/lotes/{job_id}": Room("/tarefas/lotes/{job}", "ana", "oscar"),
    "/entrevistas": Room("/entrevistas?semana={week}", "sergio", "rosa"),
    "/entrevistas/horarios": Room("/entrevistas/horarios", "sergio", "ana"),
    "/entrevistas/{interview_id}": Room("/entrevistas/{interview}", "sergio", "oscar"),
    "/cpts": Room("/cpts", "otto", "sergio"),
    "/cpts/{cpt_id}": Room("/cpts/{cpt}", "otto", "sergio"),
    "/regras": Room("/regras", "rosa", "sergio"),
    "/regras/{slug}": Room("/regras/tabela-cpt", "rosa", "sergio"),
    "/regras/{slug}/rascunho": Room("/regras/tabela-cpt/rascunho", "rosa", "sergio"),
    "/regras/{slug}/revisao": Room("/regras/tabela-cpt/revisao", "rosa", "sergio"),
    "/regras/{slug}/comparar": Room("/regras/tabela-cpt/comparar", "rosa", "sergio"),
    "/regras/textos": Room("/regras/textos", "rosa", "sergio"),
    "/regras/textos/rascunho": Room("/regras/textos/rascunho", "rosa", "sergio"),
    "/regras/textos/versao": Room("/regras/textos/versao?tipo=letter&versao=1", "rosa", "sergio"),
    "/auditoria": Room("/auditoria", "diana", "ana"),
    "/auditoria/cadeia": Room("/auditoria/cadeia", "diana", "ana"),
    "/integracoes": Room("/integracoes", "ivo", "ana"),
    "/administracao": Room("/administracao", "sonia", "ana"),
    "/administracao/papeis": Room("/administracao/papeis?papel=analyst", "sonia", "ana"),
    "/administracao/modelos": Room("/administracao/modelos", "sonia", "ana"),
    "/administracao/{slug}": Room("/administracao/filas", "sonia", "ana"),
    "/administracao/{slug}/{name}": Room("/administracao/pessoas/ana", "sonia", "ana"),
    "/declaracoes": Room("/declaracoes", "ana", "sonia"),
    "/declaracoes/{declaration_id}": Room("/declaracoes/{case}?ver=caso", "ana", "sonia"),
    "/declaracoes/indicadores": Room("/declaracoes/indicadores", "ana", "sonia"),
    "/declaracoes/reenvios": Room("/declaracoes/reenvios", "rita", "sonia"),
    "/declaracoes/reenvios/{resend_id}": Room("/declaracoes/reenvios/{resend}", "rita", "sonia"),
    "/pessoas": Room("/pessoas", "ana", "mara", asks=False),
    "/pessoas/{person_id}": Room("/pessoas/{person}?faixa=historico", "ana", "sonia"),
}


@dataclass
class Places:
    """One operator, and what stands in its addresses."""

    tenant: int
    named: dict[str, str] = field(default_factory=dict)

    def at(self, address: str) -> str:
        return address.format(**self.named)


@dataclass
class Windows:
    """A window per person, signed in once and kept."""

    screens: Screens
    stack: AsyncExitStack
    opened: dict[tuple[int, str], Screen] = field(default_factory=dict)

    async def of(self, tenant: int, who: str) -> Screen:
        if (tenant, who) not in self.opened:
            window = self.screens.window(CONSOLE_URL)
            screen = await self.stack.enter_async_context(window)
            await screen.sign_in(tenant, who, "/atalhos")
            self.opened[tenant, who] = screen
        return self.opened[tenant, who]


@pytest.fixture(scope="module")
async def windows(screens: Screens) -> AsyncIterator[Windows]:
    async with AsyncExitStack() as stack:
        yield Windows(screens, stack)


@pytest.fixture(scope="module")
async def full(console: World) -> Places:
    """Thirty rows wherever rows may stand."""
    tenant = await busy(console)
    names = (f"Pessoa {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(30))
    cases = [await declared(console, tenant, name) for name in names]
    ward = Ward(console, tenant)
    awaited = await ward.booked(ward.at(3, 9))
    cpt_id, case_id, person_id = await ward.restricted("Caio Prates")
    ana, rita = await ward.browser("ana"), await ward.browser("rita")
    task_id = await console.task(tenant, person_id)
    view = await kept(ana, "visao=abertas")
    listed = await ana.get("/tarefas?visao=abertas")
    job = await asked(ana, await marked(ana, listed, task_id), act="assumir")
    chosen = {"alcance": "marcadas", f"um.{cases[0]}": "x"}
    resend, held = await begun(rita, **chosen), await begun(rita, **chosen)
    own = [one.get("href", "") for one in view.all("a") if "/visoes/" in one.get("href", "")]
    named = {
        "task": task_id,
        "free": await console.task(tenant, person_id),
        "view": next(urlsplit(one).path.rpartition("/")[2] for one in own if "nova" not in one),
        "job": job.answer.request.url.path.rpartition("/")[2],
        "interview": awaited.interview_id,
        "week": ward.at(3, 9).date().isoformat(),
        "cpt": cpt_id,
        "case": case_id,
        "resend": resend.answer.request.url.path.rpartition("/")[2],
        "held": held.answer.request.url.path.rpartition("/")[2],
        "person": person_id,
    }
    return Places(tenant, named | await moved_on(ward, job.answer.request.url.path))


@pytest.fixture(scope="module")
def bare(console: World, full: Places) -> Places:
    """An operator on its first day; what is asked for by an id is nowhere."""
    made_up = {name: str(uuid4()) for name in full.named} | {"week": full.named["week"]}
    return Places(console.tenant(), made_up)


def test_every_page_of_the_console_has_its_row(console: World) -> None:
    paths = {
        route.path
        for route in routes_of(console.console.app)
        if "GET" in (getattr(route, "methods", None) or ())
    }
    service = {path for path in paths if path.startswith("/ops/")} | {"/live", "/ready", "/metrics"}
    assert paths - service - NO_PAGES.keys() == ROOMS.keys()


@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
async def test_with_thirty_rows(windows: Windows, full: Places, room: Room) -> None:
    screen = await windows.of(full.tenant, room.who)
    await screen.go(full.at(room.address))
    assert await barriers(screen) == []


LISTS = {path: room for path, room in ROOMS.items() if "{" not in path}


@pytest.mark.parametrize("room", LISTS.values(), ids=LISTS)
async def test_with_no_row(windows: Windows, bare: Places, room: Room) -> None:
    screen = await windows.of(bare.tenant, room.who)
    await screen.go(bare.at(room.address))
    assert await barriers(screen) == []


async def test_where_nothing_has_that_name(windows: Windows, bare: Places) -> None:
    screen = await windows.of(bare.tenant, "ana")
    answer = await screen.go(bare.at("/declaracoes/{case}"))
    assert answer.status == 404
    assert await barriers(screen) == []


ASKING = {path: room for path, room in ROOMS.items() if room.asks}


@pytest.mark.parametrize("room", ASKING.values(), ids=ASKING)
async def test_with_services_that_do_not_answer(
    console: World, windows: Windows, full: Places, room: Room
) -> None:
    screen = await windows.of(full.tenant, room.who)
    with console.silent(*SERVICES):
        await screen.go(full.at(room.address))
        await expect(screen.page.locator("body")).to_contain_text("de novo")
        assert await barriers(screen) == []


async def test_with_links_that_a_silent_service_holds_up(
    console: World, windows: Windows, full: Places
) -> None:
    screen = await windows.of(full.tenant, "rita")
    with console.silent(*SERVICES):
        await screen.go(full.at("/declaracoes/reenvios/{held}"))
        await expect(screen.page.locator("#job")).to_contain_text("de novo")
        await expect(screen.page.get_by_role("progressbar")).to_have_count(1)
        assert await barriers(screen) == []


GUARDED = {path: room for path, room in ROOMS.items() if room.barred}


@pytest.mark.parametrize("room", GUARDED.values(), ids=GUARDED)
async def test_for_whoever_may_not_enter(windows: Windows, full: Places, room: Room) -> None:
    screen = await windows.of(full.tenant, room.barred)
    await screen.go(full.at(room.address))
    await expect(screen.page.locator("main")).to_contain_text(CLOSED)
    assert await barriers(screen) == []


STALE = """([action, seen]) => {
  const to = (one) => (one.getAttribute("action") ?? "").split("?")[0];
  const form = [...document.forms].find((one) => to(one).endsWith(action));
  form.closest("details")?.setAttribute("open", "");
  form.elements[seen].value = seen === "version" ? "77" : "0".repeat(64);
  for (const one of form.elements) {
    if (one.type === "checkbox" && one.name === "sure") one.checked = true;
    if (one.inputMode === "numeric" && !one.name.startsWith("step-")) one.value = "45";
    if (["title", "reason", "name"].includes(one.name)) one.value = "Outro nome";
    if (one.name === "linhas.1.1") one.value = "C98";
    if (one.name === "day-0") one.value = "09:00-12:00";
  }
  form.requestSubmit();
}"""
"""Another wrote meanwhile: what the page saw is no more what stands there."""
SEEN = "version"
CONFLICTS = {
    "/tarefas/{task_id}/assumir": (Room("/tarefas/{free}", "ana"), "/assumir", SEEN),
    "/tarefas/visoes/{view_id}": (Room("/tarefas/visoes/{view}", "ana"), "/{view}", SEEN),
    "/tarefas/visoes/{view_id}/apagar": (Room("/tarefas/visoes/{view}", "ana"), "/apagar", SEEN),
    "/entrevistas/{interview_id}/remarcar": (
        Room("/entrevistas/{interview}", "sergio"),
        "/remarcar",
        SEEN,
    ),
    "/administracao/filas/{name}": (
        Room("/administracao/filas/ds.analysis", "sonia"),
        "/ds.analysis",
        SEEN,
    ),
    "/administracao/horarios/{name}": (
        Room("/administracao/horarios/matriz", "sonia"),
        "/matriz",
        SEEN,
    ),
    "/administracao/pessoas/{name}": (Room("/administracao/pessoas/ana", "sonia"), "/ana", SEEN),
    "/regras/{slug}/rascunho": (Room("/regras/tabela-cpt/rascunho", "rosa"), "/rascunho", "seen"),
}
"""Orders whose form stands there to be sent; LATE has those of pages that show it no more."""


@pytest.mark.parametrize(("room", "action", "seen"), CONFLICTS.values(), ids=CONFLICTS)
async def test_for_whoever_comes_second(
    windows: Windows, full: Places, room: Room, action: str, seen: str
) -> None:
    screen = await windows.of(full.tenant, room.who)
    await screen.go(full.at(room.address))
    sent = full.at(action)

    def ours(response: Response) -> bool:
        return response.request.method == "POST" and urlsplit(response.url).path.endswith(sent)

    async with screen.page.expect_response(ours) as answer:
        await screen.page.evaluate(STALE, [sent, seen])
    assert (await answer.value).status == 409
    await expect(screen.page.get_by_role("alert").first).to_be_visible()
    assert await barriers(screen) == []


def test_every_order_of_the_console_has_its_second_comer_or_why_there_is_none(
    console: World,
) -> None:
    kept = [*CONFLICTS, *LATE, *ALONE]
    assert sorted(kept) == sorted(orders_of(console.console.app))


@pytest.mark.parametrize("late", LATE.values(), ids=LATE)
async def test_for_whoever_sends_what_others_left_behind(
    console: World, windows: Windows, full: Places, late: Late
) -> None:
    screen = await windows.of(full.tenant, late.who)
    typed = {full.at(name): full.at(value) for name, value in late.typed.items()}
    with at_the_desk(console):
        assert (await screen.go(full.at(late.page))).ok
        answer = await arrived_late(screen, full.at(late.to), typed)
    assert answer.status == 409
    assert await barriers(screen) == []


async def test_for_whoever_would_sign_what_another_wrote(windows: Windows, full: Places) -> None:
    screen = await windows.of(full.tenant, "ana")
    await screen.go(full.at("/tarefas/{open}"))
    typed = {"version": "1", "by": "alba"}
    answer = await arrived_late(screen, full.at("/tarefas/{open}/devolver"), typed)
    assert answer.status == 412
    await expect(screen.page.locator("main")).to_contain_text("aberta por outra pessoa")
    assert await barriers(screen) == []
