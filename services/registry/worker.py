"""The background process: reads partners' and other services' facts, relays its own."""

from kit.worker import WorkerContext, run
from services.registry.consumers import handlers
from services.registry.models import tables
from services.registry.settings import RegistrySettings
from services.registry.usecases.forgetting import keep_forgetting


def main() -> None:
    """Runs until it is told to stop."""
    settings = RegistrySettings()

    async def forget(context: WorkerContext) -> None:
        await keep_forgetting(context.begin, settings.refused_line_days, context.stopping)

    run(settings, plumbing=tables, handlers=handlers(settings), tasks=[forget])


if __name__ == "__main__":
    main()
