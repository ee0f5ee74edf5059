"""How far people come on the public pages, by a phone without a script."""

from datetime import timedelta

from tests.support.interviewing import asked, give
from tests.support.page import Page, fields
from tests.support.public_pages import Proponent, PublicWorld

READ = {"carta": "sim", "privacidade": "sim", "termos": "sim", "orientacao": "waived"}


async def through_letter(who: Proponent, shown: Page) -> Page:
    return await who.handset.send(shown, "/carta", **READ)


async def answered(who: Proponent, shown: Page, *yes: str) -> Page:
    """No to every question but these, page by page."""
    while shown.answer.url.path.startswith("/perguntas"):
        names = {one.get("name", "") for one in shown.all("input", type="radio")}
        typed = {name: "yes" if name in yes else "no" for name in names}
        shown = await who.handset.fill(shown, shown.answer.url.path, typed)
        assert shown.status == 200, shown.text
    return shown


def details(shown: Page, text: str = "como informado") -> dict[str, str]:
    """Something for each detail asked."""
    years = {one.get("name", ""): "2019" for one in shown.all("input", inputmode="numeric")}
    return {one.get("name", ""): text for one in shown.all("textarea")} | years


async def reviewed(who: Proponent, *yes: str) -> Page:
    """From the link to the review."""
    shown = await answered(who, await through_letter(who, await who.open()), *yes)
    if yes:
        assert shown.answer.url.path == "/detalhes"
        shown = await who.handset.fill(shown, "/detalhes", details(shown))
    assert shown.answer.url.path == "/revisao", shown.text
    return shown


async def ready_to_sign(who: Proponent, *yes: str) -> Page:
    """The same, with the code on its way."""
    await reviewed(who, *yes)
    shown = await who.handset.get("/assinatura")
    asked = await who.handset.send(shown, "/assinatura/codigo")
    assert asked.offers("/assinatura"), asked.text
    return asked


def signature_form(shown: Page) -> dict[str, str]:
    return fields(
        next(one for one in shown.tree.iter("form") if one.get("action") == "/assinatura")
    )


async def signed(who: Proponent, *yes: str) -> Page:
    """From the link to the receipt."""
    form = signature_form(await ready_to_sign(who, *yes))
    typed = {"codigo": await who.known.code(), "aceite": "sim"}
    return await who.handset.post("/assinatura", form | typed)


async def to_choose(pages: PublicWorld, hours: tuple[int, ...] = (26, 27, 28)) -> Proponent:
    """Somebody asked for an interview, with times to choose from, at the first page."""
    desk = pages.desk(pages.tenant())
    await give(desk, *(desk.now() + timedelta(hours=one) for one in hours))
    known, _ = await asked(desk)
    who = pages.proponent(known)
    await who.open("ds.interview_offer")
    return who


async def offered(pages: PublicWorld) -> tuple[Proponent, str]:
    """Somebody to whom a CPT is offered, behind the door."""
    known, case = await pages.desk(pages.tenant()).offered(("Q10", "E11"))
    who = pages.proponent(known)
    shown = await who.open("ds.offer")
    assert shown.has("a", href="/proposta")
    return who, case


async def to_send(pages: PublicWorld) -> Proponent:
    """Somebody of whom a document is asked."""
    desk = pages.desk(pages.tenant())
    known, case = await desk.analysed("Q10")
    await desk.done("ana", case, "document-requests", items=["Laudo do exame"])
    who = pages.proponent(known)
    await who.open("ds.documents_request")
    return who
