"""Phone and desk of somebody who has no pointer: the same ways, every step by a key."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import cached_property

from playwright.async_api import expect

from deploy.story.life import Life
from deploy.story.world import ZONE
from tests.support.handset import Handset
from tests.support.keyboard import Keyboard
from tests.support.live import House
from tests.support.screen import WIDE, Screens
from tests.support.seat import HALF_AN_HOUR, Desk

NOON = 12


class KeyedHandset(Handset):
    """A phone to which a keyboard is joined."""

    @cached_property
    def keys(self) -> Keyboard:
        return Keyboard(self.page)

    async def knocks(self, link: str) -> None:
        """The link is opened as from a message; the rest is typed."""
        await self.screen.go("/saiu")
        await self.screen.go(f"/declaracao/{self.house.tenant}#{link}")
        born = date.fromisoformat(self.life.person.respondent["birth_on"])
        await self.keys.writes(born.strftime("%d/%m/%Y"), "Data de nascimento")
        await self.keys.activates("Continuar", "button")
        await self.let_past()

    async def enters(self, code: str) -> None:
        """Enter sends the form one types in."""
        await self.keys.writes(code, "Código")
        await self.keys.press("Enter")

    async def reads_the_letter(self) -> None:
        """Past what repeats on every page, then text by text."""
        await self.titled("Antes de responder")
        await self.keys.goes_round()
        await self.skips()
        for text in ("Li a carta", "Li o aviso", "Li os termos"):
            await self.keys.ticks(text)
        await self.keys.chooses("Dispenso a orientação")
        await self.keys.activates("Continuar", "button")

    async def skips(self) -> None:
        """The first stop of a page leads to its content."""
        await self.keys.activates("Ir para o conteúdo", "link")
        await expect(self.page.locator("main")).to_be_focused()

    async def answers(self, *yes: str) -> None:
        """Question after question, each a stop: Space is the first answer, an arrow the second."""
        await self.page.wait_for_url("**/perguntas/*")
        while "/perguntas/" in self.page.url:
            here = self.page.url
            for question in await self.page.locator("fieldset.ask").all():
                await self.says(await question.get_attribute("id") or "", *yes)
            await self.keys.activates("Continuar", "button")
            await self.goes_on(here)
        if "/detalhes" in self.page.url:
            await self.tells()

    async def says(self, question: str, *yes: str) -> None:
        """One answer."""
        stop = await self.keys.to(role="radio", field=question)
        assert stop.name == "Sim", str(stop)
        await self.keys.press("Space" if question in yes else "ArrowDown")
        said = await self.keys.here()
        assert (said.name, said.checked) == ("Sim" if question in yes else "Não", True)

    async def tells(self) -> None:
        """Every detail that is asked for, in the order of the page."""
        await self.titled("Conte um pouco mais")
        await self.keys.goes_round()
        asked = self.page.locator("#asked textarea, #asked input[inputmode=numeric]")
        for box in await asked.all():
            year = await box.get_attribute("inputmode") == "numeric"
            name = await box.get_attribute("name") or ""
            await self.keys.writes("2019" if year else "2019, em tratamento", field=name)
        await self.keys.activates("Continuar", "button")

    async def signs(self) -> None:
        await self.titled("Confira antes de assinar")
        await self.keys.activates("Está certo: ir para a assinatura")
        await self.titled("Assine a declaração")
        await self.keys.activates("Receber o código para assinar")
        await expect(self.page.get_by_label(re.compile("Li o texto"))).to_be_visible()
        await self.keys.goes_round()
        await self.keys.ticks("Li o texto")
        await self.keys.writes(await self.coded(), "Código")
        await self.keys.activates("Assinar", "button")
        await self.titled("Declaração assinada")

    async def books(self) -> None:
        """From where the declaration stands, the first of the times."""
        await self.keys.activates("Escolher o horário da entrevista")
        await self.titled("Sua entrevista")
        await self.keys.to(role="radio")
        await self.keys.press("Space")
        await self.keys.activates("Marcar", "button")
        await expect(self.page.locator("main")).to_contain_text("Marcada para")

    async def chooses_the_cpt(self) -> None:
        await self.keys.activates("Ver as opções e escolher")
        await self.titled("Escolha como quer a sua cobertura")
        await self.keys.goes_round()
        await self.keys.chooses("Cobertura parcial temporária (CPT)")
        await self.keys.ticks("Li as opções")
        await self.keys.activates("Enviar a escolha")

    async def signs_the_term(self) -> None:
        """It was led to by the choice."""
        await self.titled("Termo para assinar")
        await self.keys.activates("Receber o código para assinar")
        await expect(self.page.get_by_label(re.compile("Li o termo"))).to_be_visible()
        await self.keys.ticks("Li o termo")
        await self.keys.writes(await self.coded(), "Código")
        await self.keys.activates("Assinar o termo", "button")
        await self.titled("Termo assinado")


class KeyedDesk(Desk):
    """Somebody of the operator with their hands on the keys."""

    @classmethod
    @asynccontextmanager
    async def of(
        cls, house: House, screens: Screens, who: str, size: tuple[int, int] = WIDE
    ) -> AsyncIterator["KeyedDesk"]:
        """Signed in by the issuer's page."""
        async with screens.window(house.world.stack.url("console"), size) as screen:
            await screen.go("/")
            desk = cls(screen, house)
            await desk.keys.writes(f"{house.tenant}/{who}", "Outra pessoa")
            await desk.keys.press("Enter")
            await screen.page.wait_for_url(f"{screen.origin}/**")
            yield desk

    @cached_property
    def keys(self) -> Keyboard:
        return Keyboard(self.screen.page)

    async def room(self, title: str) -> None:
        """A room by a part of its name: Ctrl+K."""
        page = self.screen.page
        await page.wait_for_load_state("load")
        await self.keys.press("Control+k")
        await expect(page.locator("#palette")).to_be_visible()
        await page.keyboard.type(title)
        async with page.expect_navigation():
            await self.keys.press("Enter")

    async def opens(self, life: Life) -> None:
        """Their task of a declaration: g i to the list, j down to it."""
        name, page = life.person.body["full_name"], self.screen.page
        row = page.locator("#list tr", has_text=name)

        async def listed() -> bool:
            await page.wait_for_load_state("load")
            async with page.expect_navigation():
                await self.keys.press("g", "i")
            return await row.count() == 1

        await self.house.until(listed, "tarefa na lista")
        await page.wait_for_load_state("load")
        for _ in range(await page.locator("#list a[data-row]").count()):
            await self.keys.press("j")
            current = await page.locator("#list a[aria-current=true]").inner_text()
            await expect(self.panel.locator("h2")).to_contain_text(current)
            if current == name:
                return
        raise AssertionError(f"j never comes to {name}")

    async def claims(self) -> None:
        """a; what came of it has the focus, which is seen there."""
        await self.keys.press("a")
        await self.told("Tarefa assumida")
        await expect(self.panel.locator(".notice.done:focus-visible")).to_be_focused()
        await self.keys.goes_round()

    async def snoozing(self) -> None:
        """s brings the focus to the day; nothing is sent."""
        await self.keys.press("s")
        await expect(self.panel.locator("#until")).to_be_focused()

    async def helped(self) -> None:
        """? lists the keys; Escape gives the page back."""
        page = self.screen.page
        await self.keys.press("?")
        await expect(page.locator("#help")).to_be_visible()
        await self.keys.press("Escape")
        await expect(page.locator("#help")).to_be_hidden()

    async def opines(self, field: str, cid: str) -> None:
        """Ctrl+Enter sends the form one is in."""
        await self.keys.activates("Concluir com parecer")
        await self.keys.chooses("Com doença preexistente: oferecer CPT")
        await self.keys.writes(cid, field=field)
        await self.keys.writes("Conforme a entrevista e o laudo.", "Parecer", field="text")
        await self.keys.press("Control+Enter")
        await self.told("Parecer registrado")

    async def audits(self, choice: str) -> None:
        await self.keys.activates("Decidir a auditoria")
        await self.keys.chooses(choice)
        await self.keys.writes("De acordo.", "Fundamento")
        await self.keys.ticks("Conferi")
        await self.keys.activates("Registrar decisão")
        await self.told("Decisão da auditoria registrada")

    async def gives_time(self, doctor: str, starts_at: datetime) -> None:
        local, page = starts_at.astimezone(ZONE), self.screen.page
        ends = local + HALF_AN_HOUR
        await self.room("Entrevistas")
        await self.keys.goes_round()
        await self.keys.activates("Dar horários", "link")
        await expect(page.locator("h1")).to_contain_text("Dar horários")
        await self.keys.writes(doctor, "Médico que atende")
        day = f"{local:%Y-%m-%d}"
        await self.keys.sets("Dia", day, f"{local:%d%m%Y}", f"{local:%m%d%Y}")
        for name, at in (("Do horário", local), ("Até", ends)):
            halves = f"{at:%I%M}{'P' if at.hour >= NOON else 'A'}"
            await self.keys.sets(name, f"{at:%H:%M}", f"{at:%H%M}", halves)
        await self.keys.writes("30", "Minutos de cada um")
        await self.keys.activates("Ver os horários")
        await expect(page.get_by_role("button", name="Dar estes horários")).to_be_visible()
        await self.keys.activates("Dar estes horários")
        await expect(page.locator(".notice.done")).to_be_visible()

    async def writes_down(self, life: Life, field: str, cid: str) -> None:
        """The interview with somebody, from the week to the signed result."""
        name, page = life.person.body["full_name"], self.screen.page
        await self.room("Entrevistas")
        await self.keys.activates(name, "link")
        await expect(page.locator("h1")).to_contain_text(name)
        await self.keys.goes_round()
        await self.keys.writes(cid, field=field)
        await self.keys.writes("Angina estável desde 2019.", "O que foi dito, em texto")
        await self.keys.ticks("Conferi")
        await self.keys.activates("Concluir e assinar")
        await expect(page.locator(".notice.done")).to_be_visible()
