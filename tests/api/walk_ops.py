"""What whoever watches over a service asks of it, and the lists that its rooms begin with."""

from collections.abc import Mapping

from tests.api.judging import JudgedWire
from tests.support.live import House

SERVICES = ("registry", "health_declaration", "worklist", "contact")
WHY = {"reason": "Pedido do titular, ouvidoria 88."}
LISTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "registry": {"integracao": ("/enrolment-rejections",)},
    "health_declaration": {
        "analista.1": ("/declarations", "/declaration-figures", "/interviews", "/slots"),
        "integracao": ("/erp-backlog", "/partners"),
        "motorista": ("/due-moments/next",),
        "regras.1": ("/notices", "/rule-sets/parameters/versions"),
    },
    "worklist": {"analista.1": ("/tasks",)},
    "contact": {"operador": ("/contacts", "/templates")},
}
"""Who reads which list without asking for anything in it."""


async def operators(house: House, wire: JudgedWire) -> None:
    """Probes, trails with a reason revealed, parked keys that are none, clocks and lists."""
    for service in SERVICES:
        for path in ("/live", "/ready"):
            await wire.send("GET", f"{house.world.stack.url(service)}{path}")
        await _trail(house, service)
        await _parked(house, service)
        await house.staff("motorista", service).get("/ops/clock")
        for who, paths in LISTS[service].items():
            for path in paths:
                await house.staff(who, service).get(path)


async def _trail(house: House, service: str) -> None:
    officer = house.staff("encarregado", service)
    await officer.get("/ops/audit/chain")
    entries = (await officer.get("/ops/audit?limit=200"))["items"]
    typed = next(one["entry_id"] for one in entries if one["typed"])
    await officer.post(f"/ops/audit/{typed}/reason", WHY)


async def _parked(house: House, service: str) -> None:
    operator, nothing = house.staff("integracao", service), {"topic": "none", "key": "none"}
    await operator.get("/ops/parked")
    await operator.get("/ops/outbox/parked")
    await operator.post("/ops/parked/redrive", nothing)
