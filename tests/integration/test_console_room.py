"""S4, the interview room: read and noted, a script, video or telephone, text that is never lost."""

from dataclasses import replace

import httpx
import pytest

from services.health_declaration.gateways.video import HttpVideoRooms
from tests.support.agenda import Awaited, Ward
from tests.support.console import Browser, World, changed
from tests.support.interviewing import miss
from tests.support.page import Page, fields, said

TEXT = "Diabetes tipo 2 desde 2019.\nUsa <metformina> & acompanha."
HOST = "https://video.test/host"


@pytest.fixture
def ward(console: World) -> Ward:
    return Ward(console, console.tenant())


@pytest.fixture
async def held(ward: Ward) -> Awaited:
    """An interview with Mara whose hour has come."""
    at = ward.at(3, 9)
    awaited = await ward.booked(at)
    ward.jump(at)
    return awaited


async def typed(mara: Browser, held: Awaited, **form: str) -> Page:
    """What the script sends while somebody writes."""
    given = {name.replace("cid_", "cid."): value for name, value in form.items()}
    return await mara.post(f"{held.url}/rascunho", given | {"by": "mara"}, target="result-kept")


def form(shown: Page, held: Awaited) -> dict[str, str]:
    return fields(shown.form(f"{held.url}/concluir"))


async def test_the_doctor_reads_what_was_declared_with_what_to_ask_and_it_is_noted(
    ward: Ward, held: Awaited
) -> None:
    shown = await (await ward.browser("mara")).get(held.url)
    assert shown.status == 200, shown.text
    for told in ("Diabetes", "2019", "Esclarecer o tratamento.", "usa insulina?"):
        assert told in shown.text
    noted = await ward.desk.audit_trail(held.case_id, "clinical.read")
    assert [one["actor"] for one in noted] == ["mara"]
    assert "Bia Moura" in said(shown.one("h1"))
    assert not any(one.get("href", "").startswith("/pessoas/") for one in shown.all("a"))
    assert shown.one("title").text == "Entrevista · Vínculo"


async def test_a_second_doctor_reads_the_rule_and_nothing_else(ward: Ward, held: Awaited) -> None:
    milo = await ward.browser("milo")
    refused = await milo.get(held.url)
    assert refused.status == 403
    assert said(refused.one("h1")) == "Esta entrevista é de outro médico"
    assert "Só o médico que entrevista" in refused.text
    assert "Diabetes" not in refused.text
    noted = await ward.desk.audit_trail(held.case_id, "interview.refused")
    assert [one["actor"] for one in noted] == ["milo"]
    assert "milo" not in (await milo.get("/entrevistas")).text.replace("Milo", "")


async def test_the_scheduler_sees_the_hour_and_nothing_that_was_declared(
    ward: Ward, held: Awaited
) -> None:
    shown = await (await ward.browser("sergio")).get(held.url)
    assert "Bia Moura" in shown.text
    assert "Diabetes" not in shown.text
    assert not shown.offers(f"{held.url}/concluir")
    assert await ward.desk.audit_trail(held.case_id, "clinical.read") == []


async def test_before_the_hour_there_is_a_script_and_no_result_to_write(ward: Ward) -> None:
    awaited = await ward.booked(ward.at(3, 9))
    mara = await ward.browser("mara")
    shown = await mara.get(awaited.url)
    assert "O resultado é escrito a partir da hora da entrevista." in shown.text
    assert not shown.offers(f"{awaited.url}/concluir")
    early = await mara.send(shown, f"{awaited.url}/sala")
    assert "A sala abre às 09:00" in early.text


def video(status: int) -> HttpVideoRooms:
    def answer(_request: httpx.Request) -> httpx.Response:
        urls = {"join_url": "https://video.test/guest", "host_url": HOST}
        return httpx.Response(status, json={"room_id": "r"} | urls)

    return HttpVideoRooms(
        httpx.AsyncClient(transport=httpx.MockTransport(answer)), "https://video.test"
    )


