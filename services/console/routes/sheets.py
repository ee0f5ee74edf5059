"""The list of the inbox as a file."""

from fastapi import APIRouter, Request, Response

from services.console.queries.sheets import written
from services.console.routes.look import Looking, Placed
from services.console.routes.visit import by_session

router = APIRouter(include_in_schema=False, dependencies=[by_session])


@router.get("/tarefas/planilha")
async def download(request: Request, look: Looking, place: Placed) -> Response:
    text = await written(look, place, request.app.state.formats)
    # When it was taken stands in its name: a line of its own would be no row of the screen.
    name = f"tarefas-{look.now:%Y-%m-%d-%H%M}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
