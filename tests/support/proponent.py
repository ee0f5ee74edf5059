"""A proponent at their phone: reads the contacts sent to them and walks through the form."""

import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import uuid4

import httpx

from contracts.base import Event, sensitive_fields
from contracts.health_declaration.events import ContactRequested
from contracts.registry.events import BeneficiaryEnrolled, PersonRecorded
from tests.support.api import Served, envelope

BIRTH = "1990-04-12"
REGISTER = "987654"


async def hear_sealed(served: Served, event: Event) -> None:
    """Hands over a fact with its sensitive texts sealed, as the bus would."""
    body = event.model_dump(mode="json")
    keyring = served.app.state.resources.keyring
    for name in sensitive_fields(type(event)):
        if isinstance(body[name], str):
            body[name] = await keyring.seal(event.tenant_id, body["person_id"], body[name])
    await served.app.state.inbox.handle([replace(envelope(event), payload=json.dumps(body))])


async def person(
    served: Served,
    tenant: int,
    name: str = "Ana Prado",
    birth: str = BIRTH,
    person_id: str | None = None,
) -> str:
    """Somebody the registry told of."""
    recorded = PersonRecorded(
        tenant_id=tenant,
        person_id=person_id or str(uuid4()),
        revision=1,
        full_name=name,
        birth_on=date.fromisoformat(birth),
        cpf="52998224725",
    )
    await hear_sealed(served, recorded)
    return recorded.person_id


async def enrol(served: Served, tenant: int, person_id: str, **more: Any) -> str:
    """The person joined an individual contract: a declaration is due."""
    usual = {
        "enrolment_id": str(uuid4()),
        "enrolment_ref": uuid4().hex[:12],
        "contract_id": str(uuid4()),
        "contract_kind": "individual",
        "contract_signed_on": date(2026, 1, 1),
        "contract_lives": 1,
        "role": "holder",
        "requested_on": date(2026, 1, 1),
        "joining_on": date(2026, 1, 1),
    }
    enrolled = BeneficiaryEnrolled.model_validate(
        usual | more | {"tenant_id": tenant, "person_id": person_id}
    )
    await served.hear(enrolled)
    return enrolled.enrolment_id


@dataclass
class Phone:
    """One proponent, their contacts and the session of one device."""

    served: Served
    tenant: int
    respondent_id: str
    birth: str = BIRTH
    session: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def contacts(self, template: str) -> list[dict[str, str]]:
        """Words of the contacts of one template asked for this person, in order.

        Where an address was sent, `link` is its secret: what follows the "#".
        """
        facts = await self.served.facts(self.tenant, ContactRequested)
        mine = [
            fact
            for fact in facts
            if fact["person_id"] == self.respondent_id and fact["template"] == template
        ]
        sent = [await self.served.opened(self.tenant, fact, "params") for fact in mine]
        return [_with_secret(params) for params in sent]

    async def link(self, template: str = "ds.link") -> str:
        """The secret of the last link sent."""
        return (await self.contacts(template))[-1]["link"]

    async def code(self) -> str:
        """The last code sent."""
        return (await self.contacts("ds.code"))[-1]["code"]

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.served.http.post(
            f"/public{path}", json=body, headers=self.headers | headers
        )

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.served.http.put(f"/public{path}", json=body, headers=self.headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.served.http.get(f"/public{path}", headers=self.headers)

    async def knock(self, link: str | None = None, birth: str | None = None) -> httpx.Response:
        body = {"link": link or await self.link(), "birth_on": birth or self.birth}
        return await self.post("/sessions", body)

    async def open(self, link: str | None = None) -> None:
        """Link, birth date and code: the session is in the header from here on."""
        challenge = await self.knock(link)
        assert challenge.status_code == 202, challenge.text
        path = f"/sessions/{challenge.json()['challenge_id']}/confirmations"
        opened = await self.post(path, {"code": await self.code()})
        assert opened.status_code == 201, opened.text
        self.take(opened.json()["session"])

    def take(self, session: str) -> None:
        """Goes on with a session."""
        self.session = session
        self.headers = {"Vinculo-Session": session}

    async def form(self) -> dict[str, Any]:
        answer = await self.get("/declaration")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def acknowledge(self, guidance: str = "waived", **more: Any) -> httpx.Response:
        body = read(await self.form()) | {"guidance": guidance} | more
        return await self.post("/declaration/letter", body)

    async def answer_all(self, yes: tuple[str, ...] = ()) -> None:
        """No to everything but the questions named."""
        for question in (await self.form())["questions"]:
            body = answer_to(question, yes=question["id"] in yes)
            saved = await self.put(f"/declaration/answers/{question['id']}", body)
            assert saved.status_code == 200, saved.text

    async def sign(self, **headers: str) -> httpx.Response:
        """Asks for a code and signs what the form shows."""
        asked = await self.post("/declaration/signature-code")
        assert asked.status_code == 202, asked.text
        body = {"code": await self.code(), "text_hash": (await self.form())["text_hash"]}
        return await self.post("/declaration/signature", body, **headers)

    async def choose(self, choice: str) -> httpx.Response:
        """Reads the offer and answers it."""
        offer = (await self.get("/offer")).json()
        return await self.post("/offer", {"offer_id": offer["offer_id"], "choice": choice})

    async def declare(self, *yes: str) -> dict[str, Any]:
        """From the link to the receipt."""
        await self.open()
        acknowledged = await self.acknowledge()
        assert acknowledged.status_code == 200, acknowledged.text
        await self.answer_all(yes)
        signed = await self.sign()
        assert signed.status_code == 201, signed.text
        receipt: dict[str, Any] = signed.json()
        return receipt


def _with_secret(params: dict[str, str]) -> dict[str, str]:
    if "link_url" not in params:
        return params
    return params | {"link": params["link_url"].partition("#")[2]}


def read(form: dict[str, Any]) -> dict[str, Any]:
    """The versions of what the form shows to be read first."""
    return {
        "version": form["letter"]["version"],
        "privacy_version": form["privacy"]["version"],
        "terms_version": form["terms"]["version"],
    }


def answer_to(question: dict[str, Any], *, yes: bool) -> dict[str, Any]:
    """A complete answer to a question of the form."""
    if not yes:
        return {"answer": "no"}
    details = {
        one["id"]: "2019" if "ano" in one["id"] else "como informado"
        for one in question["follow_ups"]
        if one["required"]
    }
    return {"answer": "yes", "details": details}


async def invited(served: Served, tenant: int, name: str = "Ana Prado", **more: Any) -> Phone:
    """Somebody new who has just been sent a link."""
    person_id = await person(served, tenant, name)
    await enrol(served, tenant, person_id, **more)
    return Phone(served, tenant, more.get("representative_person_id") or person_id)
