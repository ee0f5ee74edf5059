"""What leaves for a partner, encrypted for the public key that partner registered."""

from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

_CONTENT = "A256GCM"
_EC = "ECDH-ES+A256KW"
_RSA = "RSA-OAEP-256"
_ALLOWED = [_EC, _RSA, _CONTENT]
_CURVES = {"P-256", "P-384", "P-521"}
_SMALLEST_RSA_BITS = 2048


class UnsuitableKey(ValueError):
    """The key is malformed, too weak, or not of a kind that we encrypt for."""


class Undecipherable(ValueError):
    """Not a JWE for this key, changed on its way, or of an algorithm that we refuse."""


def encrypt_for(public_jwk: dict[str, Any], payload: bytes) -> str:
    """A compact JWE (A256GCM under ECDH-ES+A256KW or RSA-OAEP-256); raises UnsuitableKey."""
    key = _import(public_jwk)
    header = {"alg": _EC if isinstance(key, ECKey) else _RSA, "enc": _CONTENT}
    if key.kid:
        header["kid"] = key.kid
    return jwe.encrypt_compact(header, payload, key, algorithms=_ALLOWED)


def decrypt(private_jwk: dict[str, Any], token: str) -> bytes:
    """The payload of a compact JWE; raises UnsuitableKey or Undecipherable."""
    key = _import(private_jwk)
    if not key.is_private:
        raise UnsuitableKey("a private key is needed")
    try:
        plaintext = jwe.decrypt_compact(token, key, algorithms=_ALLOWED).plaintext
    except (JoseError, ValueError, TypeError):
        raise Undecipherable("not a JWE for this key") from None
    if plaintext is None:
        raise Undecipherable("empty")
    return plaintext


def check_public_key(public_jwk: dict[str, Any]) -> None:
    """Raises UnsuitableKey unless this is a public key good enough to register."""
    if _import(public_jwk).is_private:
        raise UnsuitableKey("the private part must never be sent")


def thumbprint(public_jwk: dict[str, Any]) -> str:
    """RFC 7638 thumbprint of a key good enough to register; raises UnsuitableKey."""
    check_public_key(public_jwk)
    return _import(public_jwk).thumbprint()


def _import(jwk: dict[str, Any]) -> ECKey | RSAKey:
    if jwk.get("use", "enc") != "enc":
        raise UnsuitableKey("the key is not for encryption")
    try:
        if jwk.get("kty") == "EC" and jwk.get("crv") in _CURVES:
            return ECKey.import_key(jwk)
        if jwk.get("kty") == "RSA" and _bits(jwk) >= _SMALLEST_RSA_BITS:
            return RSAKey.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        raise UnsuitableKey("the key is malformed") from None
    raise UnsuitableKey("expected EC P-256, P-384 or P-521, or RSA of 2048 bits or more")


def _bits(jwk: dict[str, Any]) -> int:
    return len(str(jwk.get("n", ""))) * 6
