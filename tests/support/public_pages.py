"""The public pages before the real declaration service, and a phone that has no script."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from kit.problem_schema import MEDIA_TYPE
from services.console.gateways.proponent import TITLE
from services.console.gateways.upstream import Upstream
from services.console.public import create
from services.console.settings import PublicSettings
from tests.support import clinic
from tests.support.api import Served, databases, serving
from tests.support.clinic import Desk
from tests.support.console import changed, client_of
from tests.support.page import Page, fields, page
from tests.support.postgres import Postgres
from tests.support.proponent import BIRTH, Phone, invited

ORIGIN = "https://declara.test"
OPERATOR = "Plano Bem-Te-Vi"
_tenants = count(7001)


@dataclass
class Handset:
    """One phone's browser: keeps cookies, tells its origin, follows where it is sent."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": ORIGIN})

    async def get(self, path: str) -> Page:
        return await self._arrived(await self.http.get(path))

    async def post(self, path: str, form: Any = None, **more: Any) -> Page:
        answer = await self.http.post(path, data=form or {}, headers=self.headers, **more)
        return await self._arrived(answer)

    async def send(self, shown: Page, action: str, /, **typed: str) -> Page:
        """Fills in a form of a page and sends it."""
        form = shown.form(action)
        return await self.post(form.get("action", ""), fields(form) | typed)

    async def fill(self, shown: Page, action: str, typed: dict[str, str]) -> Page:
        """The same, of fields whose names are no words."""
        form = shown.form(action)
        return await self.post(form.get("action", ""), fields(form) | typed)

    async def _arrived(self, answer: httpx.Response) -> Page:
        while answer.has_redirect_location:
            answer = await self.http.get(answer.headers["Location"])
        return page(answer)


@dataclass
class Proponent:
    """Somebody who was sent a link: what the service sends them, and their phone."""

    world: "PublicWorld"
    known: Phone
    handset: Handset

    @property
    def tenant(self) -> int:
        return self.known.tenant

    async def link(self, template: str = "ds.link") -> str:
        """The address of the last message of a template."""
        sent = await self.known.contacts(template)
        return sent[-1]["link_url"]

    async def open(self, template: str = "ds.link") -> Page:
        """From the message to the first page behind the door."""
        address = await self.link(template)
        shown = await self.handset.get(re.sub("#.*", "", address.removeprefix(ORIGIN)))
        asked = await self.handset.send(shown, "/entrar", endereco=address, nascimento=BIRTH)
        assert asked.answer.url.path == "/codigo", asked.text
        return await self.handset.send(asked, "/codigo", codigo=await self.known.code())


@dataclass
class PublicWorld:
    """The pages, and the service they ask."""

    pages: Served
    declarations: Served
    _open: list[httpx.AsyncClient] = field(default_factory=list)

    def tenant(self) -> int:
        """One that no other test has."""
        return next(_tenants)

    def desk(self, tenant: int) -> Desk:
        """The operator's people of a tenant."""
        return Desk(self.declarations, tenant)

    def handset(self) -> Handset:
        """A phone that was nowhere yet."""
        http = client_of(self.pages.app, ORIGIN)
        self._open.append(http)
        return Handset(http)

    async def invited(self, name: str = "Ana Prado", **more: Any) -> Proponent:
        """Somebody new who has just been sent a link."""
        tenant = more.pop("tenant", None) or self.tenant()
        return self.proponent(await invited(self.declarations, tenant, name, **more))

    def proponent(self, known: Phone) -> Proponent:
        """Somebody known already, at a new phone."""
        return Proponent(self, known, self.handset())

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Within it the service does not answer."""

        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("nobody answers", request=request)

        http = httpx.AsyncClient(
            base_url="https://away.test", transport=httpx.MockTransport(refuse)
        )
        with changed(self.pages.app.state, "declarations", Upstream(TITLE, http)):
            yield

    @contextmanager
    def contested(self) -> Iterator[None]:
        """Within it whatever is ordered of the service comes second, and it says so."""
        served = self.declarations.http

        async def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "GET":
                return await served.send(request)
            told = {"type": "about:blank", "title": "Isto mudou", "status": 409}
            told |= {"code": "changed", "detail": "Outra pessoa agiu antes."}
            return httpx.Response(409, json=told, headers={"Content-Type": MEDIA_TYPE})

        transport = httpx.MockTransport(answer)
        http = httpx.AsyncClient(base_url=served.base_url, transport=transport)
        with changed(self.pages.app.state, "declarations", Upstream(TITLE, http)):
            yield

    async def later(self, person: Proponent, **span: float) -> None:
        """The business clock of a person's tenant goes on by a span."""
        moment = self.desk(person.tenant).now() + timedelta(**span)
        for served in (self.declarations, self.pages):
            clinic.moved(served, person.tenant, moment)

    async def aclose(self) -> None:
        for http in self._open:
            await http.aclose()


@asynccontextmanager
async def public_world(postgres: Postgres, folder: Path) -> AsyncIterator[PublicWorld]:
    """Both at work."""
    async with AsyncExitStack() as stack:
        declarations = await stack.enter_async_context(
            clinic.desk(postgres, folder, public_url=ORIGIN)
        )
        settings = PublicSettings.model_validate(
            await databases(postgres, "console")
            | {"public_url": ORIGIN, "operators": dict.fromkeys(range(7001, 7500), OPERATOR)}
        )
        pages = await stack.enter_async_context(serving(create(settings), postgres))
        pages.app.state.resources.clock.movable = True
        pages.app.state.declarations = Upstream(TITLE, declarations.http)
        ready = PublicWorld(pages, declarations)
        stack.push_async_callback(ready.aclose)
        yield ready
