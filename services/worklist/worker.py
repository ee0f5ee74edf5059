"""The background process: reads facts about tasks, climbs ladders, acts in bulk, relays its own."""

from kit.worker import WorkerContext, run
from services.worklist.consumers import HANDLERS
from services.worklist.models import plumbing
from services.worklist.settings import WorklistSettings
from services.worklist.usecases import rounds


def main() -> None:
    """Runs until it is told to stop."""
    settings = WorklistSettings()

    async def keep_rounds(context: WorkerContext) -> None:
        await rounds.keep(context.begin, context.stopping, settings.round_seconds)

    run(settings, plumbing=plumbing, handlers=HANDLERS, tasks=[keep_rounds])


if __name__ == "__main__":
    main()
