"""After the signature, by the same phone: interview, documents, offer, term."""

import asyncio

import httpx
import pytest

from contracts.health_declaration import events
from services.health_declaration.gateways.video import HttpVideoRooms
from tests.support.console import changed
from tests.support.interviewing import asked, booked
from tests.support.page import fields, said
from tests.support.public_pages import PublicWorld
from tests.support.public_walk import offered, to_choose, to_send

PDF = b"%PDF-1.7 a page"


async def test_a_time_is_chosen_and_shown_in_local_hours(pages: PublicWorld) -> None:
    ana = await to_choose(pages)
    shown = await ana.handset.get("/entrevista")
    times = shown.all("input", name="horario")
    assert len(times) == 3
    assert not any("checked" in one.attrib for one in times)
    done = await ana.handset.send(shown, "/entrevista", horario=times[0].get("value", ""))
    assert "Marcada para" in done.text
    assert len(await pages.declarations.facts(ana.tenant, events.InterviewScheduled)) == 1


async def test_an_interview_in_person_shows_how_to_come_and_no_video(pages: PublicWorld) -> None:
    ana = await to_choose(pages)
    shown = await ana.handset.get("/entrevista")
    time = shown.all("input", name="horario")[0].get("value", "")
    done = await ana.handset.send(shown, "/entrevista", horario=time, presencial="sim")
    assert "Marcada para" in done.text
    assert "A entrevista é presencial, sem custo." in done.text
    assert "vídeo" not in done.text
    assert "A sala abre" not in done.text


async def test_without_a_choice_the_page_says_what_to_do(pages: PublicWorld) -> None:
    ana = await to_choose(pages)
    shown = await ana.handset.get("/entrevista")
    again = await ana.handset.send(shown, "/entrevista", presencial="sim")
    assert (again.status, "Escolha um dos horários" in again.text) == (422, True)
    assert fields(again.form("/entrevista"))["presencial"] == "sim"


async def test_of_two_who_want_one_time_the_second_sees_the_others(pages: PublicWorld) -> None:
    ana = await to_choose(pages)
    known, _ = await asked(pages.desk(ana.tenant))
    bia = pages.proponent(known)
    await bia.open("ds.interview_offer")
    first, second = await ana.handset.get("/entrevista"), await bia.handset.get("/entrevista")
    wanted = first.all("input", name="horario")[0].get("value", "")
    await ana.handset.send(first, "/entrevista", horario=wanted)
    told = await bia.handset.send(second, "/entrevista", horario=wanted)
    assert told.status == 409
    assert "já foi escolhido" in told.text
    left = [one.get("value") for one in told.all("input", name="horario")]
    assert wanted not in left
    assert len(left) == 2


async def test_a_time_may_be_given_up_for_another(pages: PublicWorld) -> None:
    known, _, _ = await booked(pages.desk(pages.tenant()))
    ana = pages.proponent(known)
    await ana.open("ds.interview_booked")
    shown = await ana.handset.get("/entrevista")
    again = await ana.handset.send(shown, "/entrevista/remarcar")
    assert len(again.all("input", name="horario")) == 1


async def test_the_room_is_opened_by_an_order_and_recording_is_ones_own_choice(
    pages: PublicWorld,
) -> None:
    known, _, _ = await booked(pages.desk(pages.tenant()))
    ana = pages.proponent(known)
    await ana.open("ds.interview_booked")
    early = await ana.handset.get("/entrevista")
    assert not early.offers("/entrevista/sala")
    assert not any("checked" in one.attrib for one in early.all("input", name="gravar"))
    agreed = await ana.handset.send(early, "/entrevista/gravacao", gravar="nao")
    assert "não pode ser gravada" in agreed.text
    await pages.later(ana, hours=72, minutes=1)
    made: list[httpx.Request] = []
    with changed(pages.declarations.app.state, "video", rooms(made)):
        await ana.open("ds.interview_booked")
        shown = await ana.handset.get("/entrevista")
        assert made == []
        inside = await ana.handset.send(shown, "/entrevista/sala")
    link = inside.one("a", href="https://video.test/r/1")
    assert said(link) == "Entrar na sala"
    assert "noreferrer" in link.get("rel", "")


async def test_an_address_that_is_none_of_the_web_is_made_no_link(pages: PublicWorld) -> None:
    known, _, _ = await booked(pages.desk(pages.tenant()))
    ana = pages.proponent(known)
    await pages.later(ana, hours=72, minutes=1)
    with changed(pages.declarations.app.state, "video", rooms([], "javascript:alert(1)")):
        await ana.open("ds.interview_booked")
        inside = await ana.handset.send(await ana.handset.get("/entrevista"), "/entrevista/sala")
    assert "não pode ser aberto por aqui" in inside.text
    assert "javascript" not in inside.answer.text


def rooms(made: list[httpx.Request], join_url: str = "https://video.test/r/1") -> HttpVideoRooms:
    """A provider whose every room is the same."""

    def answer(request: httpx.Request) -> httpx.Response:
        made.append(request)
        urls = {
            "room_id": "r1",
            "join_url": join_url,
            "host_url": "https://video.test/h/1",
        }
        return httpx.Response(201, json=urls)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return HttpVideoRooms(http, "https://video.test")


