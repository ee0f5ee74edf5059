"""The tenant's clock, the ERP's own table, video rooms and the mail sink, asked from outside."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from kit.db import Begin
from services.sandbox import app as sandbox_app
from services.sandbox.gateways import jose
from services.sandbox.gateways.bus import Ack, Delivery
from services.sandbox.models import plumbing
from services.sandbox.settings import SandboxSettings
from services.sandbox.usecases import erp, mail
from tests.support.bench import (
    Bench,
    bearer,
    bench,
    free_port,
    sandbox_files,
    served,
    transactions_of,
)
from tests.support.postgres import Postgres

CPF = "52998224725"


@dataclass
class Sandbox:
    """The controls and, for what comes by the bus, the ERP's own steps."""

    client: httpx.AsyncClient
    begin: Begin
    bench: Bench
    key: jose.ErpKey
    smtp_port: int
    sent: int = 0

    def driver(self, tenant_id: int) -> dict[str, str]:
        return bearer(tenant_id, "sandbox_driver")

    async def mode(self, tenant_id: int, **body: object) -> None:
        answer = await self.client.post("/erp/mode", json=body, headers=self.driver(tenant_id))
        assert answer.status_code == 200, answer.text

    async def table(self, tenant_id: int) -> list[dict[str, object]]:
        answer = await self.client.get("/erp/table", headers=self.driver(tenant_id))
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def probe(self, tenant_id: int, on: date, **asked: object) -> bool:
        body = {"cpf": CPF, "on": on.isoformat(), **asked}
        answer = await self.client.post("/erp/probe", json=body, headers=self.driver(tenant_id))
        assert answer.status_code == 200, answer.text
        return bool(answer.json()["suspended"])

    async def report(self, tenant_id: int, revision: int = 1, **changes: object) -> None:
        """One delivery, as the topic would bring it, for the key that the ERP published."""
        published = (await self.client.get("/erp/key", headers=self.driver(tenant_id))).json()
        body = {
            "cpt_id": "cpt-1",
            "revision": revision,
            "enrolment_ref": "E1",
            "cpf": CPF,
            "status": "in_force",
            "cid_ranges": ["I20-I25"],
            "tuss": ["30911052"],
            "high_technology_bed": True,
            "starts_on": "2026-12-01",
            "ends_on": "2028-12-01",
            **changes,
        }
        header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
        algorithms = list(header.values())
        key = ECKey.import_key(published["jwk"])
        token = jwe.encrypt_compact(header, json.dumps(body).encode(), key, algorithms=algorithms)
        self.sent += 1
        delivery = Delivery(tenant_id, f"erp.cpt/0/{self.sent}", "cpt-1", revision, token)
        async with self.begin(tenant_id) as tx:
            await erp.receive(tx, [delivery])

    async def work(self, tenant_id: int) -> list[Ack]:
        """One round of the ERP; what it confirms."""
        async with self.begin(tenant_id) as tx:
            await erp.decide(tx, self.key, slow_seconds=60)
        async with self.begin(tenant_id) as tx:
            waiting = await erp.to_confirm(tx, late_seconds=60)
            if waiting:
                await erp.confirmed(tx, {place for place, _ in waiting})
        return [ack for _, ack in waiting]


