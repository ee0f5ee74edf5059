"""The first journey by `curl` alone: what works there works with no script, style or browser."""

from datetime import date
from pathlib import Path

from deploy.story.life import Life
from tests.support.curl import Curl, Sheet
from tests.support.live import House
from tests.support.outcome import holds, told

READ = {"carta": "sim", "privacidade": "sim", "termos": "sim", "orientacao": "waived"}


async def comes_in(curl: Curl, house: House, life: Life) -> Sheet:
    """By the address of the message, pasted whole, the day of birth and the code."""
    await life.phone.next("ds_link")
    born = date.fromisoformat(life.person.respondent["birth_on"]).strftime("%d/%m/%Y")
    sheets: list[Sheet] = []

    async def let_in() -> bool:
        """With the newest link: a message on its way may bring one that replaces the others."""
        await life.world.mailbox.look()
        link = f"{curl.origin}/declaracao/{house.tenant}#{life.phone.newest()}"
        door = await curl.get(f"/declaracao/{house.tenant}")
        sheets.append(await curl.send(door, "/entrar", endereco=link, nascimento=born))
        return sheets[-1].path == "/codigo"

    await house.until(let_in, "entrada pelo endereço")
    code = (await life.phone.next("ds_code")).code or ""
    return await curl.send(sheets[-1], "/codigo", codigo=code)


async def answers(curl: Curl, shown: Sheet) -> Sheet:
    """No to everything, page after page as they follow each other."""
    seen: set[str] = set()
    while shown.path.startswith("/perguntas/"):
        assert shown.path not in seen, f"{shown.path} came again: {shown.title}"
        seen.add(shown.path)
        shown = await curl.send(shown, shown.path, **dict.fromkeys(shown.names("radio"), "no"))
        assert shown.status == 200, shown.title
    return shown


async def signs(curl: Curl, life: Life, review: Sheet) -> Sheet:
    """The code comes to the phone; it signs the text that the page showed."""
    page = await curl.get(review.link("ir para a assinatura"))
    asked = await curl.send(page, "/assinatura/codigo")
    code = (await life.phone.next("ds_code")).code or ""
    return await curl.send(asked, "/assinatura", codigo=code, aceite="sim")


async def test_a_clean_declaration_is_released_for_whoever_has_nothing_but_curl(
    house: House, tmp_path: Path
) -> None:
    life = await house.enrols(house.person())
    curl = Curl(house.world.stack.url("console.public"), tmp_path / "jar")
    letter = await comes_in(curl, house, life)
    assert (letter.path, letter.title) == ("/carta", "Antes de responder")
    review = await answers(curl, await curl.send(letter, "/carta", **READ))
    assert (review.path, review.title) == ("/revisao", "Confira antes de assinar")
    receipt = await signs(curl, life, review)
    assert (receipt.path, receipt.title) == ("/recibo", "Declaração assinada")
    assert await holds(house, life, "released", "integrated") == set()
    [protocol] = told(house, life, "declaration.signed", "protocol")
    assert protocol in "".join(receipt.tree.itertext())
    assert told(house, life, "declaration.released", "straight_through") == [True]
