"""Secrets of 256 random bits whose beginning tells the tenant, so that no token is needed to look
them up; kept as hashes."""

import hashlib
import secrets

SECRET_BYTES = 32
NO_TENANT = 0
_LARGEST_TENANT = 2**31 - 1
_LONGEST_NUMBER = 10


def new_secret(tenant_id: int) -> str:
    """A fresh one of the tenant."""
    return f"{tenant_id}.{secrets.token_urlsafe(SECRET_BYTES)}"


def hashed(secret: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tenant_of(secret: str) -> int:
    """The tenant a secret begins with; `NO_TENANT`, which no tenant has, when it does not."""
    number, dot, _ = secret[: _LONGEST_NUMBER + 1].partition(".")
    if dot and number.isascii() and number.isdigit() and int(number) <= _LARGEST_TENANT:
        return int(number)
    return NO_TENANT
