"""Addresses of parties outside: where our requests may go, and no way round to what lies inside."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def outside(url: str) -> str:
    """A provider's address: a name by TLS, or a stand-in on this machine or beside us.

    ValueError for anything else: an address by number may be that of what serves a cloud's
    credentials, and a name before the host hides which host it is.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    beside = _is_loopback(host) or ("." not in host and not _is_number(host))
    plain = parts.scheme == "http" and beside
    named = parts.scheme == "https" and not _is_number(host)
    if url and (not host or "@" in parts.netloc or not (plain or named)):
        raise ValueError("o endereço de um provedor é https e tem nome")
    return url


OutsideUrl = Annotated[str, AfterValidator(outside)]


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        # As some resolvers read them: 2852039166 and 0xa9fea9fe are 169.254.169.254.
        return host.rpartition(".")[2].startswith(tuple("0123456789"))
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
