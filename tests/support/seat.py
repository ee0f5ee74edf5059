"""Somebody of the operator at the console, in a window of their own."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from playwright.async_api import Locator, expect

from deploy.story.life import Life
from deploy.story.world import ZONE
from tests.support.live import House, whole_hour
from tests.support.screen import WIDE, Screen, Screens

HALF_AN_HOUR = timedelta(minutes=30)


def in_one_day(moment: datetime, hours: float) -> datetime:
    """So many hours later, for half an hour; what would go past midnight begins after it."""
    starts = whole_hour(moment, hours)
    days = {at.astimezone(ZONE).date() for at in (starts, starts + HALF_AN_HOUR)}
    return starts if len(days) == 1 else starts + HALF_AN_HOUR


@dataclass
class Desk:
    """What they see and do, by the words on the screen."""

    screen: Screen
    house: House

    @classmethod
    @asynccontextmanager
    async def of(
        cls, house: House, screens: Screens, who: str, size: tuple[int, int] = WIDE
    ) -> AsyncIterator["Desk"]:
        """Somebody signed in, from the door on."""
        async with screens.window(house.world.stack.url("console"), size) as screen:
            await screen.sign_in(house.tenant, who)
            yield cls(screen, house)

    @property
    def panel(self) -> Locator:
        """The task that is open."""
        return self.screen.page.locator("#panel")

    async def opens(self, life: Life) -> None:
        """Their task of a declaration, from the list."""
        row = self.screen.page.locator("#list tr", has_text=life.person.body["full_name"])

        async def listed() -> bool:
            await self.screen.go("/tarefas")
            return await row.count() == 1

        await self.house.until(listed, "tarefa na lista")
        await row.locator("a[data-row]").click()
        await expect(self.panel.locator("h2")).to_contain_text(life.person.body["full_name"])

    async def claims(self) -> None:
        """Makes the open task their own."""
        await self.panel.get_by_role("button", name="Assumir").click()
        await self.told("Tarefa assumida")

    async def decision(self, title: str) -> Locator:
        """One of the decision forms, opened."""
        form = self.panel.locator(
            "details", has=self.screen.page.locator("summary", has_text=title)
        )
        await form.locator("summary").click()
        return form

    async def told(self, words: str) -> None:
        """Waits until the page says so; after a decision the next task may stand open."""
        await expect(self.screen.page.locator("main")).to_contain_text(words)

    async def gives_time(self, doctor: str, starts_at: datetime) -> None:
        """One time of a doctor, looked at before it is given."""
        page, local = self.screen.page, starts_at.astimezone(ZONE)
        await self.screen.go("/entrevistas/horarios")
        await page.get_by_label("Médico que atende").fill(doctor)
        await page.get_by_label("Dia").fill(local.date().isoformat())
        await page.get_by_label("Do horário").fill(f"{local:%H:%M}")
        await page.get_by_label("Até").fill(f"{local + HALF_AN_HOUR:%H:%M}")
        await page.get_by_label("Minutos de cada um").fill("30")
        await page.get_by_role("button", name="Ver os horários").click()
        await self.screen.snap("desk-1-times")
        await page.get_by_role("button", name="Dar estes horários").click()
        await expect(page.locator(".notice.done")).to_be_visible()

    async def concludes(self, doctor: str, cid: str, text: str) -> None:
        """The interview of this doctor's week, written down and signed."""
        page = self.screen.page
        await self.screen.go(f"/entrevistas?medico={doctor}")
        await page.locator("table.week a[href^='/entrevistas/']").first.click()
        await page.locator("input[name^='cid.']").first.fill(cid)
        await page.get_by_label("O que foi dito, em texto").fill(text)
        await self.screen.snap("desk-2-room")
        await page.get_by_label(re.compile("Conferi")).check()
        await page.get_by_role("button", name="Concluir e assinar").click()
        await expect(page.locator(".notice.done")).to_be_visible()

    async def opines(self, field: str, cid: str) -> None:
        """Concludes the open task: something was there before."""
        opinion = await self.decision("Concluir com parecer")
        await opinion.get_by_label("Com doença preexistente: oferecer CPT").check()
        await opinion.locator(f"input[name='{field}']").fill(cid)
        await opinion.get_by_label("Parecer").fill("Conforme a entrevista e o laudo.")
        await self.screen.snap("desk-3-analysis")
        await opinion.get_by_role("button", name="Enviar à auditoria médica").click()
        await self.told("Parecer registrado")

    async def audits(self, choice: str) -> None:
        """Decides the open task as the medical audit."""
        audit = await self.decision("Decidir a auditoria")
        await audit.get_by_label(choice).check()
        await audit.get_by_label("Fundamento").fill("De acordo.")
        await self.screen.snap("desk-4-audit")
        await audit.get_by_label(re.compile("Conferi")).check()
        await audit.get_by_role("button", name="Registrar decisão").click()
        await self.told("Decisão da auditoria registrada")

    async def misses(self, doctor: str) -> None:
        """Writes down that somebody did not come to an interview of this doctor."""
        page = self.screen.page
        await self.screen.go(f"/entrevistas?medico={doctor}")
        await page.locator("table.week a[href^='/entrevistas/']").first.click()
        await page.locator("summary", has_text="A pessoa faltou").click()
        await page.get_by_label(re.compile("A hora passou")).check()
        await page.locator("form[action$='/falta'] button").click()
        await expect(page.locator(".notice.done")).to_be_visible()
