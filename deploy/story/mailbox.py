"""Phones and mailboxes of the people: read from the raw logs of the stand-ins, nothing else."""

import asyncio
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from email import message_from_string, policy
from typing import Any

from deploy.story.http import Client

LOOK_SECONDS = 0.4
PAGE = 200
PROVIDERS = ("whatsapp", "smtp")
CODE = re.compile(r"\b\d{6}\b")
LINK = re.compile(r"#([0-9]+\.[A-Za-z0-9_-]+)")

SUBJECTS = {
    "Seu código de confirmação": "ds_code",
    "Seu código para o atendimento": "ds_assistance_code",
    "Precisamos de documentos para a sua adesão": "ds_documents_request",
    "Um passo presencial da sua adesão": "ds_exam_request",
    "Escolha o horário da sua entrevista": "ds_interview_offer",
    "Sua adesão ao plano: falta a sua declaração": "ds_link",
    "Seu novo endereço de acesso": "ds_link_renewed",
    "Entrevista marcada": "ds_interview_booked",
    "Seu termo assinado": "ds_term_signed",
    "Suas opções de adesão estão prontas": "ds_offer",
    "Sua declaração ainda não foi concluída": "ds_reminder",
    "Seu termo está pronto para leitura e assinatura": "ds_term",
}
"""A mail carries no template's name: people tell them apart by subject."""


@dataclass(frozen=True)
class Mail:
    """One message as a person sees it, and the tenant and try it was sent under."""

    provider: str
    recipient: str
    reference: str
    template: str
    link: str | None
    code: str | None
    tenant: str = ""
    number: int = 0
    """Its place among all that was sent, by whatever channel."""


class Mailbox:
    """Looks into the raw logs while somebody waits; keeps all that came, by recipient."""

    def __init__(self, driver: Client) -> None:
        self._driver = driver
        self._since = dict.fromkeys(PROVIDERS, 0)
        self._mails: defaultdict[str, list[Mail]] = defaultdict(list)
        self._news = asyncio.Condition()
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._waiters = 0

    async def open(self) -> None:
        """Skips what was sent before the story began."""
        await self.look()
        self._mails.clear()
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stops looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            if self._waiters:
                await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Reads what came since the last look."""
        async with self._looking:
            came = [await self._from(provider) for provider in PROVIDERS]
        if any(came):
            async with self._news:
                self._news.notify_all()

    async def _from(self, provider: str) -> bool:
        came = False
        while True:
            since = self._since[provider]
            page = await self._driver.get(f"/raw/{provider}?since_id={since}&limit={PAGE}")
            for item in page["items"]:
                self._take(item)
                self._since[provider] = int(item["id"])
                came = True
            if len(page["items"]) < PAGE:
                return came

    def _take(self, item: dict[str, Any]) -> None:
        if item["accepted"] and ours(item):
            mail = read(item)
            self._mails[mail.recipient].append(mail)

    def of(self, address: str) -> list[Mail]:
        """All that came to an address, in order."""
        return self._mails[_bare(address)]

    def newest(self, addresses: tuple[str, ...]) -> Mail | None:
        """The last message with a link that came to a person, by any channel."""
        every = [mail for a in addresses for mail in self.of(a) if mail.link]
        return max(every, key=lambda mail: mail.number, default=None)

    @property
    def every(self) -> list[Mail]:
        """All that came to anybody."""
        return [mail for mails in self._mails.values() for mail in mails]

    async def until(self, addresses: tuple[str, ...], template: str, count: int) -> Mail:
        """The `count`-th message of a template to one of a person's addresses."""
        self._waiters += 1
        try:
            while True:
                found = [m for a in addresses for m in self.of(a) if m.template == template]
                if len(found) >= count:
                    return found[count - 1]
                async with self._news:
                    await self._news.wait()
        finally:
            self._waiters -= 1


def ours(item: dict[str, Any]) -> bool:
    """Whether the contact service sent it: a stand-in takes messages of other customers too."""
    if item["provider"] != "whatsapp":
        return True
    return bool(json.loads(item["body"]).get("biz_opaque_callback_data"))


def read(item: dict[str, Any]) -> Mail:
    """A raw request as the person would see it."""
    return _whatsapp(item) if item["provider"] == "whatsapp" else _smtp(item)


def _whatsapp(item: dict[str, Any]) -> Mail:
    body = json.loads(item["body"])
    template = body["template"]
    parameters = [p for part in template["components"] for p in part["parameters"]]
    values = {p["parameter_name"]: p["text"] for p in parameters}
    tenant, _, reference = str(body.get("biz_opaque_callback_data", "")).rpartition(".")
    found = LINK.search(values.get("link_url", ""))
    return Mail(
        "whatsapp",
        _bare(body["to"]),
        reference,
        re.sub(r"_v\d+$", "", template["name"]),
        found.group(1) if found else None,
        values.get("code"),
        tenant,
        int(item["id"]),
    )


def _smtp(item: dict[str, Any]) -> Mail:
    mail = message_from_string(item["body"], policy=policy.default)
    part = mail.get_body(("plain",))
    text = part.get_content() if part is not None else ""
    link, code = LINK.search(text), CODE.search(text)
    return Mail(
        "smtp",
        _bare(item["recipient"]),
        str(mail["Message-ID"]).strip("<>").partition("@")[0],
        SUBJECTS.get(str(mail["Subject"]), str(mail["Subject"])),
        link.group(1) if link else None,
        code.group(0) if code and not link else None,
        item["recipient"].partition("@")[0].rpartition(".")[2],
        int(item["id"]),
    )


def _bare(address: str) -> str:
    return address if "@" in address else "".join(filter(str.isdigit, address))
