"""A partner's payload: opened by its private key alone, written by a library of others' too."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, RSAKey

from kit.jwe import Undecipherable, UnsuitableKey, check_public_key, decrypt, encrypt_for

PAYLOAD = json.dumps({"cid": "M16", "until": "2028-11-01"}).encode()


def ec(curve: str = "P-256") -> ECKey:
    return ECKey.generate_key(curve, {"kid": "erp-1"})


def public(key: Any) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def private(key: Any) -> dict[str, Any]:
    return dict(key.as_dict(private=True))


@pytest.mark.parametrize("key", [ec(), ec("P-384"), ec("P-521"), RSAKey.generate_key(2048)])
def test_the_holder_of_the_private_key_opens_it(key: Any) -> None:
    check_public_key(public(key))
    token = encrypt_for(public(key), PAYLOAD)
    # Three letters would be met by chance; what is in a part lies there in base64.
    assert all(b"2028-11-01" not in urlsafe_b64decode(f"{part}==") for part in token.split("."))
    assert decrypt(private(key), token) == PAYLOAD


def test_another_key_does_not_open_it() -> None:
    token = encrypt_for(public(ec()), PAYLOAD)
    for other in (ec(), RSAKey.generate_key(2048)):
        with pytest.raises(Undecipherable):
            decrypt(private(other), token)


@pytest.mark.parametrize("part", range(5))
def test_a_changed_part_is_refused(part: int) -> None:
    key = ec()
    parts = encrypt_for(public(key), PAYLOAD).split(".")
    parts[part] = parts[part][:-2] + ("AA" if parts[part][-2:] != "AA" else "BB")
    with pytest.raises(Undecipherable):
        decrypt(private(key), ".".join(parts))


@pytest.mark.parametrize("token", ["", "a", "a.b.c.d.e", "é.é.é.é.é", "." * 4])
def test_what_is_no_jwe_is_refused(token: str) -> None:
    with pytest.raises(Undecipherable):
        decrypt(private(ec()), token)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "ECDH-ES+A128KW", "enc": "A256GCM"},
        {"alg": "ECDH-ES+A256KW", "enc": "A128CBC-HS256"},
        {"alg": "ECDH-ES", "enc": "A256GCM"},
    ],
)
def test_weaker_algorithms_are_refused(header: dict[str, str]) -> None:
    key = ec()
    token = jwe.encrypt_compact(header, PAYLOAD, key, algorithms=list(header.values()))
    with pytest.raises(Undecipherable):
        decrypt(private(key), token)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "EC"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"},
        {"kty": "oct", "k": "c2VncmVkbw"},
        {"kty": "RSA", "n": "A" * 400, "e": "AQAB", "use": "sig"},
        {"kty": "RSA", "n": 5, "e": "AQAB"},
        {"kty": "RSA", "n": "q" * 171, "e": "AQAB"},
    ],
)
def test_unsuitable_keys_are_refused(jwk: dict[str, Any]) -> None:
    with pytest.raises(UnsuitableKey):
        encrypt_for(jwk, PAYLOAD)


def test_a_partner_never_registers_its_private_key() -> None:
    with pytest.raises(UnsuitableKey):
        check_public_key(private(ec()))
