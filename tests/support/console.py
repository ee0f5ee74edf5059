"""The console before the real services, all in this process: browsers, people, an issuer."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
from fastapi import FastAPI

from contracts.health_declaration.tasks import TaskWanted
from contracts.permissions import ROLES
from kit.errors import install_errors
from kit.tokens import Verifier
from services.console.app import create as create_console
from services.console.gateways.provider import Provider
from services.console.gateways.upstream import Apis, Upstream
from services.console.settings import ConsoleSettings
from services.console.usecases.visits import Doors
from services.contact.app import create as create_contact
from services.contact.settings import ContactSettings
from services.registry.app import create as create_registry
from services.registry.settings import RegistrySettings
from services.sandbox.gateways.tokens import Issuer as SignsIn
from services.sandbox.gateways.tokens import Person, issuing
from services.sandbox.models import plumbing as sandbox_tables
from services.sandbox.routes import issuer as issuer_routes
from services.sandbox.routes import sign_in as sign_in_routes
from services.sandbox.settings import SandboxSettings
from tests.support import clinic
from tests.support.api import AUDIENCE, Issuer, Served, databases, serving
from tests.support.bench import bench, sandbox_files, transactions_of
from tests.support.inbox import worklist
from tests.support.page import Page, fields, page
from tests.support.postgres import Postgres
from tests.support.proponent import BIRTH
from tests.support.registry_data import cpf

CONSOLE_URL = "https://console.test"
ISSUER_HOST = "https://issuer.test"
ISSUER_URL = f"{ISSUER_HOST}/issuer"
CALLBACK = f"{CONSOLE_URL}/entrar/volta"
SECRET = "only-for-tests"  # noqa: S105 (a client's secret of these tests)
STAFF = {
    "ana": ("Ana Prado", ("analyst",)),
    "alba": ("Alba Queiroz", ("analyst",)),
    "otto": ("Otto Reis", ("auditor",)),
    "rita": ("Rita Sales", ("desk",)),
    "raul": ("Raul Torres", ("rule_owner",)),
    "sonia": ("Sônia Viana", ("supervisor",)),
    "sergio": ("Sérgio Dias", ("scheduler",)),
    "mara": ("Mara Lima", ("interviewer",)),
    "milo": ("Milo Braga", ("interviewer",)),
    "iara": ("Iara Nunes", ("analyst", "integration")),
    "diana": ("Diana Freire", ("dpo",)),
    "ivo": ("Ivo Castro", ("integration", "operator")),
    "oscar": ("Oscar Maia", ("operator",)),
    "clara": ("Clara Pires", ("registrar",)),
    "rosa": ("Rosa Neves", ("rule_owner",)),
}
QUEUES = ["ds.analysis", "ds.audit", "ds.negotiation", "ds.representation"]
REMEMBERED = 3 * len(STAFF)
"""Staff of the last tenants, so that the page of the issuer stays a page."""
_tenants, _people = count(1), count(1)


def people(*tenants: int) -> list[dict[str, Any]]:
    """Whom the issuer knows: the same staff in every tenant."""
    return [
        {"tenant": tenant, "sub": sub, "name": name, "roles": list(roles)}
        for tenant in tenants
        for sub, (name, roles) in STAFF.items()
    ]


class SandboxIssuer(Issuer):
    """Tokens as the stand-in signs them, for whoever drives a service past the console."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def token(self, tenant_id: int, roles: Any, sub: str = "user-1") -> str:
        who = {"sub": sub, "name": f"Pessoa {sub}", "tenant": tenant_id, "roles": list(roles)}
        token: str = self._app.state.issuer.token(3600, **who).access_token
        return token