@pytest.fixture(scope="module")
async def sandbox(
    postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Sandbox]:
    port, smtp_port, stopping = free_port(), free_port(), asyncio.Event()
    database = await bench(postgres, "sandbox")
    files = sandbox_files(tmp_path_factory.mktemp("sandbox"))
    own = {
        "VINCULO_VIDEO_TOKEN": "video",
        "VINCULO_SANDBOX_URL": f"http://127.0.0.1:{port}",
        "VINCULO_CONTACT_URL": f"http://127.0.0.1:{free_port()}",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (database.environment | files | own).items():
            patch.setenv(name, value)
        app, settings = sandbox_app.create(), SandboxSettings()
    key = jose.load(Path(files["VINCULO_ERP_KEY_FILE"]))
    async with (
        served(app, port) as client,
        transactions_of(settings, plumbing) as begin,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(mail.serve(begin, "127.0.0.1", smtp_port, stopping))
        yield Sandbox(client, begin, database, key, smtp_port)
        stopping.set()


async def test_the_clock_goes_forward_by_a_fact_and_never_back(sandbox: Sandbox) -> None:
    driver = sandbox.driver(11)
    to = datetime.now(UTC) + timedelta(days=30)
    moved = await sandbox.client.post("/clock", json={"to": to.isoformat()}, headers=driver)
    assert moved.status_code == 200, moved.text
    assert moved.json()["version"] == 1
    assert abs(moved.json()["offset_seconds"] - 30 * 86_400) <= 1

    back = {"to": (to - timedelta(hours=1)).isoformat()}
    refused = await sandbox.client.post("/clock", json=back, headers=driver)
    assert (refused.status_code, refused.json()["code"]) == (409, "clock-backwards")

    further = {"to": (to + timedelta(days=1)).isoformat()}
    assert (await sandbox.client.post("/clock", json=further, headers=driver)).status_code == 200
    facts = await sandbox.bench.facts("sandbox.clock.moved.v1", 11)
    told = [json.loads(fact["payload"]) for fact in facts]
    assert [fact["key"] for fact in facts] == ["11", "11"]
    assert [body["version"] for body in told] == [1, 2]
    assert told[1]["offset_seconds"] > told[0]["offset_seconds"]


async def test_clocks_of_tenants_are_apart_and_only_drivers_move_them(sandbox: Sandbox) -> None:
    here = await sandbox.client.get("/clock", headers=sandbox.driver(12))
    assert here.json()["version"] == 0
    to = {"to": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    refused = await sandbox.client.post("/clock", json=to, headers=bearer(12, "analyst"))
    assert refused.status_code == 403
    naive = await sandbox.client.post(
        "/clock", json={"to": "2030-01-01T00:00:00"}, headers=sandbox.driver(12)
    )
    assert naive.status_code == 422


async def test_movers_at_once_never_share_a_version(sandbox: Sandbox) -> None:
    base = datetime.now(UTC) + timedelta(days=2)

    async def move(days: int) -> int:
        body = {"to": (base + timedelta(days=days)).isoformat()}
        answer = await sandbox.client.post("/clock", json=body, headers=sandbox.driver(13))
        return answer.status_code

    codes = await asyncio.gather(*(move(days) for days in range(10)))
    facts = await sandbox.bench.facts("sandbox.clock.moved.v1", 13)
    versions = [json.loads(fact["payload"])["version"] for fact in facts]
    assert sorted(versions) == list(range(1, codes.count(200) + 1))


async def test_a_revision_is_applied_once_and_older_ones_change_nothing(sandbox: Sandbox) -> None:
    await sandbox.report(21, 1)
    await sandbox.report(21, 3, ends_on="2027-06-01")
    await sandbox.report(21, 3, ends_on="2027-06-01")
    await sandbox.report(21, 2, ends_on="2029-01-01")
    acks = await sandbox.work(21)
    assert [(ack.revision, ack.outcome) for ack in acks] == [
        (1, "applied"),
        (3, "applied"),
        (3, "applied"),
        (2, "applied"),
    ]
    (row,) = await sandbox.table(21)
    assert (row["revision"], row["applied"], row["ends_on"]) == (3, 2, "2027-06-01")
    assert await sandbox.work(21) == []
    assert await sandbox.table(22) == []


@pytest.mark.parametrize(
    ("on", "asked", "suspended"),
    [
        (date(2026, 12, 1), {"cid": "I21.4", "tuss": "30911052"}, True),
        (date(2026, 11, 30), {"cid": "I214", "tuss": "30911052"}, False),
        (date(2028, 11, 30), {"cid": "I25.9", "tuss": "30911052"}, True),
        (date(2028, 12, 1), {"cid": "I25.9", "tuss": "30911052"}, False),
        (date(2027, 1, 1), {"cid": "I26", "tuss": "30911052"}, False),
        (date(2027, 1, 1), {"cid": "I20", "tuss": "10101012"}, False),
        (date(2027, 1, 1), {"cid": "I20", "high_technology_bed": True}, True),
        (date(2027, 1, 1), {"tuss": "30911052"}, False),
    ],
)
async def test_a_probe_answers_from_the_erps_own_table(
    sandbox: Sandbox, on: date, asked: dict[str, object], suspended: bool
) -> None:
    if not await sandbox.table(23):
        await sandbox.report(23)
        await sandbox.work(23)
    assert await sandbox.probe(23, on, **asked) is suspended
    assert await sandbox.probe(24, on, **asked) is False


async def test_an_erp_that_is_down_holds_and_works_later(sandbox: Sandbox) -> None:
    await sandbox.mode(25, mode="down")
    await sandbox.report(25)
    assert await sandbox.work(25) == []
    assert await sandbox.table(25) == []
    await sandbox.mode(25, mode="up")
    assert len(await sandbox.work(25)) == 1
    assert len(await sandbox.table(25)) == 1


async def test_an_erp_that_refuses_says_why_and_takes_the_next(sandbox: Sandbox) -> None:
    await sandbox.mode(26, refuse_first=1, reason="matrícula desconhecida")
    await sandbox.report(26, 1)
    await sandbox.report(26, 2)
    assert [(a.revision, a.outcome, a.reason) for a in await sandbox.work(26)] == [
        (1, "refused", "matrícula desconhecida"),
        (2, "applied", None),
    ]
    (row,) = await sandbox.table(26)
    assert (row["revision"], row["applied"]) == (2, 1)


async def test_a_zealous_erp_confirms_twice_a_late_one_waits_a_slow_one_takes_its_time(
    sandbox: Sandbox,
) -> None:
    await sandbox.mode(27, mode="twice")
    await sandbox.report(27)
    assert len(await sandbox.work(27)) == 2
    await sandbox.mode(28, mode="late")
    await sandbox.report(28)
    assert await sandbox.work(28) == []
    assert len(await sandbox.table(28)) == 1
    await sandbox.mode(29, mode="slow")
    await sandbox.report(29)
    assert await sandbox.work(29) == []
    assert await sandbox.table(29) == []


async def test_nothing_of_a_person_lies_in_clear_in_the_sandbox(sandbox: Sandbox) -> None:
    await sandbox.report(30)
    await sandbox.work(30)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@b.example", "rosa@example.com", "Oi"
    mail.set_content("Texto")
    await aiosmtplib.send(mail, hostname="127.0.0.1", port=sandbox.smtp_port)
    dumped = ""
    for table in ("erp_report", "erp_coverage", "raw_request"):
        dumped += str(await sandbox.bench.rows(f"select * from {table}"))  # noqa: S608
    assert "cpt-1" in dumped
    # Words long enough that no ciphertext holds one by chance.
    words = (CPF, "I20-I25", "30911052", "rosa@example.com")
    assert not [word for word in words if word in dumped]


async def test_mail_is_kept_raw_as_another_client_sent_it(sandbox: Sandbox) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "op@example.com", "caio@example.com"
    mail["Subject"], mail["Message-ID"] = "Olá, atenção", "<m-1@example.com>"
    mail.set_content("Endereço: ção\n")
    errors, _ = await aiosmtplib.send(mail, hostname="127.0.0.1", port=sandbox.smtp_port)
    assert errors == {}
    answer = await sandbox.client.get("/raw/smtp", headers=sandbox.driver(1))
    kept = [r for r in answer.json()["items"] if r["recipient"] == "caio@example.com"]
    assert len(kept) == 1
    assert "<m-1@example.com>" in kept[0]["body"]
    denied = await sandbox.client.get("/raw/smtp", headers=bearer(1, "operator"))
    assert denied.status_code == 403


async def test_a_room_opens_at_its_hour_for_who_holds_the_link(sandbox: Sandbox) -> None:
    opens = datetime.now(UTC) + timedelta(hours=2)
    body = {
        "tenant_id": 31,
        "opens_at": opens.isoformat(),
        "closes_at": (opens + timedelta(hours=1)).isoformat(),
    }
    assert (await sandbox.client.post("/video/rooms", json=body)).status_code == 401
    customer = {"Authorization": "Bearer video"}
    once = customer | {"Idempotency-Key": "interview-1"}
    made = (await sandbox.client.post("/video/rooms", json=body, headers=once)).json()
    assert (await sandbox.client.post("/video/rooms", json=body, headers=once)).json() == made
    link, room = made["join_url"], f"/video/rooms/{made['room_id']}"
    token = {"token": link.partition("token=")[2]}

    assert (await sandbox.client.get(link)).status_code == 200
    early = await sandbox.client.post(f"{room}/join", params=token)
    assert (early.status_code, early.json()["code"]) == (409, "room-closed")
    stranger = await sandbox.client.post(f"{room}/join", params={"token": "x"})
    assert stranger.status_code == 403

    to = {"to": (opens + timedelta(minutes=1)).isoformat()}
    await sandbox.client.post("/clock", json=to, headers=sandbox.driver(31))
    assert (await sandbox.client.post(f"{room}/join", params=token)).status_code == 200
    assert (await sandbox.client.post(f"{room}/leave", params=token)).status_code == 200
    state = (await sandbox.client.get(room, headers=customer)).json()
    assert state["open"]
    assert [(v["who"], v["action"]) for v in state["visits"]] == [
        ("guest", "join"),
        ("guest", "leave"),
    ]
