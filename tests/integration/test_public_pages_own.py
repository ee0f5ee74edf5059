"""A person's own data by the public pages and the API behind them."""

import json
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.health_declaration.events import OwnConsentRecorded
from contracts.health_declaration.tasks import TaskSettled, TaskWanted
from contracts.registry.events import ConsentRecorded, PersonErased
from kit.keyring import Eraser
from tests.support.page import said
from tests.support.public_pages import Proponent, PublicWorld


async def test_whoever_is_in_sees_what_is_kept_of_them(pages: PublicWorld) -> None:
    ana = await pages.invited(name="Ana 👩🏽‍⚕️ مريم")
    await ana.open()
    shown = await ana.handset.get("/meus-dados")
    assert "Ana 👩🏽‍⚕️ مريم" in [said(one) for one in shown.all("bdi")]
    assert "12/04/1990" in shown.text
    assert "***.982.247-**" in shown.text
    assert "52998224725" not in shown.answer.text


async def test_nobody_else_sees_anything(pages: PublicWorld) -> None:
    stranger = pages.handset()
    for path in ("/meus-dados", "/meus-dados.json", "/consentimentos", "/aviso"):
        assert (await stranger.get(path)).status == 401
    assert "depois que você entra" in (await stranger.get("/privacidade")).text


