"""Analysis and medical audit on a real Postgres: versions, four eyes, secrecy, the way back."""

import asyncio
from base64 import b64encode

import pytest

from contracts.health_declaration import events
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone, enrol

TENANT = 31
OPINION = {"conclusion": "no_preexisting", "text": "Nada que preexista."}
E11 = {"question_id": "Q10", "cid": "E11"}


@pytest.fixture
def desk(served: Served) -> Desk:
    return Desk(served, TENANT)


async def test_two_analysts_at_once_and_the_second_hears_who_and_when(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    seen = (await desk.case(case))["version"]
    first, second = await asyncio.gather(
        desk.act("ana", case, "opinion", version=seen, **OPINION),
        desk.act("alba", case, "opinion", version=seen, **OPINION),
    )
    assert sorted((first.status_code, second.status_code)) == [200, 409]
    winner = "ana" if first.status_code == 200 else "alba"
    loser = second if first.status_code == 200 else first
    problem = loser.json()
    assert (problem["code"], problem["changed_by"]) == ("stale-version", winner)
    assert problem["changed_at"] is not None
    assert (await desk.case(case))["analyst"] == winner


async def test_a_role_without_clinical_purpose_reads_nothing_clinical_and_is_audited(
    desk: Desk,
) -> None:
    _, case = await desk.analysed("Q10")
    answer = await desk.get("rita", f"/declarations/{case}")
    assert answer.status_code == 200
    assert answer.json()["clinical"] is None
    assert "Diabetes" not in answer.text
    [denied] = await desk.audit_trail(case, "clinical.denied")
    assert denied["actor"] == "rita"
    clinical = (await desk.case(case))["clinical"]
    assert [one["question_id"] for one in clinical["declared"]] == ["Q10"]
    assert clinical["declared"][0]["details"]["ano"] == "2019"
    assert [one["rule_id"] for one in clinical["triage"]] == ["DS-003"]
    assert [one["actor"] for one in await desk.audit_trail(case, "clinical.read")] == ["ana"]


async def test_an_interviewer_reads_only_the_cases_they_interview(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    assert (await desk.case(case, "davi"))["clinical"] is None
    [denied] = await desk.audit_trail(case, "clinical.denied")
    assert denied["actor"] == "davi"


async def test_a_case_of_another_tenant_does_not_exist(served: Served, desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    other = Desk(served, TENANT + 1)
    assert (await other.get("ana", f"/declarations/{case}")).status_code == 404
    decided = await other.act("ana", case, "opinion", version=1, **OPINION)
    assert decided.status_code == 404
    assert (await other.get("ana", "/declarations")).json()["items"] == []


async def test_the_list_is_paged_filtered_and_tells_nothing_clinical(desk: Desk) -> None:
    cases = {(await desk.analysed("Q10"))[1] for _ in range(3)}
    found: list[str] = []
    cursor = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = (await desk.get("rita", "/declarations", stage="in_review", limit=2, **more)).json()
        found += [one["declaration_id"] for one in page["items"]]
        assert all("clinical" not in one for one in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert cases <= set(found)
    assert len(found) == len(set(found))
    none = await desk.get("ana", "/declarations", stage="analysis", due_before="2020-01-01T00:00Z")
    assert none.json()["items"] == []
    assert (await desk.get("rita", "/declarations", cursor="nonsense")).status_code == 422


@pytest.mark.parametrize("who", ["rita", "sara", "dino"])
async def test_without_a_clinical_purpose_a_stage_tells_no_disease(desk: Desk, who: str) -> None:
    phone, offered = await desk.offered(("Q10", "E11"))
    _, analysed = await desk.analysed("Q10")
    _, examined = await desk.analysed("Q10")
    await desk.done("ana", examined, "exam-requests", description="Perícia.")
    for case, fine, coarse in (
        (offered, "offer", "waiting_person"),
        (analysed, "analysis", "in_review"),
        (examined, "exam", "in_review"),
    ):
        assert (await desk.case(case))["stage"] == fine
        seen = await desk.case(case, who)
        assert (seen["stage"], seen["cause"]) == (coarse, None)
        assert (seen["analyst"], seen["auditor"]) == (None, None)
        found = {stage: await ids(desk, who, stage) for stage in ("in_review", "waiting_person")}
        assert [stage for stage, every in found.items() if case in every] == [coarse]
        refused = await desk.get(who, "/declarations", stage=fine)
        assert (refused.status_code, refused.json()["code"]) == (422, "stage-refused")
        assert case in await ids(desk, "ana", fine)
    assert (await phone.choose("refuse")).status_code == 200
    assert (await desk.case(offered))["cause"] == "offer_refused"
    seen = await desk.case(offered, who)
    assert (seen["stage"], seen["cause"]) == ("in_review", None)


async def ids(desk: Desk, who: str, stage: str) -> set[str]:
    page = (await desk.get(who, "/declarations", stage=stage, limit=200)).json()
    return {one["declaration_id"] for one in page["items"]}


async def test_what_an_interview_is_for_is_told_to_a_clinical_purpose_only(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("ana", case, "interview-requests", reason="Esclarecer.")

    async def purposes(sub: str) -> list[str | None]:
        page = await desk.get(sub, "/interviews", declaration_id=case)
        return [one["purpose"] for one in page.json()["items"]]

    assert await purposes("ana") == ["clarification"]
    assert await purposes("sara") == [None]


async def test_after_the_release_no_term_tells_of_a_cpt_without_a_clinical_purpose(
    desk: Desk,
) -> None:
    phone, case = await desk.offered(("Q10", "E11"))
    assert (await phone.choose("cpt")).status_code == 200
    sha256 = (await phone.get("/term")).json()["sha256"]
    await phone.post("/term/signature-code")
    signed = await phone.post("/term/signature", {"code": await phone.code(), "sha256": sha256})
    assert signed.status_code == 201, signed.text
    assert (await desk.case(case))["due_at"] is not None
    assert (await desk.case(case, "rita"))["due_at"] is None
    for who, due, found in (("ana", True, True), ("rita", False, False)):
        wanted = {"stage": "released", "limit": 200}
        page = (await desk.get(who, "/declarations", **wanted)).json()["items"]
        [line] = [one for one in page if one["declaration_id"] == case]
        assert (line["due_at"] is not None) == due
        late = await desk.get(who, "/declarations", **wanted, due_before="2099-01-01T00:00Z")
        assert (case in {one["declaration_id"] for one in late.json()["items"]}) == found


async def test_why_a_case_ended_is_told_to_all(desk: Desk) -> None:
    phone, case = await desk.analysed("Q10")
    assert (await phone.post("/declaration/withdrawal")).status_code == 200
    seen = await desk.case(case, "rita")
    assert (seen["stage"], seen["cause"]) == ("withdrawn", "by_proponent")


async def test_cids_are_checked_against_the_table_and_the_questions_declared(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    refused = await desk.act(
        "ana",
        case,
        "opinion",
        conclusion="preexisting",
        text="Três enganos.",
        confirmed=[E11, {"question_id": "Q10", "cid": "K64"}, {"question_id": "Q03", "cid": "I20"}],
    )
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [
        "confirmed.1.cid",
        "confirmed.2.question_id",
    ]
    under_catch_all = {"question_id": "Q36", "cid": "K07"}
    await desk.done(
        "ana",
        case,
        "opinion",
        conclusion="preexisting",
        text="Pela pergunta aberta.",
        confirmed=[under_catch_all],
    )


@pytest.mark.parametrize(
    ("conclusion", "confirmed"), [("preexisting", []), ("no_preexisting", [E11])]
)
async def test_an_opinion_that_contradicts_itself_is_refused(
    desk: Desk, conclusion: str, confirmed: list[dict[str, str]]
) -> None:
    _, case = await desk.analysed("Q10")
    refused = await desk.act(
        "ana", case, "opinion", conclusion=conclusion, confirmed=confirmed, text="Contradição."
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "opinion-incoherent")


async def test_documents_are_asked_for_with_a_deadline_in_business_days(desk: Desk) -> None:
    phone, case = await desk.analysed("Q10")
    asked = await desk.done("ana", case, "document-requests", items=["Laudo do endocrinologista"])
    assert asked["stage"] == "documents"
    told = (await phone.contacts("ds.documents_request"))[-1]
    await phone.open(told["link"])
    shown = (await phone.get("/declaration/documents")).json()
    assert shown["items"] == ["Laudo do endocrinologista"]
    assert (shown["due_on"], shown["answered"]) == (told["due_on"], False)
    assert "Laudo" not in str(told)
    pdf = b"%PDF-1.7 laudo"
    body = {"name": "laudo.pdf", "media_type": "application/pdf"}
    sent = await phone.post(
        "/declaration/documents", body | {"content_base64": b64encode(pdf).decode()}
    )
    assert sent.status_code == 201, sent.text
    seen = await desk.case(case)
    assert (seen["stage"], seen["cause"]) == ("analysis", "documents_received")
    [file] = seen["clinical"]["files"]
    assert (file["name"], file["received_by"]) == ("laudo.pdf", f"person:{phone.respondent_id}")
    path = f"/declarations/{case}/documents/{file['document_id']}"
    assert (await desk.get("ana", path)).content == pdf
    assert (await desk.get("rita", path)).status_code == 403
    assert (await desk.get("davi", path)).json()["code"] == "not-your-case"


async def test_an_examination_is_shown_to_whom_it_is_asked_of_and_to_clinicians_alone(
    desk: Desk,
) -> None:
    phone, case = await desk.analysed("Q10")
    assert (await phone.get("/declaration/exam")).status_code == 404
    what = "Perícia na Rua das Flores, 10, de segunda a sexta, das 8 às 12."
    await desk.done("ana", case, "exam-requests", description=what)
    told = (await phone.contacts("ds.exam_request"))[-1]
    assert "Flores" not in str(told)
    await phone.open(told["link"])
    shown = (await phone.get("/declaration/exam")).json()
    assert (shown["description"], shown["concluded"]) == (what, False)
    assert shown["due_on"] == told["due_on"]
    assert "Sem custo" in shown["cost"]
    for who in ("ana", "otto"):
        [exam] = (await desk.case(case, who))["clinical"]["exams"]
        assert (exam["description"], exam["due_on"]) == (what, shown["due_on"])
        assert (exam["requested_by"], exam["result"]) == ("ana", None)
    readers = [one["actor"] for one in await desk.audit_trail(case, "clinical.read")]
    assert readers == ["ana", "otto"]
    assert (await desk.case(case, "rita"))["clinical"] is None


async def test_an_examination_goes_and_comes_back_to_the_analyst(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    asked = await desk.done("ana", case, "exam-requests", description="Exame clínico")
    assert asked["stage"] == "exam"
    back = await desk.done("alba", case, "exam-results", result="Glicemia compensada.")
    assert back["stage"] == "analysis"
    assert (await desk.case(case))["clinical"]["exam_results"] == ["Glicemia compensada."]
    again = await desk.act("alba", case, "exam-results", result="Outra vez.")
    assert again.status_code == 404


async def test_the_auditor_is_neither_analyst_nor_interviewer(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("both", case, "opinion", **OPINION)
    refused = await desk.act("both", case, "audit", decision="no_preexisting", notes="Eu mesmo.")
    assert (refused.status_code, refused.json()["code"]) == (403, "four-eyes")
    assert (await desk.case(case))["stage"] == "audit"
    [attempt] = await desk.audit_trail(case, "audit.refused")
    assert (attempt["actor"], attempt["reason"]) == ("both", "four-eyes")


async def test_whoever_gave_a_returned_opinion_may_not_audit_the_next_one(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    await desk.done("both", case, "opinion", **OPINION)
    await desk.done("otto", case, "audit", decision="return", notes="Falta o laudo.")
    await desk.done("ana", case, "opinion", **OPINION)
    refused = await desk.act("both", case, "audit", decision="no_preexisting", notes="Agora vai.")
    assert (refused.status_code, refused.json()["code"]) == (403, "four-eyes")


async def test_the_way_back_to_the_analyst_is_kept_in_the_history(
    served: Served, desk: Desk
) -> None:
    phone, case = await desk.analysed("Q10")
    await desk.opine(case, ("Q10", "E11"))
    back = await desk.done("otto", case, "audit", decision="return", notes="Falta o laudo.")
    assert back["stage"] == "analysis"
    assert (await desk.case(case))["cause"] == "audit_returned"
    await desk.done("ana", case, "opinion", **OPINION)
    ended = await desk.done("olga", case, "audit", decision="no_preexisting", notes="De acordo.")
    assert ended["stage"] == "integrated"
    shown = await desk.case(case)
    assert (shown["analyst"], shown["auditor"]) == ("ana", "olga")
    assert shown["clinical"]["audit_notes"] == ["Falta o laudo.", "De acordo."]
    assert shown["clinical"]["opinion"] == OPINION["text"]
    for kind, times in ((events.OpinionGiven, 2), (events.AuditReturned, 1)):
        facts = await served.facts(TENANT, kind)
        assert len([one for one in facts if one["declaration_id"] == case]) == times
    [released] = [
        one
        for one in await served.facts(TENANT, events.DeclarationReleased)
        if one["declaration_id"] == case
    ]
    assert released["straight_through"] is False
    assert len(await phone.contacts("ds.released")) == 1


async def test_a_difference_from_an_earlier_declaration_is_shown_and_decides_nothing(
    served: Served, desk: Desk
) -> None:
    phone, first = await desk.analysed("Q10")
    await desk.done("ana", first, "opinion", **OPINION)
    await desk.done("otto", first, "audit", decision="full_coverage", notes="Cobertura total.")
    await enrol(served, TENANT, phone.respondent_id)
    again = Phone(served, TENANT, phone.respondent_id)
    second = (await again.declare())["declaration_id"]
    await desk.advance(second)
    shown = await desk.case(second)
    [found] = shown["clinical"]["divergences"]
    assert (found["question_id"], found["kind"]) == ("Q10", "yes_to_no")
    assert found["earlier_declaration_id"] == first
    assert shown["clinical"]["declared"] == []
    assert shown["stage"] in ("analysis", "interview_to_schedule")


async def test_the_same_decision_sent_twice_with_its_key_gives_the_same_answer(desk: Desk) -> None:
    _, case = await desk.analysed("Q10")
    seen = (await desk.case(case))["version"]
    body = {"version": seen, "items": ["Laudo"]}
    path = f"/declarations/{case}/document-requests"
    key = {"Idempotency-Key": f"once-{case}"}
    answers = await asyncio.gather(*(desk.post("ana", path, body, **key) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    rows = await desk.served.rows("select 1 from document_request where declaration_id = $1", case)
    assert len(rows) == 1
