"""What a CPT suspends, asked of the running service for each of the 36 questions.

The probes are written by hand from the official tables (tests/unit/health_declaration/probes.py).
"""

from collections.abc import Awaitable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from deploy.story.life import PDF, Life
from deploy.story.world import ZONE
from tests.support.live import House, refused
from tests.unit.health_declaration.probes import (
    ANGIOPLASTY,
    BARIATRIC,
    BED,
    BRAIN_MRI,
    BRAIN_TUMOUR,
    BYPASS,
    CATARACT,
    CONSULTATION,
    DIALYSIS,
    DISC,
    GALLBLADDER,
    HAEMORRHOID,
    JAW,
    KIDNEY_TRANSPLANT,
    KNEE,
    LUNG,
    MASTECTOMY,
    MYOMA,
    PROBES,
    RADIOTHERAPY,
    SEPTUM,
    STONE,
    THYROID,
    VARICOSE,
)

type Key = tuple[str, str]
ANSWERS = {"S": "suspended", "A": "medical_auditor", "N": "not_suspended"}
A_DAY = timedelta(days=1)
GROUPS: dict[str, tuple[Key, str, str]] = {
    "IMG": (("Q12", "I63.9"), "I63.9", BRAIN_MRI),
    "HEMO": (("Q03", "I21.4"), "I21.4", ANGIOPLASTY),
    "ONCO": (("Q01", "C50.9"), "C50.9", RADIOTHERAPY),
    "DIAL": (("Q06", "N18.0"), "N18.0", DIALYSIS),
    "TX": (("Q21", "Z94.0"), "Z94.0", KIDNEY_TRANSPLANT),
    "CIR_ONCO": (("Q01", "C50.9"), "C50.9", MASTECTOMY),
    "CIR_GERAL": (("Q19", "K80.2"), "K80.2", GALLBLADDER),
    "CIR_CARDIO": (("Q03", "I21.4"), "I21.4", BYPASS),
    "CIR_VASC": (("Q09", "I83.9"), "I83.9", VARICOSE),
    "CIR_URO": (("Q06", "N20.0"), "N20.0", STONE),
    "CIR_GINECO": (("Q30", "D25.9"), "D25.9", MYOMA),
    "CIR_NEURO": (("Q13", "G40.9"), "G40.9", BRAIN_TUMOUR),
    "CIR_COLUNA": (("Q14", "M51.1"), "M51.1", DISC),
    "CIR_ORTO": (("Q15", "M17.1"), "M17.1", KNEE),
    "CIR_CABPESC": (("Q11", "E05.0"), "E05.0", THYROID),
    "CIR_PROCTO": (("Q23", "I84.2"), "I84.2", HAEMORRHOID),
    "CIR_TORAX": (("Q24", "J44.9"), "J44.9", LUNG),
    "CIR_OTORRINO": (("Q25", "J34.2"), "J34.2", SEPTUM),
    "CIR_OFT": (("Q28", "H26.9"), "H26.9", CATARACT),
    "CIR_BARIATRICA": (("Q32", "E66.0"), "E66.0", BARIATRIC),
    "CIR_BMF": (("Q36", "K07.1"), "K07.1", JAW),
    "UTI": (("Q34", "F32.1"), "F32.1", BED),
}
"""One procedure of every group, with the disease whose CPT suspends it."""


def joined(house: House) -> date:
    return house.today.replace(day=min(house.today.day, 28))


def ends(house: House) -> date:
    return joined(house).replace(year=joined(house).year + 2)


@pytest.fixture(scope="module")
async def signed(house: House) -> dict[Key, Life]:
    """One person per disease, whose CPT is signed. No criterion asks for interviews here."""

    def change(content: dict[str, Any]) -> None:
        rules = {one["id"]: one["params"] for one in content["rules"]}
        rules["DS-017"] |= {"trig.grupos": [], "trig.n_sim": 36}
        prices = {"Q18": 12_345}
        rules["DS-003"] |= {"agravo.habilitado": True, "agravo.centavos_por_mes": prices}

    await house.publishes("parameters", change)
    await house.exchange_keys()
    lives = await house.together(
        house.restricted(question, cid, joins=joined(house)) for question, cid in PROBES
    )
    return dict(zip(PROBES, lives, strict=True))


def ask(house: House, life: Life, item: str, *cids: str, **more: Any) -> Awaitable[dict[str, Any]]:
    what: dict[str, Any] = {"high_technology_bed": True} if item == BED else {"tuss": item}
    body = {"person_id": life.person_id, "on": joined(house).isoformat(), "cids": cids}
    return house.staff("integracao").post("/coverage-checks", body | what | more)


async def result(asked: Awaitable[dict[str, Any]]) -> str:
    return str((await asked)["result"])


@pytest.mark.shows("M134", "B16")
async def test_every_question_suspends_what_its_rows_say_and_nothing_else(
    house: House, signed: dict[Key, Life]
) -> None:
    assert {question for question, _ in PROBES} == {f"Q{n:02}" for n in range(1, 37)}
    cases = [(key, *probe) for key, probes in PROBES.items() for probe in probes]
    found = await house.together(
        result(ask(house, signed[key], item, *([cid] if cid else [])))
        for key, cid, item, _ in cases
    )
    wrong = {
        (key, cid, item): (got, ANSWERS[expected])
        for (key, cid, item, expected), got in zip(cases, found, strict=True)
        if got != ANSWERS[expected]
    }
    assert wrong == {}
    assert len(cases) > 250


