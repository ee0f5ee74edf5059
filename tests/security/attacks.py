"""The reviewer's ten attacks by name; each is tried on the product, and with its defence out."""

import pytest

ATTACKS = (
    "token de outro tenant",
    "link repetido",
    "webhook forjado",
    "JWT none e troca de algoritmo",
    "SSRF por endereço de provedor",
    "fórmula em planilha",
    "corpo grande demais",
    "caminho no nome do documento",
    "campos a mais no corpo",
    "tempo de um CPF desconhecido",
)
PLANTED = "planted_fault"
both = pytest.mark.parametrize("planted", [False, True], ids=["defended", PLANTED])
"""The attack fails; and where its defence is taken out it succeeds, so that it is one."""


def attack(name: str) -> pytest.MarkDecorator:
    """Marks a test as one of the ten, whose name must be spelled as here."""
    assert name in ATTACKS, name
    return pytest.mark.attack(name)
