"""A reviewer's ten attacks: each gets nowhere, and gets in once its defence is taken away."""

from collections.abc import Awaitable, Callable

import pytest

from tests.security import what_comes, who_comes
from tests.security.ground import Ground

Tried = Callable[[Ground], Awaitable[bool]]
Undefended = Callable[[pytest.MonkeyPatch], None]
ATTACKS: dict[str, tuple[Tried, Undefended]] = {
    "token of another tenant": (
        who_comes.token_of_another_tenant,
        who_comes.named_tenant_is_believed,
    ),
    "replayed link": (who_comes.replayed_link, who_comes.links_do_not_end),
    "replayed code": (who_comes.replayed_code, who_comes.codes_do_not_end),
    "forged webhook": (who_comes.forged_webhook, who_comes.signatures_are_not_checked),
    "JWT none": (who_comes.unsigned_token, who_comes.unsigned_tokens_are_known),
    "JWT algorithm swap": (
        who_comes.swapped_algorithm,
        who_comes.the_header_chooses_the_algorithm,
    ),
    "SSRF by a provider's redirect": (
        what_comes.provider_that_leads_inside,
        what_comes.redirects_are_followed,
    ),
    "SSRF by a provider's address": (
        what_comes.provider_at_an_address_inside,
        what_comes.addresses_are_not_looked_at,
    ),
    **{f"CSV formula in {name}": both for name, both in what_comes.FORMULA_FILES.items()},
    "oversized body": (what_comes.oversized_body, what_comes.bodies_are_not_counted),
    "path in a document's name": (what_comes.path_in_a_documents_name, what_comes.names_stay),
    "mass assignment": (what_comes.mass_assignment, what_comes.whatever_is_sent_is_kept),
    "time of an unknown CPF": (
        what_comes.time_of_an_unknown_cpf,
        what_comes.what_was_found_is_remembered_for_all,
    ),
}
attacks = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())


@attacks
async def test_the_attack_gets_nowhere(ground: Ground, attack: tuple[Tried, Undefended]) -> None:
    tried, _ = attack
    assert not await tried(ground)


@attacks
async def test_planted_without_its_defence_the_attack_gets_in(
    ground: Ground, attack: tuple[Tried, Undefended], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, undefended = attack
    undefended(monkeypatch)
    assert await tried(ground)
