"""The way to the provider and back: what the browser keeps meanwhile, and what it gets for it."""

import base64
import hashlib
import secrets
from dataclasses import dataclass

from kit.auth import PROCESS_ROLE, InvalidToken
from kit.errors import Forbidden, Problem
from services.console.gateways.provider import Asked, NotSignedIn
from services.console.rules import places
from services.console.usecases import sessions
from services.console.usecases.visits import Doors

_BYTES = 32
_PARTS = 4


@dataclass(frozen=True)
class Errand:
    """One browser's errand to the provider. It keeps this itself, in a cookie that no page reads
    and no other host can set: whoever comes back without it was sent by somebody else."""

    asked: Asked
    back_to: str

    def cookie(self) -> str:
        """As the browser keeps it."""
        place = base64.urlsafe_b64encode(self.back_to.encode()).decode().rstrip("=")
        return ".".join((self.asked.state, self.asked.nonce, self.asked.verifier, place))


def start(back_to: str | None) -> Errand:
    """A new errand; afterwards the browser goes to a page of ours."""
    state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
    return Errand(Asked(state, nonce, verifier, challenge_of(verifier)), places.within(back_to))


def read(cookie: str | None) -> Errand | None:
    """The errand that a cookie tells of; None when it tells of none."""
    parts = (cookie or "").split(".")
    if len(parts) != _PARTS or not all(parts):
        return None
    state, nonce, verifier, place = parts
    try:
        back_to = base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)).decode()
    except ValueError:
        return None
    return Errand(Asked(state, nonce, verifier, challenge_of(verifier)), places.within(back_to))


def challenge_of(verifier: str) -> str:
    """What is told of a verifier beforehand (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def finish(doors: Doors, errand: Errand, code: str) -> str:
    """The secret of a new session; refused when the provider, or its token, vouches for nobody."""
    try:
        tokens, subject = await doors.provider.exchange(code, errand.asked)
        who = await doors.verifier.verify(tokens.access)
    except (NotSignedIn, InvalidToken):
        raise refused() from None
    if who.sub != subject or PROCESS_ROLE in who.roles:
        raise refused()
    async with doors.begin(who.tenant) as tx:
        return await sessions.begin(tx, who, tokens)


def refused() -> Problem:
    """Told without a reason: who plays with codes learns nothing."""
    return Forbidden("Não foi possível entrar", "sign-in-refused", "Comece de novo pela entrada.")
