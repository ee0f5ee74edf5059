"""A page for whoever holds a permission: others are told which, and that they tried is kept."""

from typing import Any

from fastapi import Depends, Request

from kit.auth import OR
from kit.errors import Forbidden
from services.console.routes.visit import Visiting


def needs(*permissions: str) -> Any:
    """Route dependency: whoever looks must hold one of `permissions`."""
    said = OR.join(permissions)

    async def check(request: Request, visit: Visiting) -> None:
        if not any(map(visit.may, permissions)):
            await request.app.state.on_denied(request, visit.caller, said)
            raise Forbidden(detail=f"Falta a permissão {said}.")

    return Depends(check)
