"""What RFC 6749, RFC 7636 and OpenID Connect have an issuer check, as pure decisions."""

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

ASKED = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class OAuthError(Exception):
    """A refusal by one of the codes that RFC 6749 gives."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Asked:
    """What a client's page asks of the authorization endpoint, whole or not."""

    response_type: str = ""
    client_id: str = ""
    redirect_uri: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""

    def known_way_back(self, redirects: Mapping[str, Collection[str]]) -> bool:
        """Whether the client registered this very address: where not, nobody is sent there."""
        return self.redirect_uri in redirects.get(self.client_id, ())

    def error(self) -> str:
        """The code to send back with, empty where all is well."""
        if self.response_type != "code":
            return "unsupported_response_type"
        if "openid" not in self.scope.split():
            return "invalid_scope"
        proven = self.code_challenge_method == "S256" and _CHALLENGE.fullmatch(self.code_challenge)
        return "" if proven else "invalid_request"


def proves(verifier: str, challenge: str) -> bool:
    """Whether a verifier is the one whose challenge was told beforehand."""
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(expected, challenge)
