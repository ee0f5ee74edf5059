"""Somebody of the operator at the console, in a window of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Locator, expect

from deploy.story.life import Life
from tests.support.live import House
from tests.support.screen import WIDE, Screen, Screens


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
        """Waits until the panel says so."""
        await expect(self.panel.locator(".notice.done")).to_contain_text(words)
