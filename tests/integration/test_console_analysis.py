"""S2, the analysis of a declaration: who reads what, each decision, text that is never lost."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.health_declaration.tasks import TaskSettled
from kit.keyring import Eraser
from tests.support.clinic import Desk
from tests.support.console import Browser, World
from tests.support.page import Page, fields, said
from tests.support.proponent import Phone, enrol, person

TEXT = 'Diabetes conhecida desde 2019.\nCPT "cabe" <aqui> & ali.'


@dataclass
class Case:
    """A declaration that triage sent to a person, and its task in the worklist."""

    console: World
    tenant: int
    case_id: str
    task_id: str
    person_id: str
    desk: Desk
    phone: Phone

    @property
    def url(self) -> str:
        return f"/tarefas/{self.task_id}"

    def decision(self, slug: str) -> str:
        return f"{self.url}/decisoes/{slug}"

    async def held_by(self, who: str, *, script: bool = False) -> Browser:
        """Somebody who has taken the task."""
        browser = await self.console.browser(self.tenant, who)
        taken = await browser.send(await browser.get(self.url), f"{self.url}/assumir")
        assert taken.status == 200, taken.text
        return replace(browser, script=script)

    async def next_task(self, **more: Any) -> str:
        """What the worklist is told once the case moved on."""
        settled = {"task_id": self.task_id, "subject_id": self.case_id, "outcome": "done"}
        await self.console.worklist.hear(
            TaskSettled.model_validate(settled | {"tenant_id": self.tenant})
        )
        wanted = {"subject_id": self.case_id} | more
        self.task_id = await self.console.task(self.tenant, self.person_id, **wanted)
        return self.task_id


@pytest.fixture
async def case(console: World) -> Case:
    return await at_analysis(console)


async def at_analysis(console: World) -> Case:
    """Bia declared diabetes; an analyst is wanted."""
    tenant = console.tenant()
    await console.colleagues(tenant, "alba")
    person_id = await console.person(tenant, "Bia Moura")
    served = console.declarations
    await person(served, tenant, "Bia Moura", person_id=person_id)
    await enrol(served, tenant, person_id)
    phone, desk = Phone(served, tenant, person_id), Desk(served, tenant)
    case_id = (await phone.declare("Q10"))["declaration_id"]
    await desk.advance(case_id)
    task_id = await console.task(tenant, person_id, subject_id=case_id)
    return Case(console, tenant, case_id, task_id, person_id, desk, phone)


def panel(shown: Page) -> str:
    return said(shown.one("section", id="panel"))


async def test_skimming_the_list_reads_no_case_and_asking_for_it_does(case: Case) -> None:
    alba = await case.console.browser(case.tenant, "alba")
    skimmed = await alba.get(case.url)
    assert "Bia Moura" in panel(skimmed)
    assert "Diabetes" not in skimmed.text
    assert await case.desk.audit_trail(case.case_id, "clinical.read") == []
    link = next(one for one in skimmed.all("a") if said(one) == "Ler o caso sem assumir")
    read = await alba.get(link.get("href", ""))
    assert "Diabetes" in panel(read)
    assert not read.offers(case.decision(""))
    noted = await case.desk.audit_trail(case.case_id, "clinical.read")
    assert [one["actor"] for one in noted] == ["alba"]


async def test_whoever_took_the_task_reads_what_asked_for_a_person(case: Case) -> None:
    shown = await (await case.held_by("ana")).get(case.url)
    words = panel(shown)
    for told in ("Diabetes", "2019", "DS-003", "em análise", "Nenhuma, ou não há declaração"):
        assert told in words
    assert shown.one("title").text == "Em aberto · Tarefas · Vínculo"


async def test_whoever_cannot_do_a_task_sees_neither_whose_it_is_nor_what_was_said(
    case: Case,
) -> None:
    sonia = await case.console.browser(case.tenant, "sonia")
    shown = await sonia.get(f"{case.url}?ver=caso")
    assert "De quem é esta tarefa só vê quem pode resolvê-la." in panel(shown)
    for kept in ("Diabetes", "DS-003", "Bia Moura"):
        assert kept not in shown.text
    refused = await sonia.get(f"{case.url}/arquivos/qualquer")
    assert refused.status == 403


async def test_documents_are_asked_for_line_by_line(case: Case) -> None:
    ana = await case.held_by("ana")
    asked = await ana.send(
        await ana.get(case.url), case.decision("documentos"), items="Laudo\nExame de sangue"
    )
    assert asked.status == 200
    assert "Documentos pedidos ao proponente." in panel(asked)
    assert "aguarda documentos" in panel(asked)
    await case.phone.open(await case.phone.link("ds.documents_request"))
    wanted = (await case.phone.get("/declaration/documents")).json()
    assert wanted["items"] == ["Laudo", "Exame de sangue"]


@pytest.mark.parametrize(
    ("slug", "field", "done", "stage"),
    [
        ("entrevista", "reason", "Entrevista pedida", "aguarda horário de entrevista"),
        ("pericia", "description", "Perícia pedida", "aguarda perícia"),
    ],
)
async def test_an_interview_and_an_examination_are_asked_for(
    case: Case, slug: str, field: str, done: str, stage: str
) -> None:
    ana = await case.held_by("ana")
    asked = await ana.send(
        await ana.get(case.url), case.decision(slug), **{field: "Desde quando há tratamento."}
    )
    assert asked.status == 200
    assert done in panel(asked)
    assert stage in panel(asked)


async def test_the_result_of_an_examination_brings_the_case_back(case: Case) -> None:
    ana = await case.held_by("ana")
    waits = await ana.send(
        await ana.get(case.url), case.decision("pericia"), description="Glicemia de jejum"
    )
    back = await ana.send(waits, case.decision("resultado"), result="126 mg/dL")
    assert back.status == 200
    assert "em análise" in panel(back)
    assert "126 mg/dL" in panel(back)
    assert back.offers(case.decision("parecer"))


async def opinion(ana: Browser, case: Case, shown: Page | None = None, **more: str) -> Page:
    typed = {"conclusion": "preexisting", "cid_Q10": "E11", "text": TEXT} | more
    return await ana.send(shown or await ana.get(case.url), case.decision("parecer"), **typed)


async def test_an_opinion_goes_to_another_person_who_decides(case: Case) -> None:
    ana = await case.held_by("ana")
    given = await opinion(ana, case)
    assert given.status == 200, given.text
    assert "outra pessoa, a auditoria médica, decide" in panel(given)
    await case.next_task(queue="ds.audit", form="audit", skill="ds.audit")
    otto = await case.held_by("otto")
    shown = await otto.get(case.url)
    assert "Diabetes conhecida desde 2019." in panel(shown)
    assert "CIDs confirmados: E11" in panel(shown)
    unsure = await otto.send(
        shown, case.decision("auditoria"), decision="offer", notes="Ofertar a CPT."
    )
    assert unsure.status == 422
    assert unsure.one("p", id="f-auditoria-sure-wrong").text == "Marque para confirmar."
    done = await otto.send(unsure, case.decision("auditoria"), sure="sim")
    assert done.status == 200, done.text
    assert "Decisão da auditoria registrada." in panel(done)
    assert (await case.desk.case(case.case_id))["stage"] == "offer"


async def test_what_is_missing_is_told_at_its_field_and_the_rest_stays(case: Case) -> None:
    ana = await case.held_by("ana")
    again = await opinion(ana, case, text="", conclusion="preexisting", cid_Q10="Z")
    assert again.status == 422
    assert again.one("p", id="f-parecer-text-wrong").text == "campo obrigatório"
    assert "CID" in (again.one("p", id="f-parecer-confirmed-wrong").text or "")
    kept = fields(again.form(case.decision("parecer")))
    assert (kept["conclusion"], kept["cid.Q10"]) == ("preexisting", "Z")
    area = again.one("textarea", id="f-parecer-text")
    assert (area.get("aria-invalid"), area.get("aria-describedby")) == (
        "true",
        "f-parecer-text-wrong",
    )


async def test_what_the_owner_of_the_case_refuses_is_told_at_its_field_too(case: Case) -> None:
    ana = await case.held_by("ana")
    again = await opinion(ana, case, cid_Q10="")
    assert again.status == 422
    told = again.one("p", id="f-parecer-confirmed-wrong").text
    assert told == "Confirme ao menos um CID para concluir por preexistência."
    assert fields(again.form(case.decision("parecer")))["text"] == TEXT


async def test_two_analysts_and_the_second_reads_who_was_first_and_keeps_the_text(
    case: Case,
) -> None:
    ana = await case.held_by("ana")
    old = await ana.get(case.url)
    await case.desk.done("alba", case.case_id, "interview-requests", reason="Esclarecer datas.")
    late = await opinion(ana, case, old)
    assert late.status == 409
    told = said(late.one("div", role="alert"))
    assert told.startswith("Alba Queiroz mudou isto em ")
    assert "O que você escreveu foi mantido" in told
    # The stage takes no opinion any more: the text is given back apart.
    assert not late.offers(case.decision("parecer"))
    left = [said(one) for one in late.all("textarea", aria_label="Texto guardado")]
    assert said_of(TEXT) in left
    assert "aguarda horário de entrevista" in panel(late)


def said_of(text: str) -> str:
    return " ".join(text.split())


async def test_a_conflict_of_versions_keeps_the_form_with_the_text_in_it(case: Case) -> None:
    ana = await case.held_by("ana")
    old = await ana.get(case.url)
    await case.desk.done("alba", case.case_id, "exam-requests", description="Exame de sangue")
    await case.desk.done("alba", case.case_id, "exam-results", result="Sem alterações.")
    late = await opinion(ana, case, old)
    assert late.status == 409
    form = late.form(case.decision("parecer"))
    assert fields(form)["text"] == TEXT
    assert fields(form)["conclusion"] == "preexisting"
    done = await ana.send(late, case.decision("parecer"))
    assert done.status == 200, done.text


async def test_the_script_gets_a_conflict_as_a_part_with_the_line_and_the_counts(
    case: Case,
) -> None:
    ana = await case.held_by("ana")
    old = await ana.get(case.url)
    await case.desk.done("alba", case.case_id, "interview-requests", reason="Esclarecer datas.")
    late = await opinion(replace(ana, script=True), case, old)
    assert late.status == 409
    assert not late.has("html")
    targets = [one.get("hx-target") for one in late.all("hx-partial")]
    assert targets == [f"#row-{case.task_id}", "#rail", "#notice"]
    assert late.one("div", role="alert").get("data-focus") == ""


async def typed(ana: Browser, case: Case, **form: str) -> Page:
    """What the script sends while somebody writes."""
    path = f"{case.url}/rascunhos/parecer"
    sent = {"version": "1", "by": "ana"} | form
    return await ana.post(path, sent, target="f-parecer-kept")


async def test_text_is_kept_while_somebody_writes_and_is_there_again(case: Case) -> None:
    ana = await case.held_by("ana")
    kept = await typed(ana, case, **{"text": TEXT, "cid.Q10": "E11", "conclusion": "preexisting"})
    assert kept.status == 200
    assert kept.text.startswith("Guardado às ")
    shown = await ana.get(case.url)
    found = fields(shown.form(case.decision("parecer")))
    assert (found["text"], found["cid.Q10"], found["conclusion"]) == (TEXT, "E11", "preexisting")
    opened = [one for one in shown.all("details", name="decision") if "open" in one.attrib]
    assert [said(one.find("summary")) for one in opened if one.find("summary") is not None] == [
        "Concluir com parecer"
    ]
    assert "Rascunho seu, guardado em" in panel(shown)


async def test_of_two_tabs_neither_writes_over_the_draft_of_the_other(case: Case) -> None:
    ana = await case.held_by("ana")
    tabs = [await ana.get(case.url) for _ in range(2)]
    first, second = (fields(tab.form(case.decision("parecer"))) for tab in tabs)
    assert (await typed(ana, case, **first | {"text": TEXT})).text.startswith("Guardado às ")
    for other in ("Outro texto", ""):
        told = await typed(ana, case, **second | {"text": other})
        assert "Ainda não guardado: você escreveu outro texto em outra aba." in told.text
    assert (await typed(ana, case, **first | {"text": f"{TEXT}!"})).text.startswith("Guardado")
    third = fields((await ana.get(case.url)).form(case.decision("parecer")))
    assert third["text"] == f"{TEXT}!"
    assert (await typed(ana, case, **third | {"text": TEXT})).text.startswith("Guardado às ")


async def test_a_draft_is_of_one_person_alone(case: Case) -> None:
    ana = await case.held_by("ana")
    await typed(ana, case, text=TEXT)
    shown = await ana.get(case.url)
    await ana.send(shown, f"{case.url}/repassar", to="alba", reason="Saio de férias")
    alba = await case.console.browser(case.tenant, "alba")
    found = fields((await alba.get(case.url)).form(case.decision("parecer")))
    assert found["text"] == ""


async def test_a_draft_lies_sealed_and_opens_no_more_once_the_person_is_erased(
    case: Case,
) -> None:
    ana = await case.held_by("ana")
    await typed(ana, case, text=TEXT)
    console = case.console.console
    rows = await console.rows("select * from draft where tenant_id = $1", case.tenant)
    assert [(row["task_id"], row["sub"], row["form"]) for row in rows] == [
        (case.task_id, "ana", "parecer")
    ]
    assert rows[0]["person_id"] == case.person_id
    assert rows[0]["fields"].startswith("sealed:v1:")
    assert "Diabetes" not in str(rows)
    await erase(case)
    found = fields((await ana.get(case.url)).form(case.decision("parecer")))
    assert found["text"] == ""


async def erase(case: Case) -> None:
    """The person's key is destroyed in the keyring that the console uses."""
    settings = case.console.console.app.state.settings
    engine = create_async_engine(settings.keyring_eraser_url)
    assert await Eraser(engine).destroy(case.tenant, case.person_id)
    await engine.dispose()
    case.console.console.app.state.resources.keyring.forget(case.tenant, case.person_id)


