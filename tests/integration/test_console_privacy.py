"""What somebody asked of their own data at the officer's desk: read, answered, lost by nobody."""

from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.health_declaration.tasks import TaskWanted
from kit.keyring import Eraser
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.console import Browser, World
from tests.support.page import Page, fields, said
from tests.support.proponent import Phone, enrol, person

TEXT = "Meu sobrenome é <b>Práda</b> 🙂 مريم"
LINES = f"{TEXT}\r\nO resto está certo."
ANSWER = "Corrigimos o seu sobrenome.\r\nObrigado & até logo."


@dataclass
class Asked:
    """A request that came by the public API, and its task in the worklist."""

    console: World
    tenant: int
    case_id: str
    person_id: str
    task_id: str
    phone: Phone

    @property
    def url(self) -> str:
        return f"/tarefas/{self.task_id}"

    @property
    def answering(self) -> str:
        return f"{self.url}/decisoes/resposta"

    @property
    def desk(self) -> Desk:
        return Desk(self.console.declarations, self.tenant)

    async def held(self, who: str = "diana") -> Browser:
        """Somebody who has taken the task."""
        browser = await self.console.browser(self.tenant, who)
        taken = await browser.send(await browser.get(self.url), f"{self.url}/assumir")
        assert taken.status == 200, taken.text
        return browser

    async def answered_by(self, who: str) -> None:
        """Another officer settles it past the screen."""
        path = f"/own-data-requests/{self.task_id}/settlement"
        done = await self.desk.post(who, path, {"answer": "Feito por outro."})
        assert done.status_code == 201, done.text

    async def readings(self) -> list[str]:
        """Who read what was asked."""
        noted = await self.desk.audit_trail(self.case_id, "own_data.request_read")
        return [one["actor"] for one in noted]


async def asked(console: World, kind: str = "correction", text: str = LINES) -> Asked:
    """Bia asks for something, and the worklist hears of it as it was told."""
    tenant, served = console.tenant(), console.declarations
    person_id = await console.person(tenant, "Bia Moura")
    await person(served, tenant, "Bia Moura", person_id=person_id)
    await enrol(served, tenant, person_id)
    phone = Phone(served, tenant, person_id)
    await phone.open()
    sent = await phone.post("/own-data/requests", {"kind": kind, "text": text})
    assert sent.status_code == 201, sent.text
    [wanted] = await served.facts(tenant, TaskWanted)
    task = TaskWanted.model_validate(wanted)
    await console.worklist.hear(task)
    return Asked(console, tenant, task.subject_id, person_id, task.task_id, phone)


@pytest.fixture
async def request_(console: World) -> Asked:
    return await asked(console)


def panel(shown: Page) -> str:
    return said(shown.one("section", id="panel"))


async def test_the_officer_reads_what_was_asked_once_the_task_is_theirs(request_: Asked) -> None:
    diana = await request_.console.browser(request_.tenant, "diana")
    skimmed = await diana.get(request_.url)
    assert "Responder pedido do titular" in panel(skimmed)
    assert "Pedidos de titulares" in panel(skimmed)
    assert "Bia Moura" in panel(skimmed)
    assert TEXT not in skimmed.text
    assert await request_.readings() == []
    shown = await (await request_.held()).get(request_.url)
    assert TEXT in panel(shown)
    assert "corrigir dados" in panel(shown)
    main = shown.one("section", id="panel")
    links = {one.get("href") for one in main.iter("a")}
    assert f"/pessoas/{request_.person_id}" in links
    assert set(await request_.readings()) == {"diana"}


async def test_it_is_read_without_taking_it_by_a_link_that_says_so(request_: Asked) -> None:
    diana = await request_.console.browser(request_.tenant, "diana")
    skimmed = await diana.get(request_.url)
    link = next(one for one in skimmed.all("a") if said(one) == "Ler o pedido sem assumir")
    read = await diana.get(link.get("href", ""))
    assert TEXT in panel(read)
    assert not read.offers(request_.answering)
    assert await request_.readings() == ["diana"]


async def test_what_the_officer_answers_is_what_the_person_reads(request_: Asked) -> None:
    diana = await request_.held()
    done = await diana.send(await diana.get(request_.url), request_.answering, answer=ANSWER)
    assert done.status == 200, done.text
    assert "Resposta registrada: a pessoa a lê nos seus dados." in panel(done)
    assert "Obrigado & até logo." in panel(done)
    assert not done.offers(request_.answering)
    [read] = (await request_.phone.get("/own-data")).json()["requests"]
    assert read["answer"] == ANSWER
    assert read["settled_at"]


async def test_an_answer_sent_twice_is_given_once(request_: Asked) -> None:
    diana = await request_.held()
    form = (await diana.get(request_.url)).form(request_.answering)
    given = fields(form) | {"answer": ANSWER}
    for _ in range(2):
        done = await diana.post(request_.answering, given)
        assert "Resposta registrada" in panel(done), done.text
    trail = await request_.desk.audit_trail(request_.case_id, "own_data.settled")
    assert [one["actor"] for one in trail] == ["diana"]


