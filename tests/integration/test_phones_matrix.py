"""Every page of the public origin, in every state it can have, in every look: no barrier."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.async_api import FilePayload, expect

from kit.auth import routes_of
from tests.support.looks import barriers
from tests.support.public_pages import ORIGIN, Proponent, PublicWorld
from tests.support.public_walk import READ, offered, reviewed, signed, to_choose, to_send
from tests.support.screen import PHONE, Screen, Screens
from tests.support.second_comer import arrived_late, orders_of

NO_PAGES = {
    "/": "leads to the door",
    "/continuar": "leads to where the person stopped",
    "/estatico/{name:path}": "styles and scripts",
    "/termo.pdf": "a file",
    "/meus-dados.json": "a file",
    "/logo/{tenant}": "a picture",
}
STRANGER = "stranger"
DOORS = {
    "/declaracao": "/declaracao",
    "/declaracao/{tenant}": "/declaracao/7001",
    "/codigo": "/codigo",
    "/saiu": "/saiu",
    "/privacidade": "/privacidade",
}
"""Pages before anybody came in: nobody is barred and no service is asked."""
STEPS = {
    # route: (who has it before them, address)
    "/carta": ("declaring", "/carta"),
    "/perguntas/{number}": ("declaring", "/perguntas/2"),
    "/detalhes": ("declaring", "/detalhes"),
    "/revisao": ("declaring", "/revisao"),
    "/assinatura": ("declaring", "/assinatura"),
    "/copia": ("declaring", "/copia"),
    "/meus-dados": ("declaring", "/meus-dados"),
    "/consentimentos": ("declaring", "/consentimentos"),
    "/aviso": ("declaring", "/aviso"),
    "/situacao": ("choosing", "/situacao"),
    "/entrevista": ("choosing", "/entrevista"),
    "/pericia": ("choosing", "/pericia"),
    "/documentos": ("sending", "/documentos"),
    "/recibo": ("done", "/recibo"),
    "/proposta": ("offered", "/proposta"),
    "/respondida": ("answering", "/respondida"),
    "/termo": ("answering", "/termo"),
    "/termo/assinado": ("answering", "/termo/assinado"),
}
ASKS_NOTHING = {"/aviso", "/recibo", "/respondida"}
"""The notice stands here; what was done is told once more from the session."""


@dataclass
class Phones:
    """One window, which anybody's visit may be carried to."""

    screen: Screen
    people: dict[str, Proponent]
    seen: set[tuple[str, str]] = field(default_factory=set)
    """Whose pages were looked at: many addresses lead to one."""

    async def barriers(self, who: str) -> list[str]:
        """Of the page that the address led to."""
        ended = (who, urlsplit(self.screen.page.url).path)
        if ended in self.seen:
            return []
        self.seen.add(ended)
        return await barriers(self.screen)

    async def of(self, who: str) -> Screen:
        context = self.screen.page.context
        await context.clear_cookies()
        if who != STRANGER:
            [cookie] = list(self.people[who].handset.http.cookies.jar)
            given = {"name": cookie.name, "value": cookie.value or "", "url": ORIGIN}
            await context.add_cookies([given])
        return self.screen


@pytest.fixture(scope="module")
async def known(pages: PublicWorld, phones: Screens) -> AsyncIterator[Phones]:
    """Somebody at each stage, one of them with a name that is hard to write."""
    declaring = await pages.invited(name="Ana 👩🏽‍⚕️ مريم")
    await reviewed(declaring, "Q03")
    done = await pages.invited()
    await signed(done)
    offer, _ = await offered(pages)
    answering, _ = await offered(pages)
    shown = await answering.handset.get("/proposta")
    await answering.handset.send(shown, "/proposta", opcao="cpt", certeza="sim")
    people = {
        "declaring": declaring,
        "done": done,
        "choosing": await to_choose(pages),
        "sending": await to_send(pages),
        "offered": offer,
        "answering": answering,
    }
    async with phones.window(ORIGIN, PHONE) as screen:
        yield Phones(screen, people)


def test_every_public_page_has_its_row(pages: PublicWorld) -> None:
    paths = {
        route.path
        for route in routes_of(pages.pages.app)
        if "GET" in (getattr(route, "methods", None) or ())
    }
    service = {path for path in paths if path.startswith("/ops/")} | {"/live", "/ready", "/metrics"}
    assert paths - service - NO_PAGES.keys() == DOORS.keys() | STEPS.keys()


@pytest.mark.parametrize("path", DOORS.values(), ids=DOORS)
async def test_before_anybody_came_in(known: Phones, path: str) -> None:
    screen = await known.of(STRANGER)
    await screen.go(path)
    assert await barriers(screen) == []


