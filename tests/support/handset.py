"""Somebody's phone at the public pages, driven by the words and fields on its screen."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from playwright.async_api import Locator, Page, expect

from deploy.story.life import Life
from tests.support.live import House
from tests.support.screen import PHONE, Screen, Screens


@dataclass
class Handset:
    """One phone, and whose it is."""

    screen: Screen
    house: House
    life: Life

    @classmethod
    @asynccontextmanager
    async def of(
        cls, house: House, screens: Screens, life: Life, *, script: bool = True
    ) -> AsyncIterator["Handset"]:
        """A phone that was never here before."""
        origin = house.world.stack.url("console.public")
        async with screens.window(origin, PHONE, script=script) as screen:
            yield cls(screen, house, life)

    @property
    def page(self) -> Page:
        """What it shows."""
        return self.screen.page

    def button(self, name: str) -> Locator:
        """A button by its whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def titled(self, words: str) -> None:
        """Waits for the page with this title, all of it."""
        await expect(self.page.locator("h1")).to_contain_text(words)
        await self.page.wait_for_load_state("load")

    async def comes_in(self, template: str = "ds_link") -> None:
        """By the link of a message: the day of birth, then the code that follows."""
        await self.life.phone.next(template)
        code = self.page.get_by_label(re.compile("^Código"))

        async def let_in() -> bool:
            """With the newest link: a message on its way may bring one that replaces the others."""
            await self.life.world.mailbox.look()
            await self.knocks(self.life.phone.newest() or "")
            return await code.count() == 1

        await self.house.until(let_in, "entrada pelo endereço")
        await self.enters(await self.coded())
        await expect(self.page).not_to_have_url(re.compile("/codigo$"))

    async def enters(self, code: str) -> None:
        """The code that came, typed in."""
        await self.page.get_by_label(re.compile("^Código")).fill(code)
        await self.button("Entrar").click()

    async def knocks(self, link: str) -> None:
        """Link and day of birth; what follows is the code, or that the link is over."""
        await self.screen.go("/saiu")
        await self.screen.go(f"/declaracao/{self.house.tenant}#{link}")
        born = date.fromisoformat(self.life.person.respondent["birth_on"])
        await self.page.get_by_label("Data de nascimento").fill(born.strftime("%d/%m/%Y"))
        await self.screen.snap("phone-1-door")
        await self.button("Continuar").click()
        await self.let_past()

    async def let_past(self) -> None:
        """The page that answers at the door, all of it."""
        await expect(self.page.locator("h1")).not_to_contain_text("Quem é você")
        await self.page.wait_for_load_state("load")

    async def coded(self) -> str:
        """The code that was just sent."""
        return (await self.life.phone.next("ds_code")).code or ""

    async def reads_the_letter(self) -> None:
        """All three texts, and goes on without a doctor's guidance."""
        await self.titled("Antes de responder")
        for box in await self.page.get_by_role("checkbox").all():
            await box.check()
        await self.screen.snap("phone-2-letter")
        await self.page.get_by_label("Dispenso a orientação").check()
        await self.button("Continuar").click()

    async def answers(self, *yes: str) -> None:
        """Page after page; details where something was answered with yes."""
        await self.page.wait_for_url("**/perguntas/*")
        while "/perguntas/" in self.page.url:
            here = self.page.url
            for question in await self.page.locator("fieldset.ask").all():
                said = "Sim" if await question.get_attribute("id") in yes else "Não"
                await question.get_by_label(said, exact=True).check()
            await self.screen.snap("phone-3-questions")
            await self.button("Continuar").click()
            await self.goes_on(here)
        if "/detalhes" in self.page.url:
            for asked in await self.page.locator("#asked textarea").all():
                await asked.fill("2019, em tratamento")
            for asked in await self.page.locator("#asked input[inputmode=numeric]").all():
                await asked.fill("2019")
            await self.screen.snap("phone-4-details")
            await self.button("Continuar").click()

    async def goes_on(self, here: str) -> None:
        """The next page, all of it: what is asked there is read off it."""
        await expect(self.page).not_to_have_url(here)
        await self.page.wait_for_load_state("load")

    async def signs(self) -> None:
        """Checks what was said, asks for the code and signs with it."""
        await self.titled("Confira antes de assinar")
        await self.screen.snap("phone-5-review")
        await self.page.get_by_role("link", name="ir para a assinatura").click()
        await self.button("Receber o código para assinar").click()
        await self.page.get_by_label(re.compile("Li o texto")).check()
        await self.page.get_by_label("Código").fill(await self.coded())
        await self.button("Assinar").click()
        await self.titled("Declaração assinada")
        await self.screen.snap("phone-6-receipt")

    async def books(self) -> None:
        """The first of the times that are offered."""
        await self.screen.go("/entrevista")
        await self.page.get_by_role("radio").first.check()
        await self.screen.snap("phone-7-interview")
        await self.button("Marcar").click()
        await expect(self.page.locator("main")).to_contain_text("Marcada para")

    async def chooses_the_cpt(self) -> None:
        """Full cover but for what is known, until a day that is told."""
        await self.screen.go("/proposta")
        await self.page.locator("input[name=opcao][value=cpt]").check()
        await self.screen.snap("phone-8-offer")
        await self.page.get_by_label(re.compile("Li as opções")).check()
        await self.button("Enviar a escolha").click()
        await self.titled("Termo para assinar")

    async def signs_the_term(self) -> None:
        """Reads it and signs with a code."""
        await self.screen.go("/termo")
        await self.screen.snap("phone-9-term")
        await self.button("Receber o código para assinar").click()
        await self.page.get_by_label(re.compile("Li o termo")).check()
        await self.page.get_by_label(re.compile("^Código")).fill(await self.coded())
        await self.button("Assinar o termo").click()
        await self.titled("Termo assinado")

    async def sends(self, name: str, content: bytes) -> None:
        """One of the documents that were asked for."""
        await self.screen.go("/documentos")
        file = {"name": name, "mimeType": "application/pdf", "buffer": content}
        await self.page.get_by_label("Arquivo").set_input_files(files=[file])
        await self.button("Enviar o arquivo").click()