async def test_all_of_it_is_taken_along_and_that_is_written_down(pages: PublicWorld) -> None:
    known, case = await pages.desk(pages.tenant()).offered(("Q10", "E11"))
    ana = pages.proponent(known)
    await ana.open("ds.offer")
    answer = await ana.handset.http.get("/meus-dados.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    told = json.loads(answer.text)
    assert len(told["declaration"]["answers"]) == 36
    assert told["offer"]["options"]
    assert told["term"] is None
    assert await pages.desk(ana.tenant).audit_trail(case, "own_data.exported")


async def test_each_purpose_is_its_own_unticked_box_and_may_be_revoked(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    shown = await ana.handset.get("/consentimentos")
    boxes = shown.all("input", type="checkbox")
    assert len(boxes) == len(shown.all("form", action="/consentimentos")) == 3
    assert not any("checked" in one.attrib for one in boxes)
    said_yes = {"finalidade": "news", "versao": "1", "autorizo": "sim"}
    for _ in range(2):
        given = await ana.handset.post("/consentimentos", said_yes)
    assert given.text.count("Autorizado em") == 1
    revoked = await ana.handset.post(
        "/consentimentos", {"finalidade": "news", "versao": "1", "revogar": "sim"}
    )
    assert "Revogado em" in revoked.text
    rows = await pages.declarations.rows(
        "select given, text_hash from own_consent where tenant_id = $1 order by at", ana.tenant
    )
    assert [row["given"] for row in rows] == [True, False]
    assert all(len(row["text_hash"]) == 64 for row in rows)


async def test_a_consent_is_one_truth_here_and_in_the_registry(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    served, person_id = pages.declarations, ana.known.respondent_id
    given = {"finalidade": "news", "versao": "1", "autorizo": "sim"}
    await ana.handset.post("/consentimentos", given)
    [told] = await served.facts(ana.tenant, OwnConsentRecorded)
    assert (told["purpose"], told["text_version"], told["given"]) == ("news", "1", True)
    assert (told["person_id"], told["actor"]) == (person_id, f"person:{person_id}")
    # The registry tells of it as a fact of its own: that is heard, and nothing is said twice.
    said = {"tenant_id": ana.tenant, "person_id": person_id, "purpose": "news"}
    echo = said | {"text_version": "1", "given": True, "occurred_at": told["occurred_at"]}
    await served.hear(ConsentRecorded.model_validate(echo))
    rows = "select given from own_consent where tenant_id = $1 order by at"
    assert [row["given"] for row in await served.rows(rows, ana.tenant)] == [True]
    taken = pages.desk(ana.tenant).now() + timedelta(minutes=1)
    revoked = said | {"text_version": "1", "given": False, "occurred_at": taken, "actor": "dina"}
    await served.hear(ConsentRecorded.model_validate(revoked))
    shown = await ana.handset.get("/consentimentos")
    assert "Revogado em" in shown.text
    assert "Autorizado em" not in shown.text


async def test_the_operators_own_text_of_a_purpose_is_what_is_consented_to(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    await ana.open()
    desk = pages.desk(ana.tenant)
    words = "Podemos escrever sobre novidades, no máximo uma vez por mês."
    text = {"kind": "news", "version": "2027", "title": "Novidades", "text": words}
    draft = (await desk.post("raul", "/notices", text)).json()
    read = {name: draft[name] for name in ("kind", "version", "content_hash")}
    published = await desk.post("rosa", "/notices/publication", read)
    assert published.is_success, published.text
    assert words in (await ana.handset.get("/consentimentos")).text
    old = {"finalidade": "news", "versao": "1", "autorizo": "sim"}
    assert (await ana.handset.post("/consentimentos", old)).status == 409
    await ana.handset.post("/consentimentos", old | {"versao": "2027"})
    [kept] = await pages.declarations.rows(
        "select text_version, text_hash from own_consent where tenant_id = $1", ana.tenant
    )
    assert (kept["text_version"], kept["text_hash"]) == ("2027", draft["content_hash"])


async def test_an_unticked_box_consents_to_nothing(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    told = await ana.handset.post("/consentimentos", {"finalidade": "news", "versao": "1"})
    assert (told.status, "Marque a caixa" in told.text) == (422, True)
    assert "Autorizado em" not in told.text


async def test_a_consent_to_a_text_that_changed_or_is_unknown_is_refused(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    await ana.open()
    old = {"finalidade": "news", "versao": "0", "autorizo": "sim"}
    told = await ana.handset.post("/consentimentos", old)
    assert (told.status, "O texto mudou" in told.text) == (409, True)
    unknown = await ana.handset.post("/consentimentos", old | {"finalidade": "venda"})
    assert unknown.status == 404


async def test_reading_the_notice_consents_to_nothing(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    shown = await ana.handset.get("/privacidade")
    assert "AVISO DE PRIVACIDADE" in shown.text
    assert not shown.all("input")
    assert shown.has("a", href="/consentimentos")


@pytest.mark.parametrize(
    ("path", "typed", "kind"),
    [
        ("/meus-dados/correcao", {"texto": "Meu nome é\r\nAna Práda 🙂"}, "Correção"),
        ("/meus-dados/apagamento", {"certeza": "sim"}, "Apagamento"),
    ],
)
async def test_what_is_asked_reaches_the_officer_whose_answer_is_read(
    pages: PublicWorld, path: str, typed: dict[str, str], kind: str
) -> None:
    ana = await pages.invited()
    await ana.open()
    shown = await ana.handset.get("/meus-dados")
    sent = await ana.handset.send(shown, path, **typed)
    assert "Pedido recebido" in sent.text
    again = await ana.handset.send(shown, path, **typed)
    assert again.text.count("Aguarda o encarregado") == 1
    [wanted] = await pages.declarations.facts(ana.tenant, TaskWanted)
    assert (wanted["queue"], wanted["skill"]) == ("privacy.requests", "privacy.erase")
    desk = pages.desk(ana.tenant)
    where = f"/own-data-requests/{wanted['task_id']}/settlement"
    refused = await desk.post("ana", where, {"answer": "Feito."})
    assert refused.status_code == 403
    done = await desk.post("dina", where, {"answer": "Feito hoje."})
    assert done.status_code == 201, done.text
    twice = await desk.post("dino", where, {"answer": "Feito."})
    assert twice.status_code == 409
    assert len(await pages.declarations.facts(ana.tenant, TaskSettled)) == 1
    read = (await ana.handset.get("/meus-dados")).text
    assert kind in read
    assert "Feito hoje." in read


async def asked(pages: PublicWorld) -> tuple[Proponent, str]:
    """Somebody who asked for a correction, and where it is answered."""
    ana = await pages.invited()
    await ana.open()
    await ana.handset.post("/meus-dados/correcao", {"texto": "Meu nome é Ana Práda"})
    [wanted] = await pages.declarations.facts(ana.tenant, TaskWanted)
    return ana, f"/own-data-requests/{wanted['task_id']}/settlement"


async def test_the_answer_lies_in_clear_nowhere_and_is_given_again_to_the_same_key(
    pages: PublicWorld,
) -> None:
    ana, where = await asked(pages)
    key = {"Idempotency-Key": "uma-chave-so"}
    dina = [
        await pages.desk(ana.tenant).post("dina", where, {"answer": "Corrigimos."}, **key)
        for _ in range(2)
    ]
    assert [one.status_code for one in dina] == [201, 201]
    assert dina[0].json() == dina[1].json()
    query = "select reply from idempotency where tenant_id = $1 and reply is not null"
    replies = [row["reply"] for row in await pages.declarations.rows(query, ana.tenant)]
    assert replies
    assert not any("Corrigimos" in one for one in replies)


async def erased(pages: PublicWorld, tenant: int, person_id: str) -> None:
    """The key goes first, then this service hears of it."""
    state = pages.declarations.app.state
    engine = create_async_engine(state.settings.keyring_eraser_url)
    assert await Eraser(engine).destroy(tenant, person_id)
    await engine.dispose()
    state.resources.keyring.forget(tenant, person_id)
    await pages.declarations.hear(PersonErased(tenant_id=tenant, person_id=person_id))


async def test_a_request_of_somebody_erased_is_settled_without_keeping_the_answer(
    pages: PublicWorld,
) -> None:
    ana, where = await asked(pages)
    query = "select person_id from own_request where tenant_id = $1"
    [row] = await pages.declarations.rows(query, ana.tenant)
    await erased(pages, ana.tenant, row["person_id"])
    key = {"Idempotency-Key": "uma-chave-so"}
    for _ in range(2):
        done = await pages.desk(ana.tenant).post("dina", where, {"answer": "Apagado."}, **key)
        assert done.status_code == 201, done.text
        assert done.json()["settled_at"]
        assert "Apagado" not in done.text
    assert len(await pages.declarations.facts(ana.tenant, TaskSettled)) == 1


async def test_an_empty_correction_or_an_unsure_erasure_is_told_at_its_field(
    pages: PublicWorld,
) -> None:
    ana = await pages.invited()
    await ana.open()
    for path, words in (("correcao", "como deve ficar"), ("apagamento", "Marque que entendeu")):
        told = await ana.handset.post(f"/meus-dados/{path}", {"texto": " "})
        assert (told.status, words in told.text) == (422, True)
    long = await ana.handset.post("/meus-dados/correcao", {"texto": "x" * 2001})
    assert (long.status, "x" * 2001 in long.text) == (422, True)


async def test_more_than_a_few_open_requests_wait_for_their_answers(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    for number in range(5):
        await ana.handset.post("/meus-dados/correcao", {"texto": f"Pedido {number}"})
    told = await ana.handset.post("/meus-dados/correcao", {"texto": "Mais um"})
    assert told.status == 409
    assert "pedidos demais" in told.text
    assert "Mais um" in told.text


async def test_what_was_typed_is_kept_sealed(pages: PublicWorld) -> None:
    ana = await pages.invited()
    await ana.open()
    await ana.handset.post("/meus-dados/correcao", {"texto": "palavra-secreta"})
    for query in ("table own_request", "table audit", "table outbox", "table idempotency"):
        assert "palavra-secreta" not in str(await pages.declarations.rows(query))