async def test_a_draft_goes_once_it_was_sent(case: Case) -> None:
    ana = await case.held_by("ana")
    await typed(ana, case, text=TEXT)
    assert (await opinion(ana, case)).status == 200
    query = "select 1 from draft where tenant_id = $1"
    assert await case.console.console.rows(query, case.tenant) == []


async def test_a_draft_is_thrown_away_by_whoever_wrote_it(case: Case) -> None:
    ana = await case.held_by("ana")
    await typed(ana, case, text=TEXT)
    shown = await ana.get(case.url)
    thrown = await ana.send(shown, f"{case.url}/rascunhos/parecer/descartar")
    assert "Rascunho descartado." in panel(thrown)
    assert fields(thrown.form(case.decision("parecer")))["text"] == ""


async def test_a_form_that_was_emptied_leaves_no_draft(case: Case) -> None:
    ana = await case.held_by("ana")
    await typed(ana, case, text=TEXT)
    await typed(ana, case, text="  ")
    assert "Rascunho seu" not in panel(await ana.get(case.url))


async def test_a_refused_text_is_a_draft_as_well(case: Case) -> None:
    ana = await case.held_by("ana")
    await opinion(ana, case, cid_Q10="")
    assert fields((await ana.get(case.url)).form(case.decision("parecer")))["text"] == TEXT


