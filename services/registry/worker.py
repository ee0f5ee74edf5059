"""The background process: reads partners' and other services' facts, relays its own."""

from kit.worker import run
from services.registry.consumers import handlers
from services.registry.models import tables
from services.registry.settings import RegistrySettings


def main() -> None:
    """Runs until it is told to stop."""
    settings = RegistrySettings()
    run(settings, plumbing=tables, handlers=handlers(settings))


if __name__ == "__main__":
    main()
