"""The background process of the stand-ins: the ERP, the mail sink, the outbox relay."""

from kit.worker import WorkerContext, run
from services.sandbox.models import plumbing
from services.sandbox.settings import SandboxSettings
from services.sandbox.usecases import mail
from services.sandbox.usecases.erp_worker import Notus


def main() -> None:
    settings = SandboxSettings()

    async def erp(context: WorkerContext) -> None:
        await Notus(settings, context.begin, context.stopping).run()

    async def smtp(context: WorkerContext) -> None:
        await mail.serve(context.begin, settings.smtp_host, settings.smtp_port, context.stopping)

    run(settings, plumbing=plumbing, handlers={}, tasks=[erp, smtp])


if __name__ == "__main__":
    main()