async def test_a_service_that_is_silent_loses_no_text(case: Case) -> None:
    ana = await case.held_by("ana")
    shown = await ana.get(case.url)
    with case.console.silent("health_declaration"):
        lost = await opinion(ana, case, shown)
        lane = await ana.get(case.url)
    assert lost.status == 503
    again = lost.form(case.decision("parecer"))
    kept = {one.get("name"): "".join(one.itertext())[1:] for one in again.iter("textarea")}
    assert kept["text"] == TEXT
    assert lane.status == 200
    assert "A declaração de saúde não responde agora" in panel(lane)
    assert "Bia Moura" in panel(lane)
    done = await ana.post(again.get("action", ""), {str(k): v for k, v in kept.items()})
    assert done.status == 200, done.text


async def test_the_script_is_told_of_a_silent_service_where_the_text_is_not_replaced(
    case: Case,
) -> None:
    ana = await case.held_by("ana")
    shown = await ana.get(case.url)
    body = shown.one("body")
    assert body.get("hx-status:5xx:inherited") == "target:#notice push:false"
    with case.console.silent("health_declaration"):
        lost = await opinion(replace(ana, script=True), case, shown)
    assert lost.status == 503
    assert "Nada do que você escreveu se perdeu." in lost.text


async def test_a_case_that_ended_while_somebody_wrote_gives_the_text_back(case: Case) -> None:
    ana = await case.held_by("ana")
    old = await ana.get(case.url)
    await case.desk.done("rita", case.case_id, "withdrawal", reason="Desistiu por telefone.")
    late = await opinion(ana, case, old)
    assert late.status == 409
    assert "desistência" in panel(late)
    assert said_of(TEXT) in [said(one) for one in late.all("textarea")]


