"""What somebody sends from a page that they opened before another acted: one order each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from fastapi import FastAPI
from playwright.async_api import Response

from contracts.health_declaration.process import Process
from contracts.health_declaration.tasks import TaskWanted
from kit.auth import routes_of
from services.console.gateways.upstream import Upstream
from services.console.rules.decisions import BY_SLUG
from services.console.rules.process import ACTS as OF_PROCESSES
from services.console.usecases.acts import ACTS as OF_TASKS
from services.console.usecases.administration import KINDS
from services.console.usecases.interviewing import ACTS as OF_INTERVIEWS
from tests.integration.test_console_person import enrolled
from tests.integration.test_console_resends import begun, ended
from tests.integration.test_screens_rules import drafted
from tests.support.agenda import Ward
from tests.support.console import World, changed
from tests.support.registry_data import cpf
from tests.support.screen import Screen
from tests.support.watched import in_doubt

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "/tarefas/{task_id}/{act}": tuple(OF_TASKS),
    "/tarefas/{task_id}/decisoes/{slug}": tuple(BY_SLUG),
    "/tarefas/lotes/{job_id}/{word}": ("iniciar", "cancelar"),
    "/entrevistas/{interview_id}/{act}": tuple(OF_INTERVIEWS),
    "/declaracoes/{declaration_id}/{slug}": tuple(OF_PROCESSES),
    "/administracao/{slug}/{name}": tuple(KINDS),
}
"""Addresses of which each word is an order of its own."""
_PARTS = ("{act}", "{slug}", "{word}")
SENT = """([to, typed]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = to;
  for (const [name, value] of Object.entries(typed)) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
"""The form as it stood there before: by now the page may show none of it."""
WHY = "Motivo de quem chegou depois"
STALE, HASH = {"version": "77"}, "0" * 64
LATER = "2030-05-06T09:00"


@dataclass(frozen=True)
class Late:
    """One order that comes too late: whose, from which page, where to, with what."""

    who: str
    page: str
    to: str
    typed: Mapping[str, str]


def _task(act: str, who: str = "ana", **typed: str) -> Late:
    return Late(who, "/tarefas/{open}", f"/tarefas/{{open}}/{act}", STALE | typed)


def _decided(slug: str, task: str = "open", who: str = "ana", **typed: str) -> Late:
    to = f"/tarefas/{{{task}}}/decisoes/{slug}"
    return Late(who, f"/tarefas/{{{task}}}", to, STALE | {"sure": "sim"} | typed)


def _interview(act: str, who: str = "mara", **typed: str) -> Late:
    given = STALE | {"sure": "sim"} | typed
    return Late(who, "/entrevistas/{interview}", f"/entrevistas/{{interview}}/{act}", given)


def _process(act: str) -> Late:
    given = {"version": "before", "reason": WHY, "sure": "sim"}
    return Late("ivo", "/declaracoes/{case}", f"/declaracoes/{{case}}/{act}", given)


TASKS = {
    f"/tarefas/{{task_id}}/{act}": late
    for act, late in {
        "devolver": _task("devolver"),
        "adiar": _task("adiar", how="moment", until=LATER),
        "repassar": _task("repassar", to="alba", reason=WHY),
        "desfazer": _task("desfazer"),
        "prazo": _task("prazo", "sonia", due_at=LATER, reason=WHY),
        "decisoes/documentos": _decided("documentos", items="Laudo"),
        "decisoes/entrevista": _decided("entrevista", reason=WHY),
        "decisoes/pericia": _decided("pericia", description=WHY),
        "decisoes/parecer": _decided("parecer", conclusion="no_preexisting", text=WHY),
        "decisoes/resultado": _decided("resultado", "closed", result=WHY),
        "decisoes/auditoria": _decided(
            "auditoria", "audited", "otto", decision="return", notes=WHY
        ),
        "decisoes/levantar-cpt": _decided("levantar-cpt", "audited", "otto", notes=WHY),
        "decisoes/negociacao": _decided("negociacao", "closed", outcome="reopen", notes=WHY),
        "decisoes/resposta": _decided("resposta", "asked", "diana", answer=WHY),
    }.items()
}
_TEXT = {"kind": "letter", "version": "C 9/2026", "title": "Carta"}
_LETTER = "/regras/textos/versao?tipo=letter&versao=C 9/2026"
_CHOSEN = {"alcance": "marcadas", "um.{case}": "{person}", "total": "99", "key": str(uuid4())}
LATE: Mapping[str, Late] = TASKS | {
    "/tarefas/lotes/{job_id}/iniciar": Late("ana", "/tarefas/lotes/{job}", "{ended}/iniciar", {}),
    "/entrevistas/{interview_id}/marcar": _interview("marcar", "sergio", slot_id=str(uuid4())),
    "/entrevistas/{interview_id}/falta": _interview("falta"),
    "/entrevistas/{interview_id}/telefone": _interview("telefone"),
    "/entrevistas/{interview_id}/concluir": _interview("concluir", text=WHY),
    "/cpts/{cpt_id}/levantar": Late(
        "otto", "/cpts/{cpt}", "/cpts/{cpt}/levantar", STALE | {"notes": WHY, "sure": "sim"}
    ),
    "/cpts/{cpt_id}/relatos": Late("iara", "/cpts/{applied}", "/cpts/{applied}/relatos", {}),
    "/integracoes/cpts/{cpt_id}": Late("ivo", "/integracoes", "/integracoes/cpts/{applied}", {}),
    "/regras/{slug}/revisao/publicacao": Late(
        "rosa",
        "/regras/tabela-cpt/revisao",
        "/regras/tabela-cpt/revisao/publicacao",
        {"content_hash": HASH, "lido": "sim"},
    ),
    "/regras/textos/rascunho": Late(
        "rosa",
        "/regras/textos/rascunho",
        "/regras/textos/rascunho",
        _TEXT | {"text": "Outra carta. " * 9, "seen": HASH},
    ),
    "/regras/textos/publicacao": Late(
        "rosa", _LETTER, "/regras/textos/publicacao", _TEXT | {"content_hash": HASH, "lido": "sim"}
    ),
    "/administracao/pessoas/{name}/ausencia": Late(
        "sonia",
        "/administracao/pessoas/ana",
        "/administracao/pessoas/ana/ausencia",
        STALE,
    ),
    "/declaracoes/{declaration_id}/link": Late(
        "rita", "/declaracoes/{over}", "/declaracoes/{over}/link", {"key": str(uuid4())}
    ),
    **{f"/declaracoes/{{declaration_id}}/{act}": _process(act) for act in OF_PROCESSES},
    "/declaracoes/reenvios": Late("rita", "/declaracoes", "/declaracoes/reenvios", _CHOSEN),
    "/declaracoes/reenvios/{resend_id}/continuar": Late(
        "rita", "/declaracoes/reenvios", "/declaracoes/reenvios/{stopped}/continuar", {}
    ),
    "/pessoas/{person_id}/eliminar": Late(
        "diana",
        "/pessoas/{bound}",
        "/pessoas/{bound}/eliminar",
        {"word": "ELIMINAR", "sure": "sim"},
    ),
    "/integracoes/contatos/{contact_id}": Late(
        "ivo",
        "/integracoes",
        "/integracoes/contatos/{contact}",
        {"outcome": "sent", "reason": WHY},
    ),
}
_REASONS = {
    "asks, and changes nothing": (
        "/busca",
        "/auditoria/pessoas",
        "/declaracoes/reenvios/conferir",
        "/entrevistas/{interview_id}/cids",
        "/regras/{slug}/planilha",
        "/regras/{slug}/revisao/simulacao",
        "/tarefas/lotes/nova",
        "/tarefas/novidades",
    ),
    "reads what stands there now, and that is noted": (
        "/auditoria/exportar",
        "/auditoria/revelar",
        "/pessoas/{person_id}/cpf",
        "/pessoas/{person_id}/exportar",
    ),
    "touches what is one's own: a draft, a session, likes, where one looks": (
        "/entrevistas/{interview_id}/rascunho",
        "/entrevistas/{interview_id}/rascunho/descartar",
        "/preferencias",
        "/sair",
        "/sessao",
        "/tarefas/{task_id}/presenca",
        "/tarefas/{task_id}/rascunhos/{slug}",
        "/tarefas/{task_id}/rascunhos/{slug}/descartar",
    ),
    "makes something new, which nobody had before": ("/tarefas/lotes", "/tarefas/visoes"),
    "done twice, by whomever, it is done once": (
        "/declaracoes/reenvios/{resend_id}/parar",
        "/entrevistas/horarios",
        "/pessoas/{person_id}/revogar",
        "/tarefas/lotes/{job_id}/cancelar",
    ),
    "the last key that was pasted holds": ("/integracoes/chaves",),
    "what it was told stands in its own part of a page that is answered": (
        "/entrevistas/{interview_id}/sala",
        "/integracoes/paradas",
    ),
}
ALONE: Mapping[str, str] = {order: why for why, orders in _REASONS.items() for order in orders}
"""Why an order has no page of a conflict: it meets nobody who was there before."""


def orders_of(app: FastAPI) -> set[str]:
    """Every address that something is sent to, each word that it takes on its own."""
    found = set()
    for route in routes_of(app):
        if "POST" in (getattr(route, "methods", None) or ()):
            words = FAMILIES.get(route.path)
            found |= {_named(route.path, word) for word in words} if words else {route.path}
    return {path for path in found if not path.startswith("/ops/")}


def _named(path: str, word: str) -> str:
    part = next(part for part in _PARTS if part in path)
    return path.replace(part, word)


async def arrived_late(screen: Screen, to: str, typed: Mapping[str, str]) -> Response:
    """Sends it from the page that is open, and waits for the page that answers."""

    def there(url: str) -> bool:
        return urlsplit(url).path == to

    async with screen.page.expect_navigation(url=there) as arrived:
        await screen.page.evaluate(SENT, [to, dict(typed)])
    answer = await arrived.value
    assert answer is not None
    return answer


@contextmanager
def at_the_desk(console: World) -> Iterator[None]:
    """Within it the desk tells of a process that others paused meanwhile."""
    told = Process(process_id="p", run_id="r", status="running", state=None)

    def tell(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=told.model_dump(mode="json"))

    transport = httpx.MockTransport(tell)
    http = httpx.AsyncClient(base_url="https://desk.test", transport=transport)
    apis = replace(console.console.app.state.apis, desk=Upstream("A mesa dos processos", http))
    with changed(console.console.app.state, "apis", apis):
        yield


async def moved_on(ward: Ward, job: str) -> dict[str, str]:
    """What has moved on by the time somebody sends their form, by name."""
    console, tenant = ward.console, ward.tenant
    _, analysed, person_id = await ward.declared("Davi Luz")
    cpt_id, closed, restricted = await ward.restricted("Eva Reis")
    query = "update cpt set erp_status = 'applied' where cpt_id = $1"
    await console.declarations.rows(query, cpt_id)
    asked, over = await _settled(ward)
    audit = {"queue": "ds.audit", "form": "audit", "skill": "ds.audit", "subject_id": closed}
    bound = {"full_name": "Hugo Paz", "birth_on": "1980-01-01", "cpf": cpf(7_777)}
    named = {
        "open": await console.task(tenant, person_id, subject_id=analysed),
        "closed": await console.task(tenant, restricted, subject_id=closed),
        "audited": await console.task(tenant, restricted, **audit),
        "asked": asked,
        "over": over,
        "applied": cpt_id,
        "bound": await enrolled(console, tenant, bound),
        "contact": await in_doubt(console, tenant, person_id, "failed"),
    }
    ana, rita, raul = [await ward.browser(who) for who in ("ana", "rita", "raul")]
    taken = await ana.post(f"/tarefas/{named['open']}/assumir", {"version": "1"})
    assert taken.status == 200, taken.text
    given: dict[str, Any] = {"alcance": "marcadas", f"um.{closed}": restricted}
    resend = await begun(rita, **given)
    path = resend.answer.request.url.path
    await rita.post(f"{path}/parar")
    await ana.post(f"{job}/cancelar")
    await drafted(console, tenant, "raul")
    letter = _TEXT | {"text": "Uma carta de quem veio antes. " * 3}
    assert (await raul.post("/regras/textos/rascunho", letter)).status == 303
    return named | {"stopped": path.rpartition("/")[2], "ended": job}


async def _settled(ward: Ward) -> tuple[str, str]:
    """The task of what somebody asked of their own data, answered by now; their case, over."""
    phone, case_id, _ = await ward.declared("Gil Sá")
    await phone.open()
    body = {"kind": "correction", "text": "Meu nome é outro."}
    sent = await phone.post("/own-data/requests", body)
    assert sent.status_code == 201, sent.text
    facts = await ward.console.declarations.facts(ward.tenant, TaskWanted)
    found = map(TaskWanted.model_validate, facts)
    task = next(one for one in found if one.form == "privacy")
    await ward.console.worklist.hear(task)
    path = f"/own-data-requests/{task.task_id}/settlement"
    done = await ward.desk.post("dino", path, {"answer": "Feito por outro."})
    assert done.status_code == 201, done.text
    await ended(ward.console, ward.tenant, case_id)
    return task.task_id, case_id