def client_of(app: FastAPI, base_url: str) -> httpx.AsyncClient:
    """Requests to an app of this process, its failures answered and not raised."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=base_url)


@dataclass
class Browser:
    """One person's browser: keeps cookies, tells its origin, follows nothing by itself."""

    http: httpx.AsyncClient
    idp: httpx.AsyncClient
    script: bool = False
    """Whether it asks as the script does: for parts of pages."""

    async def get(self, path: str, target: str = "", **headers: str) -> Page:
        return page(await self.http.get(path, headers=self._headers(target) | headers))

    async def post(
        self,
        path: str,
        form: Mapping[str, Any] | None = None,
        target: str = "panel",
        **headers: str,
    ) -> Page:
        given = {"Origin": CONSOLE_URL} | self._headers(target) | headers
        return page(await self.http.post(path, data=form or {}, headers=given))

    async def send(self, shown: Page, action: str, **typed: str) -> Page:
        """Fills in a form of a page and sends it."""
        form = shown.form(action)
        named = {name.replace("cid_", "cid."): value for name, value in typed.items()}
        return await self.post(form.get("action", ""), fields(form) | named)

    async def sign_in(self, tenant: int, who: str, back_to: str = "/tarefas") -> httpx.Response:
        """From the door to the page that was wanted; the last answer is the way back."""
        door = await self.http.get("/entrar", params={"de": back_to})
        assert door.status_code == 303, door.text
        return await self.http.get(await self.choose(door.headers["Location"], tenant, who))

    async def choose(self, address: str, tenant: int, who: str) -> str:
        """At the issuer: picks a person; where the issuer then sends the browser."""
        shown = page(await self.idp.get(address))
        assert shown.status == 200, shown.text
        button = shown.one("button", value=f"{tenant}/{who}")
        form = next(one for one in shown.tree.iter("form") if button in one.iter("button"))
        sent = fields(form) | {"person": f"{tenant}/{who}"}
        chosen = await self.idp.post("/issuer/authorize", data=sent)
        assert chosen.status_code == 303, chosen.text
        back: str = chosen.headers["Location"]
        assert back.startswith(CALLBACK)
        return back

    def _headers(self, target: str) -> dict[str, str]:
        if not self.script:
            return {}
        return {"HX-Request": "true", "HX-Target": f"section#{target}"}


@dataclass
class World:
    """The console and what stands around it."""

    console: Served
    worklist: Served
    declarations: Served
    registry: Served
    contact: Served
    issuer: FastAPI
    idp: httpx.AsyncClient
    _browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def tenant(self) -> int:
        """One that no other test has, with its staff at the issuer."""
        number = next(_tenants)
        known: SignsIn = self.issuer.state.issuer
        staff = (*known.people, *map(Person.model_validate, people(number)))
        self.issuer.state.issuer = replace(known, people=staff[-REMEMBERED:])
        return number

    def stranger(self, *, script: bool = False) -> Browser:
        """A browser nobody signed in at."""
        http = client_of(self.console.app, CONSOLE_URL)
        self._browsers.append(http)
        return Browser(http, self.idp, script)

    async def browser(self, tenant: int, who: str, *, script: bool = False) -> Browser:
        """Somebody signed in."""
        opened = self.stranger(script=script)
        came = await opened.sign_in(tenant, who)
        assert came.status_code == 303, came.text
        return opened

    async def person(self, tenant: int, name: str = "Bia Moura") -> str:
        """Somebody the registry knows."""
        number = cpf(100_000_000 + next(_people))
        body = {"full_name": name, "birth_on": BIRTH, "cpf": number}
        headers = self.registry.as_(tenant, "registrar")
        answer = await self.registry.http.post("/people", json=body, headers=headers)
        assert answer.is_success, answer.text
        person_id: str = answer.json()["person_id"]
        return person_id

    async def task(self, tenant: int, person_id: str = "p", **more: Any) -> str:
        """A task in the worklist, as the owner of a case tells of it."""
        usual = {"queue": "ds.analysis", "form": "analysis", "skill": "ds.analyse"}
        usual |= {"task_id": str(uuid4()), "subject_id": str(uuid4())}
        wanted = TaskWanted.model_validate(
            usual | more | {"tenant_id": tenant, "person_id": person_id}
        )
        await self.worklist.hear(wanted)
        return wanted.task_id

    async def colleagues(self, tenant: int, *subs: str) -> None:
        """These of the staff are written down for every queue of these tests."""
        headers = self.worklist.as_(tenant, "supervisor", sub="sonia")
        for sub in subs:
            body = {"version": 0, "name": STAFF[sub][0], "queues": QUEUES}
            answer = await self.worklist.http.put(f"/colleagues/{sub}", json=body, headers=headers)
            assert answer.is_success, answer.text

    @contextmanager
    def silent(self, *services: str) -> Iterator[None]:
        """Within it these services do not answer the console."""
        apis = self.console.app.state.apis
        away = {name: _silenced(getattr(apis, name)) for name in services}
        with changed(self.console.app.state, "apis", replace(apis, **away)):
            yield

    async def aclose(self) -> None:
        for http in self._browsers:
            await http.aclose()


@contextmanager
def changed(state: Any, name: str, value: object) -> Iterator[None]:
    """Within it something of an app is another thing."""
    before = getattr(state, name)
    setattr(state, name, value)
    try:
        yield
    finally:
        setattr(state, name, before)