async def test_a_file_is_handed_over_and_never_shown_as_a_page(case: Case) -> None:
    ana = await case.held_by("ana")
    await ana.send(await ana.get(case.url), case.decision("documentos"), items="Laudo")
    phone = case.phone
    await phone.open(await phone.link("ds.documents_request"))
    sent = await phone.post(
        "/declaration/documents",
        {
            "name": "laudo<b>.pdf",
            "media_type": "application/pdf",
            "content_base64": "JVBERi0xLjQK",
        },
    )
    assert sent.status_code == 201, sent.text
    shown = await ana.get(case.url)
    link = next(one for one in shown.all("a") if "/arquivos/" in one.get("href", ""))
    assert said(link) == "laudo_b_.pdf"
    answer = await ana.http.get(link.get("href", ""))
    assert answer.content == b"%PDF-1.4\n"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    sonia = await case.console.browser(case.tenant, "sonia")
    assert (await sonia.http.get(link.get("href", ""))).status_code == 403


async def test_a_decision_nobody_knows_is_not_there(case: Case) -> None:
    ana = await case.held_by("ana")
    assert (await ana.post(case.decision("inventar"), {"version": "1"})).status == 404
    assert (await ana.post(f"{case.url}/rascunhos/inventar", {"text": "x"})).status == 404


async def test_a_decision_sent_twice_is_taken_once(case: Case) -> None:
    ana = await case.held_by("ana")
    shown = await ana.get(case.url)
    first = await opinion(ana, case, shown)
    second = await opinion(ana, case, shown)
    assert (first.status, second.status) == (200, 200)
    given = await case.desk.audit_trail(case.case_id, "opinion.given")
    assert len(given) == 1
