"""The rooms by their pictures, with work in them: `make pictures`, or these alone by
`VINCULO_PICTURES=docs/screens/rooms pytest tests/integration/album.py [-k rooms]`.

No test of the suite: its name keeps it out.
"""

from datetime import timedelta

from services.worklist.usecases import rounds
from tests.integration.test_console_figures import released
from tests.integration.test_console_person import known
from tests.integration.test_console_privacy import asked
from tests.integration.test_public_pages_screens import carry
from tests.integration.test_screens_rules import CPT, drafted
from tests.support.agenda import Ward
from tests.support.console import CONSOLE_URL, World
from tests.support.interviewing import give
from tests.support.public_pages import ORIGIN, Proponent, PublicWorld
from tests.support.public_walk import (
    offered,
    ready_to_sign,
    signed,
    to_choose,
    to_send,
)
from tests.support.screen import PHONE, TABLET, WIDE, Scheme, Screens
from tests.support.watched import busy

LOOKS: list[tuple[Scheme, tuple[tuple[int, int], ...]]] = [
    ("light", (WIDE, TABLET, PHONE)),
    ("dark", (WIDE,)),
]
PHONES: list[tuple[Scheme, tuple[tuple[int, int], ...]]] = [
    ("light", (PHONE,)),
    ("dark", (PHONE,)),
]
FIRST = ("Ana", "Beatriz", "Caio", "Davi", "Elisa", "Fábio", "Gabriela", "Heitor", "Ivone", "João")
LAST = ("Moura", "Prates de Alencar", "Okamoto")
NAMES = [f"{first} {last}" for last in LAST for first in FIRST]


async def taken(screens: Screens, tenant: int, who: str, rooms: dict[str, str]) -> None:
    """Each room as somebody sees it."""
    for scheme, sizes in LOOKS:
        async with screens.window(CONSOLE_URL, WIDE, scheme) as screen:
            await screen.sign_in(tenant, who)
            for name, path in rooms.items():
                for width, height in sizes:
                    await screen.page.set_viewport_size({"width": width, "height": height})
                    await screen.go(path)
                    await screen.page.wait_for_load_state("networkidle")
                    await screen.snap(f"{name}-{width}-{scheme}")


async def worked(console: World) -> tuple[Ward, str]:
    """Thirty tasks of all queues and terms, one with its declaration and in somebody's hands."""
    ward = Ward(console, console.tenant())
    await console.colleagues(ward.tenant, "ana", "alba")
    queues = (("ds.analysis", "analysis", "ds.analyse"), ("ds.audit", "audit", "ds.audit"))
    for number, name in enumerate(NAMES):
        queue, form, skill = queues[number % 4 == 3]
        due = ward.desk.now() + timedelta(minutes=97 * number - 400)
        more = {"queue": queue, "form": form, "skill": skill, "due_at": due}
        more |= {"reference": f"DS-2026-{4100 + 7 * number:06}", "priority": 1 + number % 3}
        await console.task(ward.tenant, await console.person(ward.tenant, name), **more)
    _, case_id, person_id = await ward.declared("Beatriz Moura")
    due = ward.desk.now() + timedelta(minutes=59)
    about = {"subject_id": case_id, "reference": "DS-2026-004004", "due_at": due}
    task_id = await console.task(ward.tenant, person_id, **about)
    browser = await ward.browser("ana")
    path = f"/tarefas/{task_id}"
    await browser.send(await browser.get(path), f"{path}/assumir")
    return ward, path


async def test_tasks(console: World, screens: Screens) -> None:
    ward, path = await worked(console)
    every = "coluna=due&coluna=reference&coluna=queue&coluna=priority&coluna=owner"
    rooms = {"tasks": f"/tarefas?visao=abertas&{every}", "analysis": path}
    rooms |= {"tasks-empty": "/tarefas?visao=concluidas", "shortcuts": "/atalhos"}
    await taken(screens, ward.tenant, "ana", rooms)
    while await rounds.make(console.worklist.app.state.begin):
        pass


async def test_declarations(console: World, screens: Screens) -> None:
    tenant = console.tenant()
    await released(console, tenant, 24, straight=17)
    ward = Ward(console, tenant)
    for name in NAMES[:6]:
        _, case_id, _ = await ward.declared(name)
    rooms = {"declarations": "/declaracoes", "figures": "/declaracoes/indicadores"}
    rooms |= {
        "process": f"/declaracoes/{case_id}",
        "process-case": f"/declaracoes/{case_id}?ver=caso",
    }
    await taken(screens, tenant, "ana", rooms)
    await taken(screens, tenant, "rita", {"resends": "/declaracoes/reenvios"})


async def test_people(console: World, screens: Screens) -> None:
    ward = Ward(console, console.tenant())
    person_id = await known(console, ward.tenant, social_name="Bia Moura")
    rooms = {"person": f"/pessoas/{person_id}"}
    await taken(screens, ward.tenant, "ana", rooms)


