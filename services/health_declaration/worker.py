"""The background process: consumes facts of others, relays its own, counts what must hold."""

from kit.invariants import keep_looking
from kit.worker import WorkerContext, run
from services.health_declaration.consumers import HANDLERS
from services.health_declaration.models import tables
from services.health_declaration.queries import holding, rulebook
from services.health_declaration.settings import HealthDeclarationSettings


async def watch(context: WorkerContext) -> None:
    await keep_looking(lambda: holding.look(context.begin), context.stopping)


def main() -> None:
    """Runs until told to stop."""
    rulebook.warm()
    run(HealthDeclarationSettings(), plumbing=tables, handlers=HANDLERS, tasks=[watch])


if __name__ == "__main__":
    main()
