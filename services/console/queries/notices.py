"""The texts that proponents read first, by kind, newest first."""

from contracts.health_declaration.cpt import NoticeVersion, NoticeVersions
from kit.errors import NotFound
from services.console.queries.looking import Look


async def listed(look: Look) -> tuple[NoticeVersion, ...]:
    """Every version that the operator wrote."""
    return (await look.health_declaration.get("/notices", NoticeVersions)).items


async def one(look: Look, kind: str, version: str) -> NoticeVersion:
    """One of them; 404 for none."""
    for notice in await listed(look):
        if (notice.kind, notice.version) == (kind, version):
            return notice
    raise NotFound()
