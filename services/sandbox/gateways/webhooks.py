"""Meta's side of the webhook: signed reports, repeated until they are received."""

import hashlib
import hmac

import httpx


def signature(app_secret: str, payload: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(app_secret.encode(), payload, hashlib.sha256).hexdigest()


class Webhook:
    """Posts reports to the URL that the business registered."""

    def __init__(self, http: httpx.AsyncClient, url: str, app_secret: str) -> None:
        self._http = http
        self._url = url
        self._secret = app_secret

    async def post(self, payload: bytes) -> bool:
        """Whether the receiver took it; anything but a 2xx is repeated later."""
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": signature(self._secret, payload),
        }
        try:
            answer = await self._http.post(self._url, content=payload, headers=headers)
        except httpx.TransportError:
            return False
        return answer.is_success
