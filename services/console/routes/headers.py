"""What every answer tells the browser it may do, and where orders may come from."""

from collections.abc import Mapping

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.errors import Forbidden

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""Everything from this origin, nothing inline: what somebody typed can be no program."""
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With "no-referrer" browsers would send forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class Headers:
    """Puts the headers on every answer that does not say otherwise itself."""

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers of the app, and of what stands within."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, told if scope["type"] == "http" else send)


def always(*, secure: bool) -> dict[str, str]:
    """The headers of every answer; where browsers come by https they are to go on so."""
    return ALWAYS | (HTTPS_ONLY if secure else {})


async def same_origin(request: Request) -> None:
    """403 for an order that does not come from a page of ours.

    Browsers tell the origin of every order and let no page change it; the cookie alone would be
    sent along with a stranger's form.
    """
    if request.method in ("GET", "HEAD"):
        return
    if request.headers.get("Origin") != request.app.state.settings.console_url:
        detail = "O pedido não partiu de uma página do Vínculo. Recarregue a página e repita."
        raise Forbidden("Pedido recusado", "foreign-origin", detail)
