"""The operator's people at their desks: analyst, doctors, auditor, scheduler, and the clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from contracts.sandbox.events import ClockMoved
from deploy.local.seal import drawn
from services.health_declaration.app import create
from services.health_declaration.settings import HealthDeclarationSettings
from tests.support.api import Served, databases, serving
from tests.support.postgres import Postgres
from tests.support.proponent import REGISTER, Phone, invited

PASSWORD = "only-for-tests"  # noqa: S105 (a certificate made here and gone with the folder)
ROLES = {
    "ana": ("analyst",),
    "alba": ("analyst",),
    "davi": ("interviewer",),
    "dora": ("interviewer",),
    "otto": ("auditor",),
    "olga": ("auditor",),
    "both": ("analyst", "auditor", "interviewer"),
    "sara": ("scheduler",),
    "rita": ("desk",),
    "ivo": ("integration",),
    "dina": ("dpo",),
    "dino": ("dpo",),
    "raul": ("rule_owner",),
    "rosa": ("rule_owner",),
}


@asynccontextmanager
async def desk(postgres: Postgres, folder: Path, **more: str) -> AsyncIterator[Served]:
    """The service with a certificate of its own and a clock that tests may move."""
    certificate = folder / "seal.p12"
    certificate.write_bytes(drawn(PASSWORD.encode()))
    known = await databases(postgres, "health_declaration") | {
        "ans_register": REGISTER,
        "pdf_certificate_file": str(certificate),
        "pdf_certificate_password": PASSWORD,
    }
    app = create(HealthDeclarationSettings.model_validate(known | more))
    async with serving(app, postgres) as ready:
        ready.app.state.resources.clock.movable = True
        yield ready


def moved(served: Served, tenant_id: int, to: datetime) -> None:
    """The service's clock of that tenant goes on from there."""
    clock = served.app.state.resources.clock
    ahead = to - datetime.now(UTC)
    clock.obey(
        ClockMoved(
            tenant_id=tenant_id,
            offset_seconds=int(ahead / timedelta(seconds=1)) + 1,
            version=clock.version(tenant_id) + 1,
        )
    )


@dataclass
class Desk:
    """One tenant's staff."""

    served: Served
    tenant: int

    async def post(self, who: str, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.served.http.post(path, json=body, headers=self._as(who) | headers)

    async def get(self, who: str, path: str, **params: Any) -> httpx.Response:
        return await self.served.http.get(path, params=params, headers=self._as(who))

    def _as(self, who: str) -> dict[str, str]:
        return self.served.as_(self.tenant, *ROLES[who], sub=who)

    async def case(self, declaration_id: str, who: str = "ana") -> dict[str, Any]:
        answer = await self.get(who, f"/declarations/{declaration_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def act(self, who: str, declaration_id: str, what: str, **body: Any) -> httpx.Response:
        """A decision on the case as it stands now."""
        seen = body.pop("version", None) or await self.version(declaration_id)
        path = f"/declarations/{declaration_id}/{what}"
        return await self.post(who, path, {"version": seen} | body)

    async def version(self, declaration_id: str) -> int:
        """Of the list: to read the case would be noted."""
        page = await self.get("ana", "/declarations", declaration_id=declaration_id)
        version: int = page.json()["items"][0]["version"]
        return version

    async def done(self, who: str, declaration_id: str, what: str, **body: Any) -> dict[str, Any]:
        answer = await self.act(who, declaration_id, what, **body)
        assert answer.status_code in (200, 201), answer.text
        summary: dict[str, Any] = answer.json()
        return summary

    async def advance(self, declaration_id: str) -> dict[str, Any]:
        """What the process asks for, now."""
        token = self.served.issuer.token(0, ["process"], "process")
        headers = {"Authorization": f"Bearer {token}", "Vinculo-Tenant": str(self.tenant)}
        answer = await self.served.http.post(
            f"/declarations/{declaration_id}/advance",
            json={"now": self.now().isoformat()},
            headers=headers,
        )
        assert answer.status_code == 200, answer.text
        step: dict[str, Any] = answer.json()
        return step

    def now(self) -> datetime:
        moment: datetime = self.served.app.state.resources.clock.now(self.tenant)
        return moment

    def today(self) -> date:
        """The tenant's local day: in the evening it is not the day of UTC."""
        day: date = self.served.app.state.resources.clock.today(self.tenant)
        return day

    def jump(self, to: datetime) -> None:
        """The sandbox moved the clock."""
        moved(self.served, self.tenant, to)

    async def analysed(self, *yes: str, **more: Any) -> tuple[Phone, str]:
        """A signed declaration that triage sent to a person."""
        phone = await invited(self.served, self.tenant, **more)
        receipt = await phone.declare(*yes)
        declaration_id = receipt["declaration_id"]
        await self.advance(declaration_id)
        return phone, declaration_id

    async def offered(self, *confirmed: tuple[str, str], **more: Any) -> tuple[Phone, str]:
        """The same up to the offer, the phone in a session opened by the link of the offer."""
        phone, declaration_id = await self.analysed(*{q for q, _ in confirmed}, **more)
        await self.opine(declaration_id, *confirmed)
        await self.done("otto", declaration_id, "audit", decision="offer", notes="Ofertar a CPT.")
        await phone.open(await phone.link("ds.offer"))
        return phone, declaration_id

    async def restricted(self, *confirmed: tuple[str, str]) -> tuple[Phone, str]:
        """The same up to a CPT in force: it was chosen, and its term signed by code."""
        phone, declaration_id = await self.offered(*confirmed)
        assert (await phone.choose("cpt")).status_code == 200
        sha256 = (await phone.get("/term")).json()["sha256"]
        await phone.post("/term/signature-code")
        signed = await phone.post("/term/signature", {"code": await phone.code(), "sha256": sha256})
        assert signed.status_code == 201, signed.text
        return phone, declaration_id

    async def opine(self, declaration_id: str, *confirmed: tuple[str, str]) -> dict[str, Any]:
        return await self.done(
            "ana",
            declaration_id,
            "opinion",
            conclusion="preexisting",
            confirmed=[{"question_id": q, "cid": cid} for q, cid in confirmed],
            text="Doença conhecida antes da adesão.",
        )

    async def audit_trail(self, declaration_id: str, action: str) -> list[dict[str, Any]]:
        return await self.served.rows(
            "select actor, reason, details from audit"
            " where tenant_id = $1 and subject = $2 and action = $3 order by id",
            self.tenant,
            declaration_id,
            action,
        )
