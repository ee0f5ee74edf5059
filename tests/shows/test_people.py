"""People are registered once, and erased for good where nothing keeps their data."""

from typing import Any

import pytest

from deploy.story import documents
from deploy.story.life import HD, Life
from deploy.story.proponent import PUBLIC
from tests.support import leaks
from tests.support.live import House, refused, rows

LINKED = "registry.person.linked.v1"
ERASED = "registry.person.erased.v1"
NAME, SECRET = "Quitéria Xexéu Canarinho", "canarinho-amarelo-7431"
MOTHER = "Zulmira Xexéu Canarinho"


@pytest.mark.shows("M012")
async def test_the_same_person_written_in_another_way_links_and_says_why(house: House) -> None:
    registrar = house.staff("cadastro", "registry")
    cpf = documents.cpf(house.source)
    first: dict[str, Any] = {
        "full_name": "José Antônio da Conceição",
        "birth_on": "1980-05-17",
        "cpf": cpf,
        "mother_name": "Maria da Conceição",
    }
    known = await registrar.post("/people", first)
    assert (known["outcome"], known["reasons"]) == ("created", [])
    written = f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}"
    again = first | {"cpf": written, "full_name": "JOSE ANTONIO CONCEICAO"}
    linked = await registrar.post("/people", again)
    assert (linked["person_id"], linked["outcome"]) == (known["person_id"], "linked")
    assert linked["reasons"] == [
        "mesmo CPF",
        "mesmo nome, escrito igual ou de outra forma",
        "mesma data de nascimento",
        "mesma mãe",
    ]
    found = await registrar.post("/people/search", {"cpf": written})
    assert [one["person_id"] for one in found["items"]] == [known["person_id"]]
    named = await registrar.post("/people/search", {"name": "jose antonio conceicao"})
    assert [one["person_id"] for one in named["items"]] == [known["person_id"]]
    told = await house.world.bus.until(known["person_id"], [LINKED])
    assert tuple(told.body["reasons"]) == tuple(linked["reasons"])
    timeline = await registrar.get(f"/people/{known['person_id']}/timeline")
    assert [one["kind"] for one in timeline["entries"]].count(LINKED) == 1


@pytest.mark.shows("M012")
async def test_a_professional_is_known_by_cpf_and_a_register_that_repeats_is_pointed_out(
    house: House,
) -> None:
    registrar = house.staff("cadastro", "registry")
    cpf, number = documents.cpf(house.source), house.source.randrange(10_000, 99_999)
    doctor: dict[str, Any] = {
        "full_name": "Helena Brandão de Assis",
        "birth_on": "1975-09-30",
        "cpf": cpf,
        "councils": [f"CRM {number}"],
    }
    first = await registrar.post("/people", doctor)
    assert first["outcome"] == "created"
    written = f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}"
    again = doctor | {"cpf": written, "full_name": "Helena B. Assis", "councils": [f"{number}/PR"]}
    linked = await registrar.post("/people", again)
    assert (linked["person_id"], linked["outcome"]) == (first["person_id"], "linked")
    assert linked["reasons"][:2] == ["mesmo CPF", "mesmo número de CRM, um deles sem a UF"]
    told = await house.world.bus.until(first["person_id"], [LINKED])
    assert tuple(told.body["reasons"]) == tuple(linked["reasons"])
    assert (await registrar.post("/people", again))["reasons"][1] == "mesmo CRM"
    known = await registrar.get(f"/people/{first['person_id']}")
    assert known["councils"] == [f"CRM-PR {number}"]

    namesake = doctor | {"cpf": documents.cpf(house.source), "councils": [f"CRM-PR {number}"]}
    other = await registrar.post("/people", namesake)
    assert other["outcome"] == "created"
    assert other["reasons"][:3] == ["possível repetição a conferir", "CPF diferente", "mesmo CRM"]


