"""The WhatsApp stand-in is what a client written by others takes for Meta's own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Request
from pywa import WhatsApp
from pywa.errors import MessageUndeliverable, WhatsAppError
from pywa.handlers import MessageStatusHandler
from pywa.types import MessageStatus, MessageStatusType
from pywa.types.templates import TemplateLanguage
from sqlalchemy import text

from services.sandbox import app as sandbox_app
from services.sandbox.models import NO_TENANT
from services.sandbox.usecases import raw
from tests.support.bench import bearer, bench, free_port, sandbox_files, served, until
from tests.support.postgres import Postgres

SECRET = "app-secret"  # noqa: S105 (the stand-in of this test alone has it)
DRIVER = bearer(3, "sandbox_driver")


class Redirect(httpx.HTTPTransport):
    """Takes what pywa sends to graph.facebook.com to the stand-in."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = f"/whatsapp{request.url.path}"
        request.url = request.url.copy_with(
            scheme="http", host="127.0.0.1", port=self._port, path=path
        )
        return super().handle_request(request)


@dataclass
class Hook:
    """A business's webhook: keeps what was posted, refuses the first ones if told to."""

    posted: list[tuple[bytes, str]] = field(default_factory=list)
    refuse: int = 0

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/webhooks/whatsapp")
        async def take(request: Request) -> None:
            if self.refuse:
                self.refuse -= 1
                raise HTTPException(503)
            body = await request.body()
            self.posted.append((body, request.headers["X-Hub-Signature-256"]))

        return app