@pytest.mark.shows("M134", "B16")
async def test_each_group_is_free_on_the_day_the_cpt_ends(
    house: House, signed: dict[Key, Life]
) -> None:
    last = ends(house)
    days = {
        joined(house) - A_DAY: "not_suspended",
        joined(house): "suspended",
        last - A_DAY: "suspended",
        last: "not_suspended",
        last + A_DAY: "not_suspended",
    }
    asked = [
        (group, on, expected, ask(house, signed[key], item, cid, on=on.isoformat()))
        for group, (key, cid, item) in GROUPS.items()
        for on, expected in days.items()
    ]
    found = await house.together(result(question) for *_, question in asked)
    wrong = [
        (group, on, got)
        for (group, on, expected, _), got in zip(asked, found, strict=True)
        if got != expected
    ]
    assert wrong == []


@pytest.mark.shows("M134")
async def test_no_cpt_is_longer_than_24_months_from_the_joining_date(
    house: House, signed: dict[Key, Life]
) -> None:
    for life in signed.values():
        page = await life.world.staff(life.office.analyst).get(f"/cpts?person_id={life.person_id}")
        for cpt in page["items"]:
            assert cpt["starts_on"] == joined(house).isoformat()
            assert cpt["ends_on"] == ends(house).isoformat()


@pytest.mark.shows("B16", "M134")
async def test_the_answer_is_written_in_the_words_owed_to_the_person(
    house: House, signed: dict[Key, Life]
) -> None:
    heart = signed["Q03", "I21.4"]
    told = await ask(house, heart, ANGIOPLASTY, "I21.4")
    day = ends(house).strftime("%d/%m/%Y")
    cpts = await house.staff("analista.1").get(f"/cpts?person_id={heart.person_id}")
    [reason] = told["reasons"]
    assert reason["cpt_id"] == cpts["items"][0]["cpt_id"]
    assert (reason["match"], reason["rule_id"]) == ("direct", "DS-002")
    assert reason["rules_version"] == cpts["items"][0]["rules_version"]
    assert told["text"] == (
        "A cobertura deste pedido está suspensa por Cobertura Parcial Temporária (CPT) da doença "
        "declarada (I20-I25). O pedido é da doença declarada e de procedimento que a CPT suspende. "
        f"A cobertura passa a ser integral em {day}. "
        "Base: cláusula de Cobertura Parcial Temporária do contrato; Lei 9.656/1998, art. 11, e "
        "Resolução Normativa ANS 558/2022. Consultas, exames e internações que não sejam de alta "
        "complexidade, cirurgia ou leito de alta tecnologia continuam cobertos. "
        f"Referência: CPT {reason['cpt_id']}, regras {reason['rules_version']}."
    )
    assert told["rules_version"] != ""
    urgent = await ask(house, heart, ANGIOPLASTY, "I21.4", urgent=True)
    assert (urgent["result"], urgent["care_must_not_wait"]) == ("medical_auditor", True)
    assert "urgência não espera" in urgent["text"]
    mixed = await ask(house, heart, ANGIOPLASTY, "I21.4", "S72.0")
    assert (mixed["result"], mixed["reasons"][0]["rule_id"]) == ("suspended", "DS-002")
    visit = await ask(house, heart, CONSULTATION, "I21.4")
    assert (visit["result"], visit["reasons"]) == ("not_suspended", [])
    neither = {"person_id": heart.person_id, "on": joined(house).isoformat()}
    checker = house.staff("integracao")
    assert (await refused(checker.post("/coverage-checks", neither))).status == 422


@pytest.mark.shows("M134", "B16")
async def test_a_surcharge_is_offered_beside_the_cpt_where_two_people_enabled_it(
    house: House, signed: dict[Key, Life]
) -> None:
    hernia, gallbladder = await house.together(
        [house.offered("Q18", "K40.9"), house.offered("Q19", "K80.2")]
    )
    offer = await hernia.phone.api.get("/public/offer")
    prices = {one["choice"]: one["monthly_cents"] for one in offer["options"]}
    assert prices == {"full_coverage": None, "cpt": None, "agravo": 12_345}
    unpriced = await gallbladder.phone.api.get("/public/offer")
    assert [one["choice"] for one in unpriced["options"]] == ["full_coverage", "cpt"]
    await hernia.phone.answer_offer("agravo")
    case = await hernia.office.case()
    assert (case["stage"], case["cause"]) == ("negotiation", "agravo_chosen")
    addendum = {"cents_per_month": 12_345, "months": 24, "addendum_sha256": "c" * 64}
    signed_at_desk = {"media_type": "application/pdf", "content_base64": PDF}
    settled = {"outcome": "surcharge_agreed", "notes": "Aditivo assinado no balcão."}
    settled |= {"surcharge": addendum | signed_at_desk}
    await hernia.office.decide(hernia.office.analyst, "negotiation", settled)
    await hernia.soon(
        hernia.declaration_id, "health_declaration.surcharge.agreed.v1", cents_per_month=12_345
    )
    await hernia.released()
    cpts = await house.staff("analista.1").get(f"/cpts?person_id={hernia.person_id}")
    assert cpts["items"] == []


@pytest.mark.shows("B16")
async def test_every_cpt_ends_by_itself_after_its_months(
    house: House, signed: dict[Key, Life]
) -> None:
    await house.days_pass(datetime.combine(ends(house), time(), ZONE) + timedelta(hours=1))
    for life in signed.values():
        ended = await life.soon(life.person_id, "health_declaration.cpt.ended.v1", reason="term")
        assert ended.body["ended_on"] == ends(house).isoformat()
        page = await house.staff("analista.1").get(f"/cpts?person_id={life.person_id}")
        assert {one["status"] for one in page["items"]} == {"ended"}