async def test_of_two_who_answer_the_second_reads_who_and_when_and_keeps_the_text(
    request_: Asked,
) -> None:
    diana = await request_.held()
    old = await diana.get(request_.url)
    await request_.answered_by("dino")
    late = await diana.send(old, request_.answering, answer=ANSWER)
    assert late.status == 409
    told = said(late.one("div", role="alert"))
    assert told.startswith("dino já respondeu em ")
    assert "Feito por outro." in panel(late)
    assert not late.offers(request_.answering)
    left = late.one("textarea", aria_label="Texto guardado")
    assert said(left) == " ".join(ANSWER.split())


async def test_an_answer_too_short_is_told_at_its_field_and_stays(request_: Asked) -> None:
    diana = await request_.held()
    short = await diana.send(await diana.get(request_.url), request_.answering, answer="ok")
    assert short.status == 422
    assert short.one("textarea", name="answer").get("aria-invalid") == "true"
    assert fields(short.form(request_.answering))["answer"] == "ok"


async def test_what_is_typed_is_kept_until_it_is_sent(request_: Asked) -> None:
    diana = await request_.held()
    kept = await diana.post(f"{request_.url}/rascunhos/resposta", {"answer": ANSWER, "by": "diana"})
    assert "Guardado às" in kept.text
    shown = await diana.get(request_.url)
    assert fields(shown.form(request_.answering))["answer"] == ANSWER
    with request_.console.silent("health_declaration"):
        lane = await diana.get(request_.url)
        lost = await diana.send(shown, request_.answering)
    assert "A declaração de saúde não responde agora" in panel(lane)
    assert lost.status == 503
    assert fields(lost.form(request_.answering))["answer"] == ANSWER
    assert (await diana.send(shown, request_.answering)).status == 200
    rows = await request_.console.console.rows(
        "select 1 from draft where tenant_id = $1", request_.tenant
    )
    assert rows == []


async def test_an_erasure_asked_for_without_words_says_so(console: World) -> None:
    erasure = await asked(console, "erasure", "")
    shown = await (await erasure.held()).get(erasure.url)
    assert "eliminar os dados" in panel(shown)
    assert "Nada foi escrito além do pedido." in panel(shown)


async def erased(served: Served, tenant: int, person_id: str) -> None:
    """The person's key is destroyed in the keyring that a service uses."""
    engine = create_async_engine(served.app.state.settings.keyring_eraser_url)
    await Eraser(engine).destroy(tenant, person_id)
    await engine.dispose()
    served.app.state.resources.keyring.forget(tenant, person_id)


async def test_an_answer_sent_again_after_the_erasure_is_answered_as_before(
    console: World,
) -> None:
    """What was replied was lost on the way, and meanwhile the key of the person is gone."""
    request_ = await asked(console, "erasure", "Quero sair.")
    path = f"/own-data-requests/{request_.task_id}/settlement"
    body, key = {"answer": "Eliminados."}, {"Idempotency-Key": "settle-once-77"}
    first = await request_.desk.post("dina", path, body, **key)
    assert first.status_code == 201, first.text
    assert "Eliminados" not in first.text
    await erased(console.declarations, request_.tenant, request_.person_id)
    again = await request_.desk.post("dina", path, body, **key)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_a_request_of_somebody_erased_meanwhile_can_still_be_settled(
    console: World,
) -> None:
    erasure = await asked(console, "erasure", "Quero sair.")
    diana = await erasure.held()
    await diana.post(f"{erasure.url}/rascunhos/resposta", {"answer": "x", "by": "diana"})
    for service in (console.declarations, console.console):
        await erased(service, erasure.tenant, erasure.person_id)
    shown = await diana.get(erasure.url)
    assert "Os dados desta pessoa foram eliminados." in panel(shown)
    assert "Quero sair." not in shown.text
    short = await diana.send(shown, erasure.answering, answer="ok")
    assert (short.status, fields(short.form(erasure.answering))["answer"]) == (422, "ok")
    done = await diana.send(short, erasure.answering, answer="Eliminados.")
    assert done.status == 200, done.text
    assert not done.offers(erasure.answering)
    trail = await erasure.desk.audit_trail(erasure.case_id, "own_data.settled")
    assert len(trail) == 1


async def test_whoever_cannot_do_it_reads_nothing_of_it(request_: Asked) -> None:
    ana = await request_.console.browser(request_.tenant, "ana")
    assert (await ana.get(f"{request_.url}?ver=caso")).status == 404
    sonia = await request_.console.browser(request_.tenant, "sonia")
    shown = await sonia.get(f"{request_.url}?ver=caso")
    assert "De quem é esta tarefa só vê quem pode resolvê-la." in panel(shown)
    assert TEXT not in shown.text
    path = f"/own-data-requests/{request_.task_id}"
    assert (await request_.desk.get("ana", path)).status_code == 403
    assert (await request_.desk.get("dina", "/own-data-requests/nenhum")).status_code == 404
    other = Desk(request_.console.declarations, request_.console.tenant())
    assert (await other.get("dina", path)).status_code == 404
    assert await request_.readings() == []


async def test_what_was_asked_is_told_whole_to_whoever_works_it(request_: Asked) -> None:
    path = f"/own-data-requests/{request_.task_id}"
    told = (await request_.desk.get("dina", path)).json()
    assert told.pop("made_at")
    assert told == {
        "request_id": request_.task_id,
        "kind": "correction",
        "text": LINES,
        "declaration_id": request_.case_id,
        "person_id": request_.person_id,
        "settled_at": None,
        "settled_by": None,
        "answer": None,
    }
    assert await request_.readings() == ["dina"]
