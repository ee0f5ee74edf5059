"""The same person written in another way, and people who only look alike."""

from dataclasses import replace
from datetime import date

import pytest

from contracts.values import Council
from services.registry.rules.identity import (
    Comparison,
    Identity,
    Likeness,
    compare,
    joined,
)

KNOWN = Identity(
    name="Maria Aparecida de Souza",
    birth_on=date(1980, 5, 17),
    cpf="52998224725",
    cns="752601815908302",
    mother="Joana de Souza",
)
SAME, BORN = "Maria A. Souza", date(1980, 5, 17)
OTHER_NAME, OTHER_BIRTH, OTHER_CPF = "Rita Lima", date(1990, 1, 1), "11144477735"
L, P, N = Likeness.LINK, Likeness.POSSIBLE, Likeness.NEW


@pytest.mark.parametrize(
    ("incoming", "likeness"),
    [
        (Identity(name=SAME, birth_on=BORN, cpf="52998224725"), L),
        (Identity(name=OTHER_NAME, birth_on=BORN, cpf="52998224725"), L),
        (Identity(name=SAME, birth_on=OTHER_BIRTH, cpf="52998224725"), L),
        (Identity(name=OTHER_NAME, birth_on=OTHER_BIRTH, cpf="52998224725"), P),
        (Identity(name=SAME, birth_on=BORN, cns="752601815908302"), L),
        (Identity(name=OTHER_NAME, birth_on=BORN, cns="752601815908302"), L),
        (Identity(name=OTHER_NAME, birth_on=OTHER_BIRTH, cns="752601815908302"), P),
        (Identity(name=SAME, birth_on=BORN, cpf=OTHER_CPF, cns="752601815908302"), P),
        (Identity(name=OTHER_NAME, birth_on=BORN, cpf=OTHER_CPF, cns="752601815908302"), N),
        (Identity(name=SAME, birth_on=BORN, cpf=OTHER_CPF, mother="Joana Souza"), P),
        (Identity(name=SAME, birth_on=BORN, cpf=OTHER_CPF, mother="Rosa Lima"), N),
        (Identity(name=SAME, birth_on=BORN, cpf=OTHER_CPF), N),
        (Identity(name=SAME, birth_on=BORN), P),
        (Identity(name=SAME, birth_on=BORN, mother="Joana Souza"), P),
        (Identity(name="MARIA APARECIDA SOUZA", birth_on=BORN, mother="Joana Souza"), L),
        (Identity(name="MARIA APARECIDA SOUZA", birth_on=BORN, mother="Rosa Lima"), P),
        (Identity(name=SAME, birth_on=OTHER_BIRTH), N),
        (Identity(name=OTHER_NAME, birth_on=BORN), N),
        (Identity(name=OTHER_NAME, birth_on=BORN, mother="Joana de Souza"), N),
    ],
)
def test_two_records_are_compared(incoming: Identity, likeness: Likeness) -> None:
    assert compare(KNOWN, incoming).likeness is likeness
    assert compare(incoming, KNOWN).likeness is likeness


def test_two_records_without_documents_do_not_share_them() -> None:
    bare = replace(KNOWN, cpf=None, cns=None, mother=None)
    assert compare(bare, replace(bare, name=SAME)) == Comparison(
        P, ("mesmo nome, escrito igual ou de outra forma", "mesma data de nascimento")
    )


def test_the_reasons_are_told() -> None:
    assert compare(KNOWN, KNOWN).reasons == (
        "mesmo CPF",
        "mesmo CNS",
        "mesmo nome, escrito igual ou de outra forma",
        "mesma data de nascimento",
        "mesma mãe",
    )
    stranger = Identity(name=OTHER_NAME, birth_on=OTHER_BIRTH, cpf=OTHER_CPF)
    assert compare(KNOWN, stranger).reasons == (
        "CPF diferente",
        "nome diferente",
        "data de nascimento diferente",
    )


PR, SP, NOWHERE = (Council("CRM", "12345", uf) for uf in ("PR", "SP", None))
DENTIST, NURSE = Council("CRO", "12345", "PR"), Council("COREN", "777", "PR")
DOCTOR = Identity(name=KNOWN.name, birth_on=BORN, cpf=KNOWN.cpf, councils=(NURSE, PR))
BARE = Identity(name=SAME, birth_on=BORN, councils=(PR,))


@pytest.mark.parametrize(
    ("incoming", "likeness"),
    [
        (BARE, L),
        (replace(BARE, birth_on=OTHER_BIRTH), L),
        (replace(BARE, name=OTHER_NAME), P),
        (replace(BARE, name=OTHER_NAME, birth_on=OTHER_BIRTH), P),
        (replace(BARE, councils=(NOWHERE,)), L),
        (replace(BARE, councils=(NOWHERE,), birth_on=OTHER_BIRTH), P),
        (replace(BARE, councils=(NOWHERE,), name=OTHER_NAME), P),
        (replace(BARE, councils=(NOWHERE,), name=OTHER_NAME, birth_on=OTHER_BIRTH), N),
        (replace(BARE, councils=(SP,), birth_on=OTHER_BIRTH), N),
        (replace(BARE, councils=(DENTIST,), birth_on=OTHER_BIRTH), N),
        (replace(BARE, councils=(SP, NURSE), birth_on=OTHER_BIRTH), L),
        (replace(BARE, cpf=OTHER_CPF), P),
        (replace(BARE, cpf=OTHER_CPF, name=OTHER_NAME, birth_on=OTHER_BIRTH), P),
        (replace(BARE, cpf=OTHER_CPF, councils=(NOWHERE,)), P),
        (replace(BARE, cpf=OTHER_CPF, councils=(NOWHERE,), birth_on=OTHER_BIRTH), N),
        (replace(BARE, cpf=KNOWN.cpf, councils=(SP,)), L),
        (replace(BARE, cpf=KNOWN.cpf, name=OTHER_NAME, birth_on=OTHER_BIRTH), P),
    ],
)
def test_professionals_are_compared_by_their_registers(
    incoming: Identity, likeness: Likeness
) -> None:
    assert compare(DOCTOR, incoming).likeness is likeness
    assert compare(incoming, DOCTOR).likeness is likeness


def test_a_register_without_state_on_either_side_is_told_so() -> None:
    assert compare(DOCTOR, BARE).reasons[0] == "mesmo CRM"
    without = replace(BARE, councils=(NOWHERE,))
    told = "mesmo número de CRM, um deles sem a UF"
    assert compare(DOCTOR, without).reasons[0] == told
    assert compare(without, without).reasons[0] == told


def test_registers_join_and_a_state_that_was_missing_is_filled_in() -> None:
    assert joined((NOWHERE, NURSE), (PR,)) == (NURSE, PR)
    assert joined((PR,), (NOWHERE,)) == (PR,)
    assert joined((PR,), (SP, PR)) == (PR, SP)
    assert joined((NOWHERE,), (NOWHERE,)) == (NOWHERE,)
