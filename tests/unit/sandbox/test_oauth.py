"""What the stand-in issuer checks before it answers anybody."""

import pytest

from services.sandbox.rules.oauth import Asked, proves

RFC_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
RFC_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
WELL = Asked(
    response_type="code",
    client_id="console",
    redirect_uri="https://console.test/volta",
    scope="openid profile",
    code_challenge=RFC_CHALLENGE,
    code_challenge_method="S256",
)


def test_the_example_of_the_rfc_proves_itself() -> None:
    assert proves(RFC_VERIFIER, RFC_CHALLENGE)


@pytest.mark.parametrize(
    ("verifier", "challenge"),
    [
        (RFC_VERIFIER, RFC_CHALLENGE[:-1] + "N"),
        (RFC_VERIFIER[:-1], RFC_CHALLENGE),
        (RFC_VERIFIER + "=", RFC_CHALLENGE),
        ("", ""),
        (RFC_CHALLENGE, RFC_CHALLENGE),
    ],
)
def test_anything_else_proves_nothing(verifier: str, challenge: str) -> None:
    assert not proves(verifier, challenge)


def test_a_whole_request_has_no_error() -> None:
    assert WELL.error() == ""


@pytest.mark.parametrize(
    ("redirects", "known"),
    [
        ({"console": ["https://console.test/volta"]}, True),
        ({"console": ["https://console.test/"]}, False),
        ({"another": ["https://console.test/volta"]}, False),
        ({}, False),
    ],
)
def test_only_the_very_address_that_the_client_registered_is_a_way_back(
    redirects: dict[str, list[str]], known: bool
) -> None:
    assert WELL.known_way_back(redirects) is known
