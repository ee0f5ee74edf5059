"""S17, the rule sets: what is in force, its versions and what differs between them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kit.errors import NotFound
from services.console.queries import notices, rule_sets
from services.console.queries.looking import lane
from services.console.routes.headers import same_origin
from services.console.routes.look import Looking
from services.console.routes.pages import page
from services.console.routes.visit import by_session
from services.console.rules.rule_csv import file_of
from services.console.rules.rule_merge import compared
from services.console.rules.rule_sets import BY_SLUG, ROWS, RuleTable

router = APIRouter(
    prefix="/regras", include_in_schema=False, dependencies=[by_session, Depends(same_origin)]
)
Number = Annotated[int, Query(ge=0, le=1_000_000)]


async def _table(slug: str) -> RuleTable:
    table = BY_SLUG.get(slug)
    if table is None:
        raise NotFound()
    return table


Named = Annotated[RuleTable, Depends(_table)]


@router.get("")
async def listed(request: Request, look: Looking) -> Response:
    sets = await rule_sets.shelf(look)
    texts = await lane(notices.listed(look))
    return page(request, "rules.html", sets=sets, texts=texts, confidence=rule_sets.confidence)


@router.get("/{slug}")
async def one(
    request: Request, table: Named, look: Looking, versao: Number = 0, publicada: Number = 0
) -> Response:
    shown = await rule_sets.opened(look, table)
    version = shown.version(versao) if versao else shown.in_force
    told = {"opened": shown, "version": version, "sheet": shown.sheet(version)}
    return page(request, "rules_one.html", **told, published=publicada)


@router.get("/{slug}/planilha")
async def sheet(table: Named, look: Looking, versao: Number = 0) -> Response:
    shown = await rule_sets.opened(look, table)
    version = shown.version(versao) if versao else shown.newest
    text = file_of(table.part(ROWS), shown.sheet(version)[ROWS])
    name = f"{table.slug}-{version.version}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{slug}/comparar")
async def compare(
    request: Request, table: Named, look: Looking, de: Number = 0, para: Number = 0
) -> Response:
    shown = await rule_sets.opened(look, table)
    after = shown.version(para or shown.newest.version)
    before = shown.version(de or max(1, after.version - 1))
    found = compared(table, shown.sheet(before), shown.sheet(after))
    told = {"opened": shown, "before": before, "after": after, "differences": found}
    return page(request, "rules_compare.html", **told)
