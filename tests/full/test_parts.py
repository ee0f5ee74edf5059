"""The parts that production runs, as their servers themselves tell of them."""

from typing import Any

from deploy.local.told import told as asked


async def test_topics_have_three_copies_two_of_which_must_hold_a_message(
    told: dict[str, Any],
) -> None:
    lines = await asked()
    assert lines[0].startswith("replicação: 3 (em dia: 3;")
    assert lines[1] == "mínimo em dia: 2"


async def test_temporal_keeps_histories_in_postgres_and_keycloak_signs(
    told: dict[str, Any],
) -> None:
    lines = await asked()
    assert lines[2] == "persistência do Temporal: postgres12, postgres12"
    assert lines[3] == f"emissor de tokens: {told['oidc']['issuer']}"
    assert "/realms/vinculo" in lines[3]
