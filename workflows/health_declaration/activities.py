"""Everything this process asks of the health declaration service."""

from temporalio import activity

from contracts.health_declaration.process import Advance, NextStep
from kit.http import Refused, ServiceClient
from kit.telemetry import span_from
from kit.temporal import final
from workflows.health_declaration.messages import Ask


class HealthDeclarationActivities:
    """One method is one request to the service that owns the case."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    @activity.defn(name="health_declaration.advance")
    async def advance(self, ask: Ask) -> NextStep:
        """Do what is due at `ask.now`; asking twice does it once."""
        path = f"/declarations/{ask.declaration_id}/advance"
        try:
            with span_from(ask.traceparent, "health_declaration.advance"):
                return await self._service.post(ask.tenant_id, path, Advance(now=ask.now), NextStep)
        except Refused as refusal:
            raise final(refusal) from refusal
