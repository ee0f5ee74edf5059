"""The term that is signed, and the ERP that applies it, is down, comes back and lifts it."""

import asyncio
import json
import re
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from deploy.story.life import HD, INTEGRATED, Life
from deploy.story.world import ZONE
from tests.support.live import House, refused
from tests.unit.health_declaration.probes import ANGIOPLASTY, KNEE, VITRECTOMY
from tests.unit.health_declaration.probes import INGUINAL_HERNIA as HERNIA

SIGNED, STARTED = f"{HD}.term.signed.v1", f"{HD}.cpt.started.v1"
CONFIRMED, ENDED = f"{HD}.cpt.confirmed.v1", f"{HD}.cpt.ended.v1"
A_DAY = timedelta(days=1)


def joining(house: House) -> date:
    return house.today.replace(day=min(house.today.day, 28))


def two_years_after(day: date) -> date:
    return day.replace(year=day.year + 2)


async def read_term(life: Life) -> tuple[dict[str, Any], bytes, str]:
    view = await life.phone.api.get("/public/term")
    pdf = await life.phone.api.get("/public/term.pdf")
    pages = (page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return view, pdf, re.sub(r"\s+", " ", " ".join(pages))


@pytest.mark.shows("M135", "B16")
async def test_the_term_says_diseases_groups_and_end_in_plain_words(house: House) -> None:
    joins = joining(house)
    life = await house.offered("Q10", "E11.9", "E14", joins=joins)
    await life.phone.answer_offer("cpt")
    _, _, text = await read_term(life)
    for words in (
        str(life.person.body["full_name"]),
        str(life.person.body["cpf"]),
        "E11.9 Diabetes mellitus",
        "E14 Diabetes mellitus",
        "E10-E14",
        "cirurgias de artérias e veias",
        "cirurgias dos olhos",
        "diálise crônica e os procedimentos para fazê-la",
        "leitos de alta tecnologia (UTI, CTI, unidade coronariana)",
        f"Começa em: {joins:%d/%m/%Y}",
        f"Termina em: {two_years_after(joins):%d/%m/%Y} (24 meses contados da data de adesão)",
        "CPT não é carência nem recusa",
        "Lei 9.656/1998, art. 11",
    ):
        assert words in text, words
    assert "cirurgias do coração" not in text
    assert "imagem" not in text.partition("O que não fica suspenso")[0]


@pytest.mark.shows("M135")
async def test_text_data_seal_and_signature_hold_together(house: House) -> None:
    await house.exchange_keys()
    life = await house.offered("Q18", "K40.9", joins=joining(house))
    days = {datetime.now(ZONE).date()}
    await life.phone.answer_offer("cpt")
    view, pdf, text = await read_term(life)
    # The term was issued on one of these, should midnight have passed.
    days.add(datetime.now(ZONE).date())
    assert sha256(pdf).hexdigest() == view["sha256"]
    case, form = await life.office.case(), await life.phone.api.get("/public/declaration")
    printed = set(re.findall(r"\(SHA-256\): ([0-9a-f]{64})", text))
    operator = re.search(r"Operadora: (.+?) Inscrição:", text)
    assert operator is not None
    data = said(life, case, form["protocol"], operator.group(1), view["term_id"])
    assert printed in [{digest(data | {"issued_on": f"{day:%d/%m/%Y}"})} for day in days]

    [seal] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    trust = ValidationContext(trust_roots=[seal.signer_cert], allow_fetching=False)
    status = await asyncio.to_thread(validate_pdf_signature, seal, trust)
    assert (status.bottom_line, status.coverage) == (True, SignatureCoverageLevel.ENTIRE_FILE)
    await life.phone.api.post("/public/term/signature-code")
    wrong = {"code": "000000", "sha256": "0" * 64}
    changed = await refused(life.phone.api.post("/public/term/signature", wrong))
    assert (changed.status, changed.code) == (409, "term-changed")
    await life.phone.sign_term()
    signed = await life.soon(life.declaration_id, SIGNED)
    cpts = await house.staff("analista.1").get(f"/cpts?person_id={life.person_id}")
    hashes = {signed.body["sha256"], *(one["term_sha256"] for one in cpts["items"])}
    assert hashes == {view["sha256"]}
    [proof] = [one for one in await house.trail(life.declaration_id) if one["action"] == PROOF]
    assert proof["details"]["sha256"] == view["sha256"]
    assert proof["details"]["challenge"]
    # The ERP answers this report before another test tells it to refuse the next one.
    await life.soon(life.declaration_id, INTEGRATED)


PROOF = "term.signed"


def digest(data: dict[str, Any]) -> str:
    """As the term tells to compute it."""
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def said(
    life: Life, case: dict[str, Any], protocol: str, operator: str, term_id: str
) -> dict[str, Any]:
    """What the term must say of this person, written by hand; not the day of its issue."""
    starts = life.person.joining_on
    item = {
        "diseases": [
            "K40.9 Hérnia inguinal unilateral ou não especificada, sem obstrução ou gangrena"
        ],
        "cid_range": "K40-K46",
        "families": ["cirurgias do aparelho digestivo, da parede do abdome, da pele e de nódulos"],
        "months": 24,
        "starts_on": starts.strftime("%d/%m/%Y"),
        "ends_on": two_years_after(starts).strftime("%d/%m/%Y"),
    }
    return {
        "term_id": term_id,
        "operator": operator,
        "person": {"name": life.person.body["full_name"], "cpf": life.person.body["cpf"]},
        "respondent": None,
        "enrolment_ref": life.ref,
        "protocol": protocol,
        "joining_on": starts.isoformat(),
        "items": [item],
        "clause": "cláusula de Cobertura Parcial Temporária do contrato",
        "norm": "Lei 9.656/1998, art. 11, e Resolução Normativa ANS 558/2022",
        "rules_version": case["rules_version"],
    }


@pytest.mark.shows("M136")
async def test_a_refusal_of_the_erp_waits_for_a_person_who_reports_it_again(house: House) -> None:
    await house.exchange_keys()
    mode = {"mode": "up", "refuse_first": 1, "reason": "contrato em manutenção"}
    await house.staff("motorista", "sandbox").post("/erp/mode", mode)
    life = await house.restricted("Q18", "K40.9")
    refusal = await life.soon(life.declaration_id, f"{HD}.cpt.refused_by_erp.v1")
    integration, cpt = house.staff("integracao"), refusal.body["cpt_id"]
    [waiting] = await owed(house, cpt)
    # What the ERP writes may tell of the person: it is read by whom may read the CPT.
    assert (waiting["erp_status"], waiting["erp_reason"]) == ("refused", None)
    page = await house.staff("analista.1").get(f"/cpts?person_id={life.person_id}")
    assert [one["erp_reason"] for one in page["items"]] == ["contrato em manutenção"]
    assert (await life.office.case())["stage"] == "released"
    await integration.post(f"/cpts/{cpt}/reports")
    await life.soon(life.declaration_id, INTEGRATED)
    [row] = await rows_of(house, cpt)
    assert (row["revision"], row["applied"]) == (2, 1)
    assert (await refused(integration.post(f"/cpts/{cpt}/reports"))).code == "already-applied"


@pytest.fixture(scope="module")
async def after_an_outage(house: House) -> tuple[Life, str]:
    """A CPT signed while the ERP was down; a day later it was reported again by hand."""
    await house.exchange_keys()
    driver, integration = house.staff("motorista", "sandbox"), house.staff("integracao")
    await driver.post("/erp/mode", {"mode": "down"})
    life = await house.restricted("Q10", "E11.9", joins=joining(house))
    cpt = (await life.soon(life.declaration_id, STARTED)).body["cpt_id"]
    assert (await life.office.case())["stage"] == "released"
    await house.days_pass(await house.now() + A_DAY)
    assert [one["erp_status"] for one in await owed(house, cpt)] == ["reported"]
    await integration.post(f"/cpts/{cpt}/reports")
    assert await rows_of(house, cpt) == []
    await driver.post("/erp/mode", {"mode": "twice"})
    return life, cpt


@pytest.mark.shows("M136")
async def test_an_erp_that_was_down_for_a_day_applies_each_report_once_and_confirms(
    house: House, after_an_outage: tuple[Life, str]
) -> None:
    life, cpt = after_an_outage
    await life.soon(life.declaration_id, CONFIRMED, revision=2)
    await life.soon(life.declaration_id, INTEGRATED)
    assert await owed(house, cpt) == []
    [row] = await rows_of(house, cpt)
    assert (row["cpf"], row["enrolment_ref"]) == (life.person.body["cpf"], life.ref)
    assert (row["revision"], row["status"], row["cid_ranges"]) == (2, "in_force", ["E10-E14"])
    assert row["ends_on"] == two_years_after(joining(house)).isoformat()
    # Reported twice and confirmed twice each by a zealous ERP: each revision counts once.
    assert row["applied"] == 2
    told = [fact.body["revision"] for fact in house.world.bus.about(cpt, CONFIRMED)]
    assert sorted(told) == [1, 2]
    last = two_years_after(joining(house)) - A_DAY
    probes = [("E119", VITRECTOMY), ("E119", KNEE), ("I214", ANGIOPLASTY), ("K409", HERNIA)]
    found = [await suspends(house, life, cid, tuss, last) for cid, tuss in probes]
    assert found == [True, False, False, False]


@pytest.mark.shows("M136")
async def test_the_end_of_the_months_lifts_it_in_the_erp_too(
    house: House, after_an_outage: tuple[Life, str]
) -> None:
    life, cpt = after_an_outage
    end = two_years_after(joining(house))
    await house.days_pass(datetime.combine(end, time(), ZONE) + timedelta(hours=1))
    await life.soon(life.person_id, ENDED, cpt_id=cpt, reason="term")
    await life.soon(life.declaration_id, CONFIRMED, revision=3)
    [row] = await rows_of(house, cpt)
    assert row["status"] == "ended"
    assert not await suspends(house, life, "E119", VITRECTOMY, end)


async def owed(house: House, cpt: str) -> list[dict[str, Any]]:
    """What the ERP still has to answer about a CPT."""
    backlog = await house.staff("integracao").get("/erp-backlog?limit=200")
    return [one for one in backlog["items"] if one["cpt_id"] == cpt]


async def rows_of(house: House, cpt: str) -> list[dict[str, Any]]:
    """The ERP's own rows for a CPT."""
    table = await house.staff("motorista", "sandbox").get("/erp/table")
    return [one for one in table["items"] if one["cpt_id"] == cpt]


async def suspends(house: House, life: Life, cid: str, tuss: str, on: date) -> bool:
    """The ERP's own answer."""
    body = {"cpf": life.person.body["cpf"], "on": on.isoformat(), "cid": cid, "tuss": tuss}
    answer = await house.staff("motorista", "sandbox").post("/erp/probe", body)
    return bool(answer["suspended"])
