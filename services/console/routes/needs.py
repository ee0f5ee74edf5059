"""A page for whoever holds a permission: others are told which, and that they tried is kept."""

from typing import Any

from fastapi import Depends, Request

from kit.errors import Forbidden
from services.console.routes.visit import Visiting


def needs(permission: str) -> Any:
    """Route dependency: whoever looks must hold `permission`."""

    async def check(request: Request, visit: Visiting) -> None:
        if not visit.may(permission):
            await request.app.state.on_denied(request, visit.caller, permission)
            raise Forbidden(detail=f"Falta a permissão {permission}.")

    return Depends(check)
