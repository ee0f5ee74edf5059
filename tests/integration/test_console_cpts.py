"""S5, CPTs: what each restricts and until which day, its term, the ERP's answer, lifted."""

from datetime import date, datetime, time, timedelta
from typing import Literal

import pytest

from contracts.erp.events import CptAcknowledged
from contracts.registry.events import EnrolmentChanged
from tests.support.agenda import ZONE, Ward
from tests.support.console import World
from tests.support.page import Page, fields, said


@pytest.fixture
def ward(console: World) -> Ward:
    return Ward(console, console.tenant())


async def answered(ward: Ward, cpt_id: str, outcome: Literal["applied", "refused"]) -> None:
    """The ERP says what it made of the first revision."""
    reason = "contrato 123 sem produto" if outcome == "refused" else None
    ack = CptAcknowledged(
        tenant_id=ward.tenant, cpt_id=cpt_id, revision=1, outcome=outcome, reason=reason
    )
    await ward.desk.served.hear(ack)


async def corrected(ward: Ward, case_id: str, person_id: str) -> None:
    """The registry tells that the person came by portability: nothing was to be declared."""
    case = await ward.desk.case(case_id)
    fact = EnrolmentChanged.model_validate(
        {
            "tenant_id": ward.tenant,
            "person_id": person_id,
            "enrolment_id": case["enrolment_id"],
            "enrolment_ref": "R-1",
            "contract_id": "c",
            "contract_kind": "individual",
            "contract_signed_on": date(2026, 1, 1),
            "contract_lives": 1,
            "role": "holder",
            "requested_on": date(2026, 1, 1),
            "joining_on": date(2026, 1, 1),
            "representative_person_id": None,
            "portability": True,
        }
    )
    await ward.desk.served.hear(fact)


def section(shown: Page, title: str) -> str:
    return said(shown.one("section", aria_labelledby=title))


async def test_a_cpt_is_told_in_plain_words_with_its_days_and_the_reading_is_noted(
    ward: Ward,
) -> None:
    cpt_id, _, _ = await ward.restricted()
    shown = await (await ward.browser("otto")).get(f"/cpts/{cpt_id}")
    assert shown.status == 200, shown.text
    what = section(shown, "what-title")
    for told in ("Diabetes", "E10-E14", "diálise crônica", "leitos de alta tecnologia"):
        assert told in what
    assert "de 01/01/2026 até 31/12/2027, 24 meses" in shown.text
    assert "cobertura integral a partir de 01/01/2028" in shown.text
    assert said(shown.one("h1")) == "CPT de Bia Moura"
    assert shown.one("title").text == "CPT · Vínculo"
    noted = await ward.desk.audit_trail(f"cpt/{cpt_id}", "clinical.read")
    assert [one["actor"] for one in noted] == ["otto"]


async def test_the_list_is_filtered_by_person_state_and_erp_in_the_address(ward: Ward) -> None:
    first, _, bia = await ward.restricted()
    second, _, _ = await ward.restricted("Caio Prates")
    otto = await ward.browser("otto")
    every = await otto.get("/cpts")
    assert {one.get("href") for one in every.all("a")} >= {f"/cpts/{first}", f"/cpts/{second}"}
    assert "E10" not in every.text
    only = await otto.get(f"/cpts?pessoa={bia}&situacao=in_force")
    links = {one.get("href") for one in only.all("a")}
    assert f"/cpts/{first}" in links
    assert f"/cpts/{second}" not in links
    assert fields(only.form("/cpts")) == {"pessoa": bia, "situacao": "in_force", "erp": ""}
    none = await otto.get("/cpts?situacao=ended")
    assert "Nenhuma CPT com estes filtros." in none.text
    assert none.has("a", href="/cpts")
    part = await (await ward.console.browser(ward.tenant, "otto", script=True)).get(
        "/cpts?erp=no_partner_key", target="cpts"
    )
    assert not part.has("html")
    assert "parada: falta a chave do ERP" in part.text


async def test_people_are_looked_for_by_name_and_their_cpts_found_from_there(ward: Ward) -> None:
    _, _, person_id = await ward.restricted()
    otto = await ward.browser("otto")
    found = await otto.post("/busca", {"wanted": "Bia Moura"})
    assert found.has("a", href=f"/cpts?pessoa={person_id}")
    sergio = await ward.browser("sergio")
    assert not (await sergio.post("/busca", {"wanted": "Bia Moura"})).has(
        "a", href=f"/cpts?pessoa={person_id}"
    )


async def test_the_last_day_is_still_restricted_at_21_49_and_the_next_one_is_not(
    ward: Ward,
) -> None:
    cpt_id, _, _ = await ward.restricted()
    last = datetime.combine(date(2027, 12, 31), time(21, 49), ZONE)
    ward.jump(last)
    otto = await ward.browser("otto")
    assert "em vigor" in (await otto.get(f"/cpts/{cpt_id}")).text
    ward.jump(last + timedelta(hours=3))
    assert "encerrada" in (await otto.get(f"/cpts/{cpt_id}")).text