async def test_care(console: World, screens: Screens) -> None:
    ward = Ward(console, console.tenant())
    at = ward.at(3, 9)
    awaited = await ward.booked(at, "Beatriz Moura")
    waiting = await ward.waiting("Caio Prates")
    for name in NAMES[3:7]:
        await ward.waiting(name)
    for doctor in ("mara", "milo"):
        times = [at + timedelta(minutes=30 * n) for n in range(1, 7)]
        await give(ward.desk, *times, doctor=doctor)
    rooms = {"agenda": f"/entrevistas?semana={at.date().isoformat()}"}
    rooms |= {"slots": "/entrevistas/horarios", "interview": waiting.url}
    await taken(screens, ward.tenant, "sergio", rooms)
    cpt_id, _, _ = await ward.restricted("Davi Moura")
    await taken(screens, ward.tenant, "otto", {"cpts": "/cpts", "cpt": f"/cpts/{cpt_id}"})
    ward.jump(at)
    await taken(screens, ward.tenant, "mara", {"room": awaited.url})


async def test_rules(console: World, screens: Screens) -> None:
    tenant = console.tenant()
    await drafted(console, tenant, "raul", linhas_1_1="C97", linhas_3_3="99")
    rooms = {"rules": "/regras", "table": CPT, "draft": f"{CPT}/rascunho"}
    rooms |= {"review": f"{CPT}/revisao", "compare": f"{CPT}/comparar", "notices": "/regras/textos"}
    await taken(screens, tenant, "rosa", rooms)


async def test_watchers(console: World, screens: Screens) -> None:
    tenant = await busy(console)
    trail = {"trail": "/auditoria", "chain": "/auditoria/cadeia"}
    await taken(screens, tenant, "diana", trail)
    await taken(screens, tenant, "ivo", {"integrations": "/integracoes"})
    admin = {"admin": "/administracao", "queue": "/administracao/filas/ds.analysis"}
    admin |= {"hours": "/administracao/horarios/matriz", "roles": "/administracao/papeis"}
    admin |= {"templates": "/administracao/modelos"}
    await taken(screens, tenant, "sonia", admin)
    await taken(screens, tenant, "ana", {"forbidden": "/auditoria"})


async def test_privacy(console: World, screens: Screens) -> None:
    request = await asked(console)
    await taken(screens, request.tenant, "diana", {"privacy": request.url})


async def seen(phones: Screens, who: Proponent, pages: dict[str, str]) -> None:
    """Each page as it stands on somebody's phone."""
    for scheme, sizes in PHONES:
        for width, height in sizes:
            async with phones.window(ORIGIN, (width, height), scheme) as screen:
                if who.handset.http.cookies.jar:
                    await carry(screen, who)
                for name, path in pages.items():
                    await screen.go(path)
                    await screen.snap(f"public-{name}-{width}-{scheme}")


async def test_phone_steps(pages: PublicWorld, phones: Screens) -> None:
    ana = await pages.invited()
    await seen(phones, ana, {"door": f"/declaracao/{ana.tenant}", "nowhere": "/nada"})
    await ready_to_sign(ana, "Q03")
    shown = {"letter": "/carta", "questions": "/perguntas/2", "details": "/detalhes"}
    shown |= {"review": "/revisao", "signature": "/assinatura?codigo=enviado"}
    shown |= {"standing": "/situacao", "own": "/meus-dados", "consents": "/consentimentos"}
    await seen(phones, ana, shown | {"privacy": "/aviso"})


async def test_phone_later(pages: PublicWorld, phones: Screens) -> None:
    await seen(phones, await to_choose(pages), {"interview": "/entrevista"})
    who, _ = await offered(pages)
    await seen(phones, who, {"offer": "/proposta"})
    shown = await who.handset.get("/proposta")
    await who.handset.send(shown, "/proposta", opcao="cpt", certeza="sim")
    await seen(phones, who, {"term": "/termo"})
    await seen(phones, await to_send(pages), {"documents": "/documentos"})
    bia = await pages.invited()
    await signed(bia)
    await seen(phones, bia, {"receipt": "/recibo", "copy": "/copia"})


async def test_phone_over(pages: PublicWorld, phones: Screens) -> None:
    ana = await pages.invited()
    link = await ana.link()
    await pages.later(ana, days=40)
    for scheme, sizes in PHONES:
        async with phones.window(ORIGIN, sizes[0], scheme) as screen:
            await screen.page.goto(link)
            await screen.page.get_by_label("Data de nascimento").fill("12/04/1990")
            await screen.page.get_by_role("button", name="Continuar").click()
            await screen.page.get_by_text("Este endereço venceu").first.wait_for()
            await screen.snap(f"public-over-{sizes[0][0]}-{scheme}")
