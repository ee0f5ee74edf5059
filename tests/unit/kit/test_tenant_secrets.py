"""Secrets that tell their tenant and nothing else."""

import pytest

from kit.tenant_secrets import NO_TENANT, hashed, new_secret, tenant_of


@pytest.mark.parametrize("tenant", [1, 42, 2**31 - 1])
def test_a_secret_tells_its_tenant(tenant: int) -> None:
    assert tenant_of(new_secret(tenant)) == tenant


@pytest.mark.parametrize(
    "text", ["", ".", "abc", "1", "-1.a", "1a.b", "²1.a", "2147483648.a", "99999999999.a", " 1.a"]
)
def test_whatever_does_not_begin_with_a_tenant_is_of_none(text: str) -> None:
    assert tenant_of(text) == NO_TENANT


def test_secrets_are_long_and_never_the_same() -> None:
    drawn = {new_secret(1) for _ in range(100)}
    assert len(drawn) == 100
    assert min(map(len, drawn)) >= 2 + 43


def test_what_is_kept_of_a_secret_is_not_the_secret() -> None:
    secret = new_secret(1)
    assert hashed(secret) == hashed(secret)
    assert secret not in hashed(secret)
    assert hashed(secret) != hashed(secret + "x")
