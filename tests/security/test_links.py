"""What was used once, or is over, opens nothing a second time."""

from collections.abc import Awaitable, Callable

import pytest

from services.health_declaration.usecases import access, entrance
from tests.security.attacks import attack, both
from tests.support.api import Served
from tests.support.clinic import Desk
from tests.support.proponent import Phone, invited

TENANT = 63
Over = Callable[[Desk], Awaitable[Phone]]


async def withdrawn(desk: Desk) -> Phone:
    """Whose case is over."""
    phone = await invited(desk.served, desk.tenant)
    await phone.open()
    case = (await phone.form())["declaration_id"]
    await desk.done("rita", case, "withdrawal", reason="Desistiu por telefone.")
    # The code of the first visit would be told of again: it is still fresh.
    await desk.served.rows("update challenge set sent_at = sent_at - interval '1 hour'")
    return phone


async def replaced(desk: Desk) -> Phone:
    """Who was sent another link since."""
    phone = await invited(desk.served, desk.tenant)
    case = "select declaration_id from declaration where person_id = $1"
    [row] = await desk.served.rows(case, phone.respondent_id)
    await desk.done("rita", row["declaration_id"], "link", reason="A pessoa apagou a mensagem.")
    return phone


async def expired(desk: Desk) -> Phone:
    """Who comes after the last day."""
    phone = await invited(desk.served, desk.tenant)
    past = "update link set expires_at = now() - interval '1 day' where respondent_id = $1"
    await desk.served.rows(past, phone.respondent_id)
    return phone


@attack("link repetido")
@both
@pytest.mark.parametrize("over", [withdrawn, replaced, expired])
async def test_a_link_that_is_over_is_not_followed_again(
    served: Served, monkeypatch: pytest.MonkeyPatch, over: Over, planted: bool
) -> None:
    phone = await over(Desk(served, TENANT))
    if planted:
        monkeypatch.setattr(entrance, "_over", lambda tx, link: False)
    first = (await phone.contacts("ds.link"))[0]["link"]
    assert (await phone.knock(first)).status_code == (202 if planted else 410)


@attack("link repetido")
@both
async def test_a_code_opens_one_session_and_not_another(
    served: Served, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    phone = await invited(served, TENANT)
    challenge = (await phone.knock()).json()["challenge_id"]
    path, body = f"/sessions/{challenge}/confirmations", {"code": await phone.code()}
    assert (await phone.post(path, body)).status_code == 201
    if planted:
        monkeypatch.setattr(access, "_alive", lambda challenge, now, attempts: True)
    assert (await phone.post(path, body)).status_code == (201 if planted else 403)
