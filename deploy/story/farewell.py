"""Where to look next: links, logs, the tenant and its tokens."""

from deploy.identity import login
from deploy.story.report import Report
from deploy.story.world import DOCTORS, STAFF, World

SCREENS = ("console", "console.public")
"""Services that people look at."""


async def farewell(world: World, report: Report) -> None:
    """The last lines of the story."""
    report.title("Para olhar de perto")
    for name, service in world.stack.told["services"].items():
        report.line(f"{name:20} {service['url']}{'' if name in SCREENS else '/docs'}")
    desks(world, report)
    folder = world.stack.folder(world.batch.tenant)
    report.line(f"{'operadora':20} {world.batch.tenant}")
    report.line(f"{'gabarito e fichas':20} {folder}")
    report.line(f"{'registros':20} {world.stack.told['logs']}")
    report.line(f"{'repetir':20} SEED={world.batch.seed} make demo · conferir: make verify")
    report.line(f"{'uma pessoa, à mão':20} make guest: entra no plano, e o telefone dela aparece")
    report.line(
        f"{world.wire.calls} chamadas HTTP, {world.wire.retries} repetidas por falta de resposta"
    )
    failed = ", ".join(report.failed)
    report.title(f"FALHOU: {failed}" if failed else "Tudo conferido.")


def desks(world: World, report: Report) -> None:
    """One login per role, for whoever wants to sit down where the story's people sat."""
    keycloak = world.stack.told["oidc"].get("keycloak")
    if keycloak:
        report.line(f"{'senha de todos no Keycloak':32} {keycloak['password']}")
    logins = {role: sub for sub, roles in reversed(STAFF.items()) for role in roles}
    for role, sub in sorted((logins | {"interviewer": DOCTORS[0]}).items()):
        tenant = world.batch.tenant
        name = login({"sub": sub, "tenant": tenant}) if keycloak else f"{tenant}/{sub}"
        report.line(f"{'entrar como ' + role:32} {name}")
