"""The console and the phone's pages: no page without a session, none of another operator's."""

import re
from dataclasses import dataclass, replace

import httpx
import pytest

from contracts.permissions import ROLES
from kit.auth import routes_of
from services.sandbox.gateways.tokens import Person
from tests.integration.test_console_bulk import asked, marked
from tests.integration.test_console_resends import begun
from tests.integration.test_console_views import kept
from tests.support.agenda import Ward
from tests.support.console import CONSOLE_URL, Browser, World
from tests.support.public_pages import ORIGIN, PublicWorld
from tests.support.verdicts import BROWSER, NAMES_A_THING, PHONE, verdicts

PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
SLUGS = {"regras": "tabela-cpt", "administracao": "pessoas"}
WORDS = {"name": "ana", "act": "assumir", "word": "comecar", "number": "1"}
STREAM = ("GET", "/tarefas/ao-vivo")
"""Never ends once it is let in; whose news it brings is told by test_console_live."""
SAME_FOR_ALL = {
    "/sessao": "when the session ends: 0 where there is none",
    "/tarefas/{task_id}/presenca": "who looks at the task too: nobody whom one may see",
    "/privacidade": "the operator's notice, of nobody",
    "/respondida": "thanks, for whatever was answered",
}
"""What answers with a page all the same, and tells nothing of anybody."""
NOT_FOUND = "Não encontrado"
NOWHERE = "6f3c5f1e-0000-4000-8000-000000000000"
EVERYTHING = "tudo"
"""Somebody of another operator who holds every role there is."""


@dataclass(frozen=True)
class Lived:
    """What exists of one operator, and somebody of another who may do anything there."""

    ids: dict[str, str]
    names: tuple[str, ...]
    stranger: Browser

    def at(self, path: str) -> str:
        named = self.ids | WORDS | {"slug": SLUGS.get(path.split("/")[1], "voto")}
        return PARAMETER.sub(lambda found: named[found[1]], path)

    def told(self, answer: httpx.Response, asked: str) -> list[str]:
        """Ids and names of the first operator that the question did not hold."""
        held = [*self.ids.values(), *self.names]
        return [one for one in held if one in answer.text and one not in asked]


def operations(process: str, verdict: str) -> list[tuple[str, str]]:
    """Method and path of the routes that a session of this kind opens."""
    told = verdicts()[process]
    named = [operation for operation, may in told.items() if may == {verdict}]
    return [(method, path) for method, _, path in (one.partition(" ") for one in named)]


async def _stranger(console: World) -> Browser:
    tenant = console.tenant()
    known = console.issuer.state.issuer
    roles = [role for role in ROLES if role not in ("process", "sandbox_driver")]
    body = {"tenant": tenant, "sub": EVERYTHING, "name": "Tudo Pode", "roles": roles}
    all_known = (*known.people, Person.model_validate(body))
    console.issuer.state.issuer = replace(known, people=all_known)
    return await console.browser(tenant, EVERYTHING)


@pytest.fixture(scope="module")
async def lived(console: World) -> Lived:
    tenant = console.tenant()
    ward = Ward(console, tenant)
    cpt, case, person = await ward.restricted("Zilda Quaresma")
    awaited = await ward.waiting("Ubaldo Ximenes")
    ana, rita = await ward.browser("ana"), await ward.browser("rita")
    task = await console.task(tenant, person)
    await kept(ana, "visao=abertas")
    [view] = await console.worklist.rows("select id from saved_view where tenant_id = $1", tenant)
    listed = await ana.get("/tarefas?visao=abertas")
    job = await asked(ana, await marked(ana, listed, task), act="assumir")
    resend = await begun(rita, alcance="marcadas", **{f"um.{awaited.case_id}": "x"})
    [document] = await console.declarations.rows(
        "select term_id from term where tenant_id = $1", tenant
    )
    ids = {
        "cpt_id": cpt,
        "declaration_id": case,
        "person_id": person,
        "interview_id": awaited.interview_id,
        "task_id": task,
        "view_id": view["id"],
        "job_id": job.answer.request.url.path.rpartition("/")[2],
        "resend_id": resend.answer.request.url.path.rpartition("/")[2],
        "document_id": document["term_id"],
        "contact_id": NOWHERE,
        "file_id": NOWHERE,
    }
    return Lived(ids, ("Zilda Quaresma", "Ubaldo Ximenes"), await _stranger(console))


def test_every_page_of_the_console_is_asked(console: World) -> None:
    routed = {
        (method, route.path)
        for route in routes_of(console.console.app)
        for method in route.methods or ()
    }
    assert set(operations("console", BROWSER)) <= routed


@pytest.mark.parametrize(("method", "path"), operations("console", BROWSER))
async def test_without_a_session_no_page_of_the_console_opens(
    console: World, lived: Lived, method: str, path: str
) -> None:
    nobody = console.stranger()
    answer = await nobody.http.request(method, lived.at(path), headers={"Origin": CONSOLE_URL})
    assert answer.status_code in (303, 401, 403) or path in SAME_FOR_ALL
    assert lived.told(answer, lived.at(path)) == []


ENDING = [one for one in operations("console", BROWSER) if one != STREAM]


@pytest.mark.parametrize(("method", "path"), ENDING)
async def test_whoever_may_do_anything_elsewhere_finds_nothing_of_this_operator(
    lived: Lived, method: str, path: str
) -> None:
    address = lived.at(path)
    http = lived.stranger.http
    answer = await http.request(method, address, headers={"Origin": CONSOLE_URL})
    assert lived.told(answer, address) == []
    if NAMES_A_THING.search(path) and path not in SAME_FOR_ALL:
        assert not answer.is_success or NOT_FOUND in answer.text


@pytest.mark.parametrize(("method", "path"), operations("console.public", PHONE))
async def test_without_a_session_no_page_of_the_phone_opens(
    pages: PublicWorld, method: str, path: str
) -> None:
    phone = pages.handset()
    address = PARAMETER.sub("1", path)
    answer = await phone.http.request(method, address, headers={"Origin": ORIGIN})
    assert answer.status_code in (303, 401, 403) or path in SAME_FOR_ALL