async def test_the_doctor_gets_the_way_into_the_room_by_asking_for_it(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    with changed(ward.console.declarations.app.state, "video", video(200)):
        shown = await mara.get(held.url)
        assert HOST not in [one.get("href") for one in shown.all("a")]
        opened = await mara.send(shown, f"{held.url}/sala")
    link = opened.one("a", href=HOST)
    assert (link.get("target"), link.get("rel")) == ("_blank", "noopener noreferrer")
    assert "não grave" in opened.text


async def test_video_that_is_down_goes_on_by_telephone_and_it_is_recorded(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    with changed(ward.console.declarations.app.state, "video", video(503)):
        down = await mara.send(await mara.get(held.url), f"{held.url}/sala")
    assert "O vídeo não respondeu." in said(down.one("div", role="alert"))
    called = await mara.send(down, f"{held.url}/telefone")
    assert called.status == 200, called.text
    assert "por telefone desde 09:0" in called.text
    assert not called.offers(f"{held.url}/telefone")
    assert len(await ward.desk.audit_trail(held.case_id, "interview.by_phone")) == 1


async def test_text_is_kept_while_the_doctor_writes_and_is_there_again(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    kept = await typed(mara, held, text=TEXT, cid_Q10="E11.9", how="distancia")
    assert kept.text.startswith("Guardado às ")
    shown = await mara.get(held.url)
    found = form(shown, held)
    assert (found["text"], found["cid.Q10"], found["how"]) == (TEXT, "E11.9", "distancia")
    area = next(one for one in shown.all("div") if one.get("class") == "typed")
    assert area.get("hx-trigger") == "input delay:800ms, change"
    rows = await ward.console.console.rows(
        "select fields from draft where tenant_id = $1", ward.tenant
    )
    assert "Diabetes" not in str(rows)
    thrown = await mara.send(shown, f"{held.url}/rascunho/descartar")
    assert form(thrown, held)["text"] == ""


async def test_a_disease_is_looked_for_and_put_where_it_belongs_while_the_text_stays(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    shown = await mara.get(held.url)
    found = await mara.post(f"{held.url}/cids", form(shown, held) | {"find": "e11", "text": TEXT})
    assert found.status == 200, found.text
    assert "e11" not in str(found.answer.url)
    assert form(found, held)["text"] == TEXT
    use = next(one for one in found.all("button", name="use") if one.get("value") == "E119")
    assert use.get("formaction") == f"{held.url}/cids"
    put = await mara.post(f"{held.url}/cids", form(found, held) | {"use": "E119"})
    assert form(put, held)["cid.Q10"] == "E11.9"
    twice = await mara.post(f"{held.url}/cids", form(put, held) | {"use": "E119"})
    assert form(twice, held)["cid.Q10"] == "E11.9"
    again = await mara.get(held.url)
    assert (form(again, held)["text"], form(again, held)["cid.Q10"]) == (TEXT, "E11.9")
    none = await mara.post(f"{held.url}/cids", form(again, held) | {"find": "nenhuma assim"})
    assert "Nenhum CID com estas palavras." in none.text
    part = await replace(mara, script=True).post(
        f"{held.url}/cids", form(again, held) | {"find": "asma"}, target="result"
    )
    assert not part.has("html")
    assert "J45" in part.text


async def conclude(mara: Browser, held: Awaited, shown: Page | None = None, **more: str) -> Page:
    given = {"text": TEXT, "cid_Q10": "E11.9", "sure": "sim"} | more
    return await mara.send(shown or await mara.get(held.url), f"{held.url}/concluir", **given)


async def test_the_result_is_signed_once_and_the_case_goes_back_to_analysis(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    await typed(mara, held, text=TEXT)
    shown = await mara.get(held.url)
    done = await conclude(mara, held, shown)
    assert done.status == 200, done.text
    assert "Entrevista concluída e assinada." in done.text
    assert "Diabetes tipo 2 desde 2019." in done.text
    assert not done.offers(f"{held.url}/concluir")
    assert (await conclude(mara, held, shown)).status == 200
    assert len(await ward.desk.audit_trail(held.case_id, "interview.signed")) == 1
    case = await ward.desk.case(held.case_id)
    assert case["stage"] == "analysis"
    [seen] = case["clinical"]["interviews"]
    assert (seen["result"], seen["cids"]) == (TEXT, [{"question_id": "Q10", "cid": "E119"}])
    query = "select 1 from draft where tenant_id = $1"
    assert await ward.console.console.rows(query, ward.tenant) == []


async def test_what_is_missing_or_wrong_is_told_at_its_field_and_the_text_stays(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    unsure = await conclude(mara, held, sure="")
    assert unsure.status == 422
    assert said(unsure.one("p", id="sure-wrong")) == "Marque para confirmar."
    assert form(unsure, held)["text"] == TEXT
    empty = await conclude(mara, held, unsure, text=" ")
    assert said(empty.one("p", id="text-wrong")) == "campo obrigatório"
    unknown = await conclude(mara, held, cid_Q10="U449")
    assert unknown.status == 422
    assert "não existe na tabela em uso" in said(unknown.one("p", id="cids-wrong"))
    assert form(await mara.get(held.url), held)["cid.Q10"] == "U449"


async def test_a_result_of_an_interview_that_changed_meanwhile_keeps_the_text(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    old = await mara.get(held.url)
    await mara.send(old, f"{held.url}/telefone")
    late = await conclude(mara, held, old)
    assert late.status == 409
    assert "A entrevista mudou enquanto você a via" in said(late.one("div", role="alert"))
    assert form(late, held)["text"] == TEXT
    assert (await conclude(mara, held, late)).status == 200


async def test_a_no_show_told_by_another_meanwhile_gives_the_text_back(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    old = await mara.get(held.url)
    assert (await miss(ward.desk, "sara", held.interview_id)).status_code == 200
    late = await conclude(mara, held, old)
    assert late.status == 403
    assert "Ela mudou enquanto você escrevia" in late.text
    left = [said(one) for one in late.all("textarea", aria_label="Texto guardado")]
    assert " ".join(TEXT.split()) in left


async def test_a_service_that_is_silent_loses_no_text(ward: Ward, held: Awaited) -> None:
    mara = await ward.browser("mara")
    shown = await mara.get(held.url)
    await typed(mara, held, text="antes")
    with ward.console.silent("health_declaration"):
        lost = await conclude(mara, held, shown)
    assert lost.status == 503
    again = lost.form(f"{held.url}/concluir")
    assert fields(again)["text"] == TEXT
    assert form(await mara.get(held.url), held)["text"] == TEXT
    done = await mara.post(again.get("action", ""), fields(again))
    assert done.status == 200, done.text


async def test_an_ended_session_gives_the_text_back_to_be_sent_again(
    ward: Ward, held: Awaited
) -> None:
    mara = await ward.browser("mara")
    shown = await mara.get(held.url)
    mara.http.cookies.clear()
    ended = await conclude(mara, held, shown)
    assert ended.status == 401
    assert fields(ended.form(f"{held.url}/concluir"))["text"] == TEXT
    await mara.sign_in(ward.tenant, "mara")
    done = await mara.post(f"{held.url}/concluir", fields(ended.form(f"{held.url}/concluir")))
    assert done.status == 200, done.text


async def test_an_order_nobody_knows_is_not_there(ward: Ward, held: Awaited) -> None:
    mara = await ward.browser("mara")
    assert (await mara.post(f"{held.url}/inventar", {})).status == 404
    assert (await mara.get("/entrevistas/nenhuma")).status == 404