async def test_the_term_is_read_as_it_was_sealed_with_hash_and_signature(ward: Ward) -> None:
    cpt_id, case_id, _ = await ward.restricted()
    otto = await ward.browser("otto")
    shown = await otto.get(f"/cpts/{cpt_id}")
    told = section(shown, "term-title")
    one = (await ward.desk.get("otto", f"/cpts/{cpt_id}")).json()
    assert one["term_sha256"] in told
    assert "por código enviado à pessoa" in told
    answer = await otto.http.get(f"/cpts/{cpt_id}/termo")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    read = await ward.desk.audit_trail(case_id, "clinical.read")
    assert "term" in str(read[-1]["details"])
    sergio = await ward.browser("sergio")
    assert (await sergio.http.get(f"/cpts/{cpt_id}/termo")).status_code == 403


async def test_why_the_erp_refused_stands_there_and_whoever_may_tells_it_again(
    ward: Ward,
) -> None:
    cpt_id, _, _ = await ward.restricted()
    await answered(ward, cpt_id, "refused")
    otto = await ward.browser("otto")
    shown = await otto.get(f"/cpts/{cpt_id}")
    told = section(shown, "erp-title")
    assert "recusada pelo ERP" in told
    assert "contrato 123 sem produto" in told
    assert "Informar de novo cabe a quem cuida de: integrações." in told
    assert not shown.offers(f"/cpts/{cpt_id}/relatos")
    refused = await otto.post(f"/cpts/{cpt_id}/relatos", {"by": "otto"})
    assert refused.status == 403
    assert "integrações" in said(refused.one("div", role="alert"))
    iara = await ward.browser("iara")
    asked = await iara.get(f"/cpts/{cpt_id}")
    for _ in range(2):
        again = await iara.send(asked, f"/cpts/{cpt_id}/relatos")
        assert again.status == 200, again.text
    assert "Informada de novo ao ERP" in again.text
    assert (await ward.desk.get("otto", f"/cpts/{cpt_id}")).json()["revision"] == 2


async def test_what_the_erp_applied_is_told_and_is_not_told_it_again(ward: Ward) -> None:
    cpt_id, _, _ = await ward.restricted()
    iara = await ward.browser("iara")
    old = await iara.get(f"/cpts/{cpt_id}")
    await answered(ward, cpt_id, "applied")
    late = await iara.send(old, f"/cpts/{cpt_id}/relatos")
    assert late.status == 409
    assert said(late.one("div", role="alert")).startswith("O ERP já aplicou esta CPT.")
    assert "O ERP aplicou a revisão 1" in section(late, "history-title")
    assert not late.offers(f"/cpts/{cpt_id}/relatos")


async def test_a_cpt_that_a_correction_spares_is_lifted_with_a_reason(ward: Ward) -> None:
    cpt_id, case_id, person_id = await ward.restricted()
    otto = await ward.browser("otto")
    assert not (await otto.get(f"/cpts/{cpt_id}")).offers(f"/cpts/{cpt_id}/levantar")
    await corrected(ward, case_id, person_id)
    shown = await otto.get(f"/cpts/{cpt_id}")
    unsure = await otto.send(shown, f"/cpts/{cpt_id}/levantar", notes="Veio por portabilidade.")
    assert unsure.status == 422
    assert said(unsure.one("p", id="sure-wrong")) == "Marque para confirmar."
    assert fields(unsure.form(f"/cpts/{cpt_id}/levantar"))["notes"] == "Veio por portabilidade."
    old = unsure
    done = await otto.send(unsure, f"/cpts/{cpt_id}/levantar", sure="sim")
    assert done.status == 200, done.text
    assert "CPT levantada." in done.text
    assert "a auditoria médica levantou a CPT" in done.text
    late = await otto.post(
        f"/cpts/{cpt_id}/levantar",
        fields(old.form(f"/cpts/{cpt_id}/levantar")) | {"sure": "sim", "key": ""},
    )
    assert late.status == 409
    assert "Veio por portabilidade." in said(late.one("textarea", aria_label="Texto guardado"))


async def test_the_case_leads_to_its_cpts(ward: Ward) -> None:
    cpt_id, case_id, person_id = await ward.restricted()
    task = await ward.console.task(ward.tenant, person_id, subject_id=case_id)
    ana = await ward.browser("ana")
    shown = await ana.get(f"/tarefas/{task}?ver=caso")
    assert shown.has("a", href=f"/cpts/{cpt_id}")
    assert shown.has("a", href="/cpts")


async def test_whoever_may_not_is_told_and_a_silent_service_takes_its_part_alone(
    ward: Ward,
) -> None:
    cpt_id, _, _ = await ward.restricted()
    sergio = await ward.browser("sergio")
    refused = await sergio.get("/cpts")
    assert refused.status == 403
    assert "Quem tem essa permissão: análise, auditoria médica." in refused.text
    assert (await sergio.get(f"/cpts/{cpt_id}")).status == 403
    otto = await ward.browser("otto")
    with ward.console.silent("health_declaration"):
        silent = await otto.get("/cpts?situacao=in_force")
    assert silent.status == 503
    assert silent.has("a", href="/cpts?situacao=in_force")
    with ward.console.silent("registry"):
        nameless = await otto.get(f"/cpts/{cpt_id}")
    assert (nameless.status, said(nameless.one("h1"))) == (200, "CPT")
    assert (await otto.get("/cpts/nenhuma")).status == 404
