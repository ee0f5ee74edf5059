"""People without a phone: an employee types, the proponent confirms by a code or on paper."""

from deploy.story.life import PDF, Life
from deploy.story.proponent import PUBLIC


async def _helped(life: Life) -> None:
    body = {"identity_check": "Documento com foto conferido"}
    path = f"/declarations/{life.declaration_id}/assistance"
    session = await life.world.staff("balcao").post(path, body)
    life.phone.take(session["session"], assisted=True)
    await life.phone.answer(await life.phone.acknowledge(), ())


async def by_code(life: Life) -> None:
    """The code goes to the proponent's mail; the employee types it in."""
    await _helped(life)
    await life.phone.sign()
    await life.released()


async def on_paper(life: Life) -> None:
    """The proponent signs on paper; the scan is the evidence."""
    await _helped(life)
    form = await life.phone.api.get(PUBLIC)
    path = f"/declarations/{life.declaration_id}/paper-signature"
    body = {
        "text_hash": form["text_hash"],
        "media_type": "application/pdf",
        "content_base64": PDF,
    }
    await life.world.staff("balcao").post(path, body)
    await life.released()
