"""Rules as data: criteria that name themselves, versions, test cases beside the tables."""

from typing import Any

import pytest

from deploy.story.life import Life, again
from deploy.story.stack import open_stack
from tests.support.live import House, enrolment, refused

HIGH, COUNT, AGE, DIFFERS = (
    "Pergunta de impacto alto.",
    "3 ou mais respostas SIM.",
    "59 anos ou mais com algum SIM.",
    "Divergência com declaração anterior.",
)
ALONE: tuple[tuple[str, int, str], ...] = (
    ("", 30, ""),
    ("", 58, ""),
    ("", 59, ""),
    ("", 85, ""),
    ("Q07", 30, ""),
    ("Q07", 58, ""),
    ("Q07", 59, AGE),
    ("Q07", 60, AGE),
    ("Q10", 40, ""),
    ("Q10", 91, AGE),
    ("Q34", 33, ""),
    ("Q36", 50, ""),
    ("Q07 Q10", 40, ""),
    ("Q07 Q10", 59, AGE),
    ("Q07 Q10 Q16", 40, COUNT),
    ("Q07 Q10 Q16", 64, f"{COUNT}|{AGE}"),
    ("Q07 Q10 Q16 Q20", 22, COUNT),
    ("Q01", 25, f"Q01: {HIGH}"),
    ("Q01", 59, f"Q01: {HIGH}|{AGE}"),
    ("Q01 Q03", 25, f"Q01: {HIGH}|Q03: {HIGH}"),
    ("Q01 Q07 Q10", 25, f"Q01: {HIGH}|{COUNT}"),
    ("Q01 Q07 Q10", 77, f"Q01: {HIGH}|{COUNT}|{AGE}"),
    ("Q22", 33, f"Q22: {HIGH}"),
    ("Q33", 44, f"Q33: {HIGH}"),
)
"""Questions answered yes, age, and the criteria that must be named; none: no interview."""
AFTER_AN_EARLIER_ONE: tuple[tuple[str, str, int, str], ...] = (
    ("", "Q07", 40, DIFFERS),
    ("Q10", "", 40, DIFFERS),
    ("", "Q01", 25, f"Q01: {HIGH}|{DIFFERS}"),
    ("Q07", "Q07", 40, ""),
    ("Q07", "Q07 Q10", 61, f"{AGE}|{DIFFERS}"),
    ("Q07", "Q07 Q10 Q16", 66, f"{COUNT}|{AGE}|{DIFFERS}"),
)
"""The same, with what was answered yes in an earlier declaration first."""


def test_there_are_thirty_profiles() -> None:
    assert len(ALONE) + len(AFTER_AN_EARLIER_ONE) == 30


@pytest.mark.shows("M128")
async def test_profiles_meet_the_criteria_that_are_named(house: House) -> None:
    async def lived(yes: str, age: int) -> tuple[str, str]:
        return await told(house, await house.at_desk(*yes.split(), age=age))

    found = await house.together([lived(yes, age) for yes, age, _ in ALONE])
    expected = [(criteria, stage(yes, criteria)) for yes, _, criteria in ALONE]
    assert dict(zip(ALONE, found, strict=True)) == dict(zip(ALONE, expected, strict=True))


@pytest.mark.shows("M128")
async def test_what_was_said_earlier_is_a_criterion_too(house: House) -> None:
    async def lived(before: str, yes: str, age: int) -> tuple[str, str]:
        first = await house.at_desk(*before.split(), age=age)
        second = await house.signs_at_desk(await joins_again(house, first), *yes.split())
        return await told(house, second)

    profiles = AFTER_AN_EARLIER_ONE
    found = await house.together([lived(before, yes, age) for before, yes, age, _ in profiles])
    expected = [(criteria, stage(f"{b}{yes}", criteria)) for b, yes, _, criteria in profiles]
    assert dict(zip(profiles, found, strict=True)) == dict(zip(profiles, expected, strict=True))


def stage(yes: str, criteria: str) -> str:
    if criteria:
        return "interview_to_schedule"
    return "analysis" if yes else "integrated"


async def told(house: House, life: Life) -> tuple[str, str]:
    """Criteria and stage once triage is done."""
    seen: dict[str, Any] = {}

    async def decided() -> bool:
        seen.update(await life.office.case())
        return seen["stage"] != "released"

    await house.until(decided, "triagem")
    clinical = seen["clinical"]
    assert clinical["interview_needed"] is bool(clinical["interview_criteria"])
    assert {one["rule_id"] for one in clinical["interview_criteria"]} <= {"DS-017"}
    return "|".join(one["text"] for one in clinical["interview_criteria"]), seen["stage"]


async def joins_again(house: House, life: Life) -> Life:
    second = again(life)
    body = enrolment(house, second.person)
    await house.staff("integracao", "registry").post("/enrolments", body)
    await second.begin()
    return second


def criterion(name: str, value: Any) -> Any:
    def change(content: dict[str, Any]) -> None:
        rule = next(one for one in content["rules"] if one["id"] == "DS-017")
        rule["params"][name] = value

    return change