@pytest.mark.shows("M012")
async def test_a_cpf_of_somebody_else_or_of_nobody_links_to_no_one(house: House) -> None:
    registrar = house.staff("cadastro", "registry")
    cpf = documents.cpf(house.source)
    first = {"full_name": "Ana Prado", "birth_on": "1980-05-17", "cpf": cpf}
    await registrar.post("/people", first)
    other = first | {"full_name": "Bruno Queiroz", "birth_on": "1991-01-02"}
    taken = await refused(registrar.post("/people", other))
    assert (taken.status, taken.body["errors"][0]["field"]) == (422, "cpf")
    broken = first | {"cpf": cpf[:-1] + str((int(cpf[-1]) + 1) % 10)}
    wrong = await refused(registrar.post("/people", broken))
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "cpf")


async def withdrew(house: House) -> Life:
    """Told of a disease in words of their own, then gave up."""
    life = await house.enrols(house.person(full_name=NAME, mother_name=MOTHER))
    await house.assisted(life)
    await life.phone.acknowledge()
    details = {"diagnostico": SECRET, "ano": "2020"}
    await life.phone.api.put(f"{PUBLIC}/answers/Q10", {"answer": "yes", "details": details})
    await life.phone.api.post(f"{PUBLIC}/withdrawal")
    await life.soon(life.declaration_id, f"{HD}.declaration.withdrawn.v1")
    return life


@pytest.mark.shows("B24")
async def test_what_the_law_keeps_is_explained_to_the_person(house: House) -> None:
    life = await house.declares()
    await life.released()
    officer = house.staff("encarregado", "registry")
    signed_on = await house.signed_on(life)
    until = signed_on.replace(year=signed_on.year + 20).strftime("%d/%m/%Y")

    async def held() -> bool:
        kept = await refused(officer.post(f"/people/{life.person_id}/erasure"))
        assert (kept.status, kept.code) == (409, "erasure-refused")
        expected = [
            "Há inscrição ativa em contrato: os dados são necessários para executá-lo.",
            f"Há declaração de saúde assinada: a guarda é obrigatória até {until}.",
        ]
        return bool(kept.body["reasons"] == expected)

    await house.until(held, "guarda da declaração")
    acts = [one["action"] for one in await house.trail(life.person_id, "registry")]
    assert "erasure.refused" in acts
    assert (await officer.get(f"/people/{life.person_id}/export"))["person"]["cpf"]


@pytest.mark.shows("B24", "M039")
async def test_an_erased_person_is_readable_nowhere_and_the_proofs_still_hold(
    house: House,
) -> None:
    life = await withdrew(house)
    registry, officer = (
        house.staff("integracao", "registry"),
        house.staff("encarregado", "registry"),
    )
    end = {"reason": "cancelled", "ended_on": house.today.isoformat()}
    await registry.post(f"/enrolments/{life.enrolment_id}/end", end)
    acts = [one["action"] for one in await house.sealed(life.declaration_id)]
    await officer.post(f"/people/{life.person_id}/erasure")
    await life.soon(life.person_id, ERASED)
    assert (await refused(officer.get(f"/people/{life.person_id}"))).status == 410
    key = "select wrapped, destroyed_at from person_key where tenant_id = $1 and person_id = $2"
    [kept] = await rows(house.admin("keyring"), key, house.tenant, life.person_id)
    assert kept["wrapped"] is None
    assert kept["destroyed_at"] is not None

    stack, words = house.world.stack, [NAME, MOTHER, SECRET, str(life.person.body["cpf"])]
    process = f"{HD}/{house.tenant}/{life.declaration_id}"
    places = [
        await leaks.dumped_rows(stack, house.tenant),
        await leaks.logged_messages(stack, house.tenant),
        await leaks.history(stack, process),
    ]
    for place in places:
        assert leaks.holding(place, words) == {}
    # The finder finds what must be there: ids are no secret.
    for place, control in zip(places, (life.person_id, life.person_id, "Declaration"), strict=True):
        assert control in leaks.holding(place, [control])
    for service in (HD, "registry"):
        assert (await house.chain(service))["broken_at"] is None
    assert [one["action"] for one in await house.sealed(life.declaration_id)][: len(acts)] == acts
    assert any(
        one["action"] == "person.erased" for one in await house.trail(life.person_id, "registry")
    )