def _silenced(upstream: Upstream) -> Upstream:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody answers", request=request)

    http = httpx.AsyncClient(base_url="https://away.test", transport=httpx.MockTransport(refuse))
    return Upstream(upstream.title, http)


def code_of(address: str) -> str:
    """The code in an address that the issuer sends a browser to."""
    return parse_qs(urlsplit(address).query)["code"][0]


@asynccontextmanager
async def sandbox_issuer(postgres: Postgres, folder: Path) -> AsyncIterator[FastAPI]:
    """The stand-in for an identity provider, with its own database."""
    made = await bench(postgres, "sandbox")
    files = {
        name.removeprefix("VINCULO_").lower(): value
        for name, value in (made.environment | sandbox_files(folder)).items()
    }
    settings = SandboxSettings.model_validate(
        files
        | {
            "sandbox": True,
            "oidc_issuer": ISSUER_URL,
            "issuer_clients": json.dumps({"console": SECRET, "desk": "desk-secret"}),
            "issuer_redirects": json.dumps({"console": [CALLBACK]}),
            "issuer_people": json.dumps(people(1, 2, 3, 4)),
        }
    )
    app = FastAPI()
    install_errors(app)
    app.state.settings = settings
    app.include_router(issuer_routes.router)
    app.include_router(sign_in_routes.router)
    still = settings.model_copy(update={"sandbox": False})
    async with issuing(app), transactions_of(still, sandbox_tables) as app.state.begin:
        yield app


@asynccontextmanager
async def world(postgres: Postgres, folder: Path) -> AsyncIterator[World]:
    """Everything at work."""
    async with AsyncExitStack() as stack:
        issuer = await stack.enter_async_context(sandbox_issuer(postgres, folder))
        idp = await stack.enter_async_context(client_of(issuer, ISSUER_HOST))
        served = {
            "declarations": await stack.enter_async_context(clinic.desk(postgres, folder)),
            "registry": await stack.enter_async_context(_registry(postgres)),
            "worklist": await stack.enter_async_context(worklist(postgres)),
            "contact": await stack.enter_async_context(_contact(postgres)),
        }
        trusting = {name: _trusting(one, issuer, idp) for name, one in served.items()}
        console = await stack.enter_async_context(_console(postgres, idp, trusting))
        ready = World(console=console, issuer=issuer, idp=idp, **trusting)
        stack.push_async_callback(ready.aclose)
        yield ready


def _trusting(served: Served, issuer: FastAPI, idp: httpx.AsyncClient) -> Served:
    """The service, believing the stand-in's tokens."""
    served.app.state.verifier = _verifier(idp)
    return replace(served, issuer=SandboxIssuer(issuer))


def _verifier(idp: httpx.AsyncClient) -> Verifier:
    return Verifier(f"{ISSUER_URL}/jwks", ISSUER_URL, AUDIENCE, ROLES, idp)


@asynccontextmanager
async def _registry(postgres: Postgres) -> AsyncIterator[Served]:
    settings = RegistrySettings.model_validate(await databases(postgres, "registry"))
    async with serving(create_registry(settings), postgres) as served:
        yield served


@asynccontextmanager
async def _contact(postgres: Postgres) -> AsyncIterator[Served]:
    settings = ContactSettings.model_validate(await databases(postgres, "contact"))
    async with serving(create_contact(settings), postgres) as served:
        yield served


@asynccontextmanager
async def _console(
    postgres: Postgres, idp: httpx.AsyncClient, services: dict[str, Served]
) -> AsyncIterator[Served]:
    settings = ConsoleSettings.model_validate(
        await databases(postgres, "console")
        | {
            "console_url": CONSOLE_URL,
            "oidc_issuer": ISSUER_URL,
            "oidc_jwks_url": f"{ISSUER_URL}/jwks",
            "client_id": "console",
            "client_secret": SECRET,
        }
    )
    async with serving(create_console(settings), postgres) as served:
        state = served.app.state
        provider, verifier = Provider(settings, idp), _verifier(idp)
        state.verifier = verifier
        state.doors = Doors(state.begin, provider, verifier, settings)
        state.apis = Apis(
            worklist=Upstream("A lista de tarefas", services["worklist"].http),
            health_declaration=Upstream("A declaração de saúde", services["declarations"].http),
            registry=Upstream("O cadastro de pessoas", services["registry"].http),
            contact=Upstream("O serviço de contatos", services["contact"].http),
            desk=_silenced(Upstream("A mesa dos processos", idp)),
        )
        yield served