@dataclass
class StandIn:
    client: httpx.AsyncClient
    port: int
    hook: Hook
    app: FastAPI
    sessions: list[httpx.Client] = field(default_factory=list)

    def pywa(self, bearer: str = "good") -> WhatsApp:
        session = httpx.Client(transport=Redirect(self.port))
        self.sessions.append(session)
        return WhatsApp(
            phone_id="111",
            token=bearer,
            session=session,
            app_secret=SECRET,
            filter_updates=False,
        )

    async def raw(self, since_id: int = 0) -> list[dict[str, object]]:
        answer = await self.client.get(
            "/raw/whatsapp", params={"since_id": since_id}, headers=DRIVER
        )
        return list(answer.json()["items"])

    async def behave(self, recipient: str, mode: str, times: int = 0) -> None:
        body = {"recipient": recipient, "mode": mode, "times": times}
        answer = await self.client.post("/whatsapp-mode", json=body, headers=DRIVER)
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
async def stand_in(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[StandIn]:
    port, hook_port, hook = free_port(), free_port(), Hook()
    database = await bench(postgres, "sandbox")
    with pytest.MonkeyPatch.context() as patch:
        files = sandbox_files(tmp_path_factory.mktemp("sandbox"))
        for name, value in (database.environment | files).items():
            patch.setenv(name, value)
        patch.setenv("VINCULO_CONTACT_URL", f"http://127.0.0.1:{hook_port}")
        patch.setenv("VINCULO_WHATSAPP_TOKEN", "good")
        patch.setenv("VINCULO_WHATSAPP_PHONE_NUMBER_ID", "111")
        patch.setenv("VINCULO_WHATSAPP_APP_SECRET", SECRET)
        patch.setenv("VINCULO_LOST_SECONDS", "3")
        app = sandbox_app.create()
    async with served(hook.app(), hook_port), served(app, port) as client:
        made = StandIn(client, port, hook, app)
        yield made
        for session in made.sessions:
            session.close()


async def test_pywa_sends_a_text_and_takes_the_signed_reports(stand_in: StandIn) -> None:
    told: list[tuple[str, str | None]] = []
    client = stand_in.pywa()
    client.add_handlers(_status_handler(told))
    sent = await asyncio.to_thread(
        client.send_message, to="5541999990001", text="Olá", tracker="7.attempt"
    )
    for body, signature in await until(lambda: _reported(stand_in, sent.id)):
        assert client.webhook_update_validator(body, signature) is None
        assert client.webhook_update_validator(body + b" ", signature) is not None
        client.webhook_update_handler(body)
    assert sent.id.startswith("wamid.")
    await until(lambda: _value(len(told) >= 2))
    assert [kind for kind, _ in told] == [MessageStatusType.SENT, MessageStatusType.DELIVERED]
    assert {tracker for _, tracker in told} == {"7.attempt"}


async def test_pywa_sends_a_template(stand_in: StandIn) -> None:
    message = await asyncio.to_thread(
        stand_in.pywa().send_template,
        to="5541999990002",
        name="ds_code_v1",
        language=TemplateLanguage.PORTUGUESE_BR,
        params=[],
    )
    assert message.id.startswith("wamid.")


async def test_a_wrong_token_is_refused_as_graph_does(stand_in: StandIn) -> None:
    with pytest.raises(WhatsAppError) as refusal:
        await asyncio.to_thread(stand_in.pywa("bad").send_message, to="5541999990003", text="Olá")
    assert refusal.value.code == 190
    assert not [r for r in await stand_in.raw() if "5541999990003" in str(r)]


async def test_bad_requests_are_told_as_graph_does(stand_in: StandIn) -> None:
    with pytest.raises(WhatsAppError) as refusal:
        await asyncio.to_thread(stand_in.pywa().send_message, to="12", text="Olá")
    assert refusal.value.code == 100
    await stand_in.behave("5541999990004", "invalid")
    with pytest.raises(MessageUndeliverable):
        await asyncio.to_thread(stand_in.pywa().send_message, to="5541999990004", text="Olá")


async def test_the_same_message_twice_is_two_messages(stand_in: StandIn) -> None:
    for _ in range(2):
        await asyncio.to_thread(stand_in.pywa().send_message, to="5541999990005", text="Olá")
    sent = [r for r in await stand_in.raw() if r["recipient"] == "5541999990005"]
    assert len(sent) == 2
    later = await stand_in.raw(since_id=int(str(sent[0]["id"])))
    assert [r["id"] for r in later if r["recipient"] == "5541999990005"] == [sent[1]["id"]]


async def test_a_request_that_commits_late_is_not_passed_over(stand_in: StandIn) -> None:
    begin = stand_in.app.state.begin

    async def keep(recipient: str) -> None:
        async with begin(NO_TENANT) as tx:
            await raw.keep(tx, "whatsapp", recipient, "{}")

    async def waits() -> bool:
        async with begin(NO_TENANT) as tx:
            waiting = await tx.session.execute(text("select 1 from pg_locks where not granted"))
            return waiting.first() is not None

    async with begin(NO_TENANT) as tx:
        await raw.keep(tx, "whatsapp", "cedo", "{}")
        later = asyncio.create_task(keep("tarde"))
        await until(waits)
    await later
    assert [one["recipient"] for one in await stand_in.raw()][-2:] == ["cedo", "tarde"]


async def test_reports_wait_for_a_receiver_that_is_down(stand_in: StandIn) -> None:
    stand_in.hook.refuse = 1
    sent = await asyncio.to_thread(stand_in.pywa().send_message, to="5541999990006", text="Olá")
    assert await until(lambda: _reported(stand_in, sent.id))
    assert stand_in.hook.refuse == 0


@pytest.mark.parametrize(("mode", "to"), [("lost", "5541999990007"), ("silent", "5541999990009")])
async def test_a_lost_answer_was_taken_all_the_same(stand_in: StandIn, mode: str, to: str) -> None:
    await stand_in.behave(to, mode, times=1)
    with pytest.raises(httpx.ReadTimeout):
        await stand_in.client.post(
            "/whatsapp/v20.0/111/messages",
            json={
                "messaging_product": "whatsapp",
                "to": to,
                "type": "text",
                "text": {"body": "Olá"},
            },
            headers={"Authorization": "Bearer good"},
            timeout=httpx.Timeout(30, read=0.5),
        )
    sent = await until(lambda: _to(stand_in, to))
    assert [r["accepted"] for r in sent] == [True]


async def _to(stand_in: StandIn, recipient: str) -> list[dict[str, object]]:
    return [r for r in await stand_in.raw() if r["recipient"] == recipient]


def _status_handler(told: list[tuple[str, str | None]]) -> MessageStatusHandler:
    def take(_: WhatsApp, status: MessageStatus) -> None:
        told.append((status.status, status.tracker))

    return MessageStatusHandler(take)


async def _reported(stand_in: StandIn, message_id: str) -> list[tuple[bytes, str]]:
    """What brought both reports of a message, together or apart, once the second is there."""
    found = [post for post in stand_in.hook.posted if message_id in post[0].decode()]
    return found if any(b"delivered" in body for body, _ in found) else []


async def _value(value: object) -> object:
    return value
