"""Everything the clock of CPTs asks of the health declaration service."""

from temporalio import activity

from contracts.health_declaration.cpt import CptAdvance, CptAdvanced
from kit.http import Refused, ServiceClient
from kit.temporal import final
from workflows.cpt_end.messages import AskEnds


class CptEndActivities:
    """One method is one request to the service that owns the CPTs."""

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    @activity.defn(name="cpt_end.advance")
    async def advance(self, ask: AskEnds) -> CptAdvanced:
        """End one batch of what is due at `ask.now`."""
        try:
            return await self._service.post(
                ask.tenant_id, "/cpt-ends/advance", CptAdvance(now=ask.now), CptAdvanced
            )
        except Refused as refusal:
            raise final(refusal) from refusal