@pytest.mark.shows("M009", "M128")
async def test_a_new_version_reaches_new_cases_only(house: House) -> None:
    running = await house.enrols(house.person(age=40))
    before, pids = await house.rules("parameters"), open_stack().pids
    author, second = house.staff("regras.1"), house.staff("regras.2")
    content = before["content"]
    criterion("trig.n_sim", 2)(content)
    case = {"declared": {"Q07": "baixo", "Q10": "medio"}, "age": 40, "needed": True}
    await author.put("/rule-sets/parameters/draft", {"content": content, "cases": [case]})
    read = await house.read_draft("parameters")
    own = await refused(author.post("/rule-sets/parameters/draft/publication", read))
    assert (own.status, own.code) == (403, "four-eyes")
    published = await second.post("/rule-sets/parameters/draft/publication", read)
    assert published["version"] == before["version"] + 1
    assert (published["author"], published["approver"]) == ("regras.1", "regras.2")

    await house.signs_at_desk(running, "Q07", "Q10")
    fresh = await house.at_desk("Q07", "Q10", age=40)
    assert await told(house, running) == ("", "analysis")
    assert await told(house, fresh) == ("2 ou mais respostas SIM.", "interview_to_schedule")
    old, new = await running.office.case(), await fresh.office.case()
    assert old["rules_version"] != new["rules_version"]
    body = {"conclusion": "no_preexisting", "text": "Nada a restringir."}
    await running.office.decide(running.office.analyst, "opinion", body)
    await running.office.audit("no_preexisting")
    await running.released()
    assert (await running.office.case())["rules_version"] == old["rules_version"]

    diff = await author.get(f"/rule-sets/parameters/versions/{published['version']}/diff")
    changed = [one for one in diff["lines"] if "trig.n_sim" in one["path"]]
    assert [(one["before"], one["after"]) for one in changed] == [(3, 2)]
    assert (diff["before"], diff["after"]) == (before["version"], published["version"])
    assert diff["approver"] == "regras.2"
    assert open_stack().pids == pids


@pytest.mark.shows("B15", "M134")
async def test_a_table_whose_own_case_breaks_is_not_published(house: House) -> None:
    author, second = house.staff("regras.1"), house.staff("regras.2")
    table = (await house.rules("cpt_table"))["content"]
    assert {"q": "Q26", "cid": "G47.3", "families": ["CIR_OTORRINO"]} in table["cases"]

    async def verdict(rows: list[Any], cases: list[Any]) -> tuple[bool, list[str]]:
        body = {"content": table | {"rows": rows}, "cases": cases}
        await author.put("/rule-sets/cpt_table/draft", body)
        told = await author.post("/rule-sets/cpt_table/draft/check")
        if not told["publishable"]:
            read = await house.read_draft("cpt_table")
            broken = await refused(second.post("/rule-sets/cpt_table/draft/publication", read))
            assert (broken.status, broken.code) == (409, "not-publishable")
            assert [one["where"] for one in broken.body["errors"]] == [
                one["where"] for one in told["errors"]
            ]
        return told["publishable"], [one["where"] for one in told["errors"]]

    rows = table["rows"]
    good = [{"q": "Q18", "cid": "K41.0", "families": ["CIR_GERAL"]}]
    assert await verdict(rows, good) == (True, [])
    wrong = [{"q": "Q18", "cid": "K41.0", "families": ["IMG"]}]
    assert await verdict(rows, wrong) == (False, ["Q18 K41.0"])
    fewer = [one for one in rows if one["q"] != "Q26"]
    assert (await verdict(fewer, good))[0] is False
    for spoiled in (
        {"q": "Q18", "cid": "K42", "families": ["CIR_GERAL"]},
        {"q": "Q18", "cid": "K47", "families": ["CIR_GERAL"]},
        {"q": "Q18", "cid": "L40", "families": ["NENHUMA"]},
        {"q": "Q18", "cid": "L40", "families": ["CIR_GERAL"], "months": 25},
    ):
        assert (await verdict([*rows, spoiled], good))[0] is False
    assert await verdict([*rows, {"q": "Q17", "cid": "L40", "families": ["IMG"]}], good) == (
        True,
        [],
    )
    read = await house.read_draft("cpt_table")
    published = await second.post("/rule-sets/cpt_table/draft/publication", read)
    kept = await author.get(f"/rule-sets/cpt_table/versions/{published['version']}")
    assert (kept["cases"], kept["approver"]) == (good, "regras.2")


@pytest.mark.shows("B15")
async def test_a_draft_is_tried_on_past_declarations_before_it_holds(house: House) -> None:
    touched, other = await house.together(
        [house.at_desk("Q18", age=41), house.at_desk("Q19", age=42)]
    )
    for life, question, cid in ((touched, "Q18", "K40.9"), (other, "Q19", "K80.2")):
        await life.to_analysis()
        await house.opines(life, question, cid)
    author = house.staff("regras.1")
    table = (await house.rules("cpt_table"))["content"]
    rows = [one for one in table["rows"] if one["q"] != "Q18"]
    narrower = {"q": "Q18", "cid": "K40-K46", "families": ["CIR_GERAL", "IMG"]}
    body = {"content": table | {"rows": [*rows, narrower], "cases": []}, "cases": []}
    await author.put("/rule-sets/cpt_table/draft", body)
    tried = await author.post("/rule-sets/cpt_table/draft/simulation")
    # Which one is told to a clinical purpose only, and to the owner of rules no number below ten.
    assert tried["declarations"] == []
    assert (tried["changed"], tried["examined"] >= 2) == (None, True)


@pytest.mark.shows("B15")
@pytest.mark.parametrize(
    "text",
    ["Você fuma ou já fumou", "Sente falta de ar", "Usa remédio para pressão", "Está grávida"],
)
async def test_a_forbidden_subject_cannot_become_a_question(house: House, text: str) -> None:
    author = house.staff("regras.1")
    form = (await house.rules("questionnaire"))["content"]
    asked = form["questions"][0] | {"id": "Q37", "text": text}
    body = {"content": form | {"questions": [*form["questions"], asked]}, "cases": []}
    await author.put("/rule-sets/questionnaire/draft", body)
    verdict = await author.post("/rule-sets/questionnaire/draft/check")
    assert verdict["publishable"] is False
    assert "Q37" in {one["where"] for one in verdict["errors"]}