@pytest.mark.parametrize(("who", "path"), STEPS.values(), ids=STEPS)
async def test_where_the_person_stands(known: Phones, who: str, path: str) -> None:
    screen = await known.of(who)
    await screen.go(path)
    assert await barriers(screen) == []


@pytest.mark.parametrize(("who", "path"), STEPS.values(), ids=STEPS)
async def test_when_no_service_answers(
    pages: PublicWorld, known: Phones, who: str, path: str
) -> None:
    screen = await known.of(who)
    with pages.silent():
        await screen.go(path)
        if path not in ASKS_NOTHING:
            await expect(screen.page.locator("main")).to_contain_text("de novo")
        assert await barriers(screen) == []


@pytest.mark.parametrize("path", [path for _, path in STEPS.values()])
async def test_for_whoever_did_not_come_in(known: Phones, path: str) -> None:
    screen = await known.of(STRANGER)
    await screen.go(path)
    assert await known.barriers(STRANGER) == []


@pytest.mark.parametrize("path", [path for _, path in STEPS.values()])
async def test_after_the_form_was_sent(known: Phones, path: str) -> None:
    screen = await known.of("done")
    await screen.go(path)
    assert await known.barriers("done") == []


SURE, CODE = {"certeza": "sim"}, {"codigo": "123456"}
HASH = "0" * 64
OLD = dict.fromkeys(("carta_versao", "privacidade_versao", "termos_versao"), "1")
SECOND = {
    # order: (whose, from which page, what is sent)
    "/carta": ("declaring", "/carta", READ | OLD),
    "/perguntas/{number}": ("declaring", "/perguntas/1", {"Q01": "no"}),
    "/perguntas/{number}/guardar": ("declaring", "/perguntas/1", {"Q01": "no"}),
    "/detalhes": ("declaring", "/detalhes", {"Q03.notes": "Outra coisa"}),
    "/detalhes/guardar": ("declaring", "/detalhes", {"Q03.notes": "Outra coisa"}),
    "/assinatura/codigo": ("declaring", "/assinatura", {}),
    "/assinatura": ("declaring", "/assinatura", CODE | {"aceite": "sim", "texto": HASH}),
    "/retificar": ("choosing", "/situacao", SURE),
    "/desistir": ("choosing", "/situacao", SURE),
    "/meus-dados/correcao": ("declaring", "/meus-dados", {"texto": "Meu nome é outro."}),
    "/meus-dados/apagamento": ("declaring", "/meus-dados", SURE),
    "/consentimentos": (
        "declaring",
        "/consentimentos",
        {"finalidade": "news", "versao": "1", "autorizo": "sim"},
    ),
    "/entrevista": ("choosing", "/entrevista", {"horario": HASH}),
    "/entrevista/remarcar": ("choosing", "/entrevista", {}),
    "/entrevista/sala": ("choosing", "/entrevista", {}),
    "/entrevista/gravacao": ("choosing", "/entrevista", {"gravar": "sim"}),
    "/proposta": (
        "offered",
        "/proposta",
        SURE | {"opcao": "cpt", "proposta": str(UUID(int=1))},
    ),
    "/termo/codigo": ("answering", "/termo", {}),
    "/termo": ("answering", "/termo", CODE | {"aceite": "sim", "termo": HASH}),
}
ALONE = {
    "/entrar": "a door: what is wrong with a link or a day is told there",
    "/codigo": "a door",
    "/novo-endereco": "the same words, whoever asks",
    "/sair": "of oneself alone",
    "/documentos": "a file, sent by its field: the test below",
}


def test_every_public_order_has_its_second_comer_or_why_there_is_none(pages: PublicWorld) -> None:
    assert sorted([*SECOND, *ALONE]) == sorted(orders_of(pages.pages.app))


@pytest.mark.parametrize("order", SECOND)
async def test_for_whoever_comes_second(pages: PublicWorld, known: Phones, order: str) -> None:
    who, path, typed = SECOND[order]
    screen = await known.of(who)
    await screen.go(path)
    assert urlsplit(screen.page.url).path == path
    with pages.contested():
        answer = await arrived_late(screen, order.format(number=1), typed)
    assert answer.status == 409
    await expect(screen.page.locator("main")).to_contain_text("Isto mudou")
    assert await barriers(screen) == []


async def test_for_whoever_sends_a_file_second(pages: PublicWorld, known: Phones) -> None:
    screen = await known.of("sending")
    await screen.go("/documentos")
    file: FilePayload = {"name": "l.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    await screen.page.locator("input[type=file]").set_input_files(file)
    with pages.contested():
        await screen.page.locator("form:has(input[type=file]) button").click()
        await expect(screen.page.locator("main")).to_contain_text("Isto mudou")
    assert await barriers(screen) == []
