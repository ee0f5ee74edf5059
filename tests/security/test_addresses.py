"""Nobody tells the product where to ask: no address is registered, and none is followed."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from deploy import openapi
from kit import tokens
from services.health_declaration.gateways import video
from services.health_declaration.gateways.video import HttpVideoRooms, NoRoom
from tests.security.attacks import attack, both
from tests.support.api import ISSUER, Issuer

INSIDE = "http://169.254.169.254/latest/meta-data"
SOUNDS = ("url", "uri", "href", "host", "endpoint", "callback")


def addresses_taken(document: dict[str, Any]) -> list[str]:
    """Where somebody may hand over an address: bodies, by every model they hold."""
    schemas = document.get("components", {}).get("schemas", {})
    found = []
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            for name, kind in _fields(route.get("requestBody", {}), schemas, set()):
                if name.lower().endswith(SOUNDS) or kind.get("format") in ("uri", "url"):
                    found.append(f"{method.upper()} {path} {name}")
    return found


def _fields(
    node: Any, schemas: dict[str, Any], seen: set[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, list):
        for one in node:
            yield from _fields(one, schemas, seen)
    if not isinstance(node, dict):
        return
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        seen.add(name)
        yield from _fields(schemas[name], schemas, seen)
    properties = node.get("properties", {})
    yield from ((field, kind) for field, kind in properties.items() if isinstance(kind, dict))
    for one in node.values():
        yield from _fields(one, schemas, seen)


@attack("SSRF por endereço de provedor")
@both
def test_no_body_of_any_service_carries_an_address_to_ask(planted: bool) -> None:
    documents = {
        process.name: json.loads(json.dumps(openapi.app_of(process).openapi()))
        for process in openapi.served()
    }
    if planted:
        schema = documents["registry.app"]["components"]["schemas"]["PersonIn"]
        schema["properties"]["callback_url"] = {"type": "string"}
    told = {
        one
        for name, document in documents.items()
        if not name.startswith("sandbox")
        for one in addresses_taken(document)
    }
    assert ("POST /people callback_url" in told) is planted
    assert planted or told == set()


class Network:
    """Answers every request, and keeps whom was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if str(request.url) == INSIDE:
            return httpx.Response(200, json={"room_id": "1", "join_url": "s", "host_url": "s"})
        return httpx.Response(307, headers={"Location": INSIDE})


@attack("SSRF por endereço de provedor")
@both
async def test_a_provider_sends_the_product_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    network, app = Network(), type("App", (), {})()
    app.state = type("State", (), {})()
    app.state.settings = type("Set", (), {"video_token": "t", "video_url": "https://video.test"})
    made = httpx.AsyncClient

    def client(**how: Any) -> httpx.AsyncClient:
        more = {"follow_redirects": True} if planted else {}
        return made(transport=httpx.MockTransport(network.answer), **how, **more)

    monkeypatch.setattr(video.httpx, "AsyncClient", client)
    now = datetime.now(UTC)
    async with video.connected(app):
        rooms: HttpVideoRooms = app.state.video
        try:
            await rooms.make(1, "key", now, now)
        except NoRoom:
            assert not planted
    assert (INSIDE in network.asked) is planted


@attack("SSRF por endereço de provedor")
@both
@pytest.mark.parametrize("header", ["jku", "x5u"])
async def test_a_token_does_not_say_where_its_keys_are(
    monkeypatch: pytest.MonkeyPatch, header: str, planted: bool
) -> None:
    network = Network()
    http = httpx.AsyncClient(transport=httpx.MockTransport(network.answer))
    verifier = tokens.Verifier(f"{ISSUER}/keys", ISSUER, "vinculo", {}, http)
    _, body, signature = Issuer().token(1, ["analyst"]).split(".")
    head = json.dumps({"alg": "RS256", "kid": "other", header: INSIDE}).encode()
    token = f"{base64.urlsafe_b64encode(head).decode().rstrip('=')}.{body}.{signature}"
    if planted:
        extract = tokens.extract_compact

        def following(given: bytes) -> Any:
            told = extract(given)
            verifier._keys._url = told.headers()[header]
            return told

        monkeypatch.setattr(tokens, "extract_compact", following)
    with pytest.raises((tokens.InvalidToken, tokens.Unavailable)):
        await verifier.verify(token)
    await verifier.aclose()
    assert (INSIDE in network.asked) is planted