async def test_where_no_interview_is_asked_the_page_says_so(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    assert "Nenhuma entrevista" in (await ana.handset.get("/entrevista")).text
    assert "Nenhum documento" in (await ana.handset.get("/documentos")).text
    assert "Nenhuma perícia" in (await ana.handset.get("/pericia")).text
    assert "Nenhuma opção" in (await ana.handset.get("/proposta")).text
    assert "Nenhum termo" in (await ana.handset.get("/termo")).text


async def test_the_offer_is_told_in_plain_words_with_nothing_chosen(pages: PublicWorld) -> None:
    ana, _ = await offered(pages)
    shown = await ana.handset.get("/proposta")
    assert "não é negada" in shown.text
    assert "Cobertura parcial temporária (CPT)" in shown.text
    assert "24 meses" in shown.text
    assert not any("checked" in one.attrib for one in shown.all("input"))
    unsure = await ana.handset.send(shown, "/proposta", opcao="cpt")
    assert (unsure.status, "esta é a sua escolha" in unsure.text) == (422, True)
    assert fields(unsure.form("/proposta"))["opcao"] == "cpt"


async def test_a_cpt_is_chosen_its_term_read_and_signed_by_code(pages: PublicWorld) -> None:
    ana, _ = await offered(pages)
    shown = await ana.handset.get("/proposta")
    for words in ("e só em ", "leitos de alta tecnologia", "a cobertura é integral."):
        assert words in shown.text
    term = await ana.handset.send(shown, "/proposta", opcao="cpt", certeza="sim")
    assert term.answer.url.path == "/termo"
    pdf = await ana.handset.http.get("/termo.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["Cache-Control"] == "no-store"
    asking = await ana.handset.send(term, "/termo/codigo")
    form = next(one for one in asking.tree.iter("form") if one.get("action") == "/termo")
    typed = fields(form) | {"codigo": await ana.known.code(), "aceite": "sim"}
    unread = await ana.handset.post("/termo", typed | {"aceite": ""})
    assert (unread.status, "Marque que leu" in unread.text) == (422, True)
    both = await asyncio.gather(*(ana.handset.post("/termo", typed) for _ in range(2)))
    assert [one.answer.url.path for one in both] == ["/termo/assinado"] * 2
    assert len(await pages.declarations.facts(ana.tenant, events.TermSigned)) == 1


@pytest.mark.parametrize(("choice", "words"), [("full_coverage", ""), ("refuse", "falar com")])
async def test_other_choices_need_no_term(pages: PublicWorld, choice: str, words: str) -> None:
    ana, case = await offered(pages)
    shown = await ana.handset.get("/proposta")
    done = await ana.handset.send(shown, "/proposta", opcao=choice, certeza="sim")
    assert "Sua escolha foi registrada" in done.text
    stage = (await pages.desk(ana.tenant).case(case))["stage"]
    assert stage in ("released", "integrated", "negotiation")
    if words:
        assert words in (await ana.handset.get("/situacao")).text


async def test_an_offer_answered_in_another_tab_says_what_was_answered(pages: PublicWorld) -> None:
    ana, _ = await offered(pages)
    one, other = await ana.handset.get("/proposta"), await ana.handset.get("/proposta")
    await ana.handset.send(one, "/proposta", opcao="cpt", certeza="sim")
    told = await ana.handset.send(other, "/proposta", opcao="full_coverage", certeza="sim")
    assert told.status == 409
    assert "já foi respondida" in told.text
    assert "Você já respondeu: Cobertura parcial" in told.text


async def test_a_document_is_sent_and_a_second_may_follow(pages: PublicWorld) -> None:
    ana = await to_send(pages)
    shown = await ana.handset.get("/documentos")
    assert "Laudo do exame" in shown.text
    form = fields(shown.form("/documentos"))
    files = {"arquivo": ("laudo 👩🏽‍⚕️ do exame.PDF", PDF)}
    done = await ana.handset.post("/documentos", {"key": form["key"]}, files=files)
    assert done.status == 200, done.text
    assert "Arquivo recebido" in done.text
    again = await ana.handset.post("/documentos", {"key": form["key"]}, files=files)
    assert again.status == 200
    rows = await pages.declarations.rows("select 1 from document where tenant_id = $1", ana.tenant)
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("foto.heic", b"x", 422, "só PDF, JPG ou PNG"),
        ("laudo", b"x", 422, "só PDF, JPG ou PNG"),
        ("exame.pdf.exe", b"MZ", 422, "pode ser um programa"),
        ("exame.exe.pdf", PDF, 422, "pode ser um programa"),
        ("exame\u202efdp.png", PDF, 422, "pode ser um programa"),
        ("exame.pdf", b"MZ not what it says", 422, "não é do tipo declarado"),
        ("vazio.pdf", b"", 422, "não esteja vazio"),
        ("foto.png", b"\x89PNG" + b"x" * 9 * 2**20, 413, "passa de 8 MB"),
        ("foto.png", b"\x89PNG" + b"x" * 30 * 2**20, 413, "passa de 8 MB"),
    ],
)
async def test_what_is_no_document_is_refused_with_the_reason(
    pages: PublicWorld, name: str, content: bytes, status: int, words: str
) -> None:
    ana = await to_send(pages)
    told = await ana.handset.post("/documentos", {}, files={"arquivo": (name, content)})
    assert (told.status, words in told.text) == (status, True), told.text
    assert told.one("input", type="file").get("aria-invalid") == "true"


async def test_a_large_file_from_a_stranger_is_not_even_taken_in(pages: PublicWorld) -> None:
    files = {"arquivo": ("a.pdf", PDF + b"x" * 2**20)}
    answer = await pages.handset().http.post("/documentos", files=files)
    assert answer.status_code in (401, 413)


async def test_an_examination_tells_who_pays(pages: PublicWorld) -> None:
    desk = pages.desk(pages.tenant())
    known, case = await desk.analysed("Q10")
    await desk.done("ana", case, "exam-requests", description="Perícia médica presencial.")
    ana = pages.proponent(known)
    shown = await ana.open("ds.exam_request")
    assert shown.has("a", href="/pericia")
    exam = await ana.handset.get("/pericia")
    assert "Sem custo para você" in exam.text
