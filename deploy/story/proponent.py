"""A proponent at their phone: link, code, letter, answers, signature, and what comes after."""

import asyncio
import secrets
from collections import Counter
from dataclasses import dataclass, field
from itertools import batched
from typing import Any

from deploy.story.http import Client, Refused
from deploy.story.mailbox import Mail
from deploy.story.people import Person
from deploy.story.world import World

TRIES = 6
PATIENCE_SECONDS = 400.0
STEP = 9
"""Questions on one page of the form."""
PUBLIC = "/public/declaration"


@dataclass
class Phone:
    """One person's phone; it remembers which messages it has read and which codes it asked for."""

    world: World
    person: Person
    read: Counter[str] = field(default_factory=Counter)
    challenges: list[str] = field(default_factory=list)
    session: Client | None = None
    assisted: bool = False
    """An employee types in this session: what is chosen in it needs a code."""
    link: str = ""

    @property
    def api(self) -> Client:
        """The open session."""
        if self.session is None:
            raise LookupError(f"{self.person.ref}: sem sessão")
        return self.session

    async def next(self, template: str, patience: float | None = PATIENCE_SECONDS) -> Mail:
        """The next unread message of a template; without patience it may take days."""
        self.read[template] += 1
        count = self.read[template]
        try:
            async with asyncio.timeout(patience):
                mail = await self.world.mailbox.until(self.person.addresses, template, count)
        except TimeoutError:
            raise TimeoutError(f"mensagem {template} não veio") from None
        self.link = mail.link or self.link
        return mail

    async def code(self, challenge: dict[str, Any]) -> str:
        """The code that belongs to a challenge; the one just sent serves for the same challenge."""
        if challenge["challenge_id"] not in self.challenges:
            self.challenges.append(challenge["challenge_id"])
            return (await self.next("ds_code")).code or ""
        place = self.challenges.index(challenge["challenge_id"]) + 1
        mail = await self.world.mailbox.until(self.person.addresses, "ds_code", place)
        return mail.code or ""

    async def open(self, template: str = "ds_link") -> None:
        """Reads the message that brings a link and comes in with it."""
        if template:
            await self.next(template)
        for left in reversed(range(TRIES)):
            challenge = await self._knock_with_newest()
            path = f"/public/sessions/{challenge['challenge_id']}/confirmations"
            code = await self.code(challenge)
            try:
                opened = await self.world.public().post(path, {"code": code})
            except Refused:
                # An answer lost on the way has spent the code: ask for another.
                if not left:
                    raise
                continue
            self.take(opened["session"])
            return

    async def _knock_with_newest(self) -> dict[str, Any]:
        """A link replaced a moment ago opens nothing: the message with the new one is coming."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                self.link = self.newest() or self.link
                try:
                    return await self.knock()
                except Refused as refusal:
                    if refusal.code != "link-expired":
                        raise
                await self.world.mailbox.look()
                await asyncio.sleep(0.5)

    def newest(self) -> str | None:
        """The link that came last: it replaced the others."""
        every = self.world.mailbox.newest(self.person.addresses)
        return every.link if every else None

    async def knock(self) -> dict[str, Any]:
        """Link and birth date; the code goes to the person."""
        body = {"link": self.link, "birth_on": self.person.respondent["birth_on"]}
        challenge: dict[str, Any] = await self.world.public().post("/public/sessions", body)
        return challenge

    def take(self, session: str, *, assisted: bool = False) -> None:
        """Goes on with a session."""
        self.assisted = assisted
        base = self.world.stack.url("health_declaration")
        bearer = {"Vinculo-Session": session}
        self.session = Client(self.world.wire, base, bearer, self.person.ref)

    async def acknowledge(self, guidance: str = "waived", **more: Any) -> list[dict[str, Any]]:
        """Reads the letter and accepts it; the questions that follow."""
        form = await self.api.get(PUBLIC)
        body = {
            "version": form["letter"]["version"],
            "privacy_version": form["privacy"]["version"],
            "terms_version": form["terms"]["version"],
            "guidance": guidance,
        } | more
        await self.api.post(f"{PUBLIC}/letter", body)
        questions: list[dict[str, Any]] = form["questions"]
        return questions

    async def answer(self, questions: list[dict[str, Any]], yes: tuple[str, ...]) -> None:
        """Answers each question: the first by itself as it is typed, the others step by step."""
        given = {one["id"]: answer_to(one, one["id"] in yes) for one in questions}
        names = list(given)
        await self.api.put(f"{PUBLIC}/answers/{names[0]}", given[names[0]])
        for step in batched(names[1:], STEP):
            await self.api.put(f"{PUBLIC}/answers", {"answers": {one: given[one] for one in step}})

    async def sign(self, traceparent: str | None = None) -> dict[str, Any]:
        """Signs the text that the form shows; the receipt."""
        challenge = await self.api.post(f"{PUBLIC}/signature-code")
        code = await self.code(challenge)
        form = await self.api.get(PUBLIC)
        trace = {"traceparent": traceparent} if traceparent else {}
        self.world.signed[form["declaration_id"]] = self.world.elapsed()
        receipt: dict[str, Any] = await self.api.post(
            f"{PUBLIC}/signature", {"code": code, "text_hash": form["text_hash"]}, **trace
        )
        return receipt

    async def declare(self, yes: tuple[str, ...] = (), template: str = "ds_link") -> str:
        """From the link to the receipt; the id of the declaration."""
        if template:
            await self.next(template)
        async with self.world.phones:
            await self.open("")
            await self.answer(await self.acknowledge(), yes)
            return str((await self.sign())["declaration_id"])

    async def choose(self, choice: str) -> None:
        """Answers the offer that came."""
        await self.open("ds_offer")
        await self.answer_offer(choice)

    async def answer_offer(self, choice: str) -> None:
        """Reads the offer and answers it, in the session at hand."""
        offer = await self.api.get("/public/offer")
        body = {"offer_id": offer["offer_id"], "choice": choice}
        if self.assisted:
            body["code"] = await self.code(await self.api.post("/public/offer/code"))
        await self.api.post("/public/offer", body)

    async def sign_term(self, traceparent: str | None = None) -> dict[str, Any]:
        """Reads the term and signs it, in the session that chose it."""
        term = await self.api.get("/public/term")
        challenge = await self.api.post("/public/term/signature-code")
        code = await self.code(challenge)
        trace = {"traceparent": traceparent} if traceparent else {}
        body = {"code": code, "sha256": term["sha256"]}
        signed: dict[str, Any] = await self.api.post("/public/term/signature", body, **trace)
        return signed

    async def book(self) -> str:
        """Chooses the first time that is still free; the id of the interview."""
        async with self.world.booking:
            offer = await self.api.get("/public/slots")
            slots = offer["slots"]
            while True:
                try:
                    chosen = {"slot_id": slots[0]["slot_id"]}
                    return str((await self.api.post("/public/interview", chosen))["interview_id"])
                except Refused as refusal:
                    if refusal.code not in ("slot-taken", "slot-too-soon"):
                        raise
                    slots = refusal.body["next"]


def answer_to(question: dict[str, Any], yes: bool) -> dict[str, Any]:
    """A complete answer to a question."""
    if not yes:
        return {"answer": "no"}
    asked = [one["id"] for one in question["follow_ups"] if one["required"]]
    return {
        "answer": "yes",
        "details": {one: "2019" if "ano" in one else "conforme laudo" for one in asked},
    }


def new_trace() -> str:
    """A W3C trace context of our own, so that one act can be followed through every process."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
