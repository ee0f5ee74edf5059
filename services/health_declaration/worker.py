"""The background process: consumes facts of others, relays its own."""

from kit.worker import run
from services.health_declaration.consumers import HANDLERS
from services.health_declaration.models import tables
from services.health_declaration.queries import rulebook
from services.health_declaration.settings import HealthDeclarationSettings


def main() -> None:
    """Runs until told to stop."""
    rulebook.warm()
    run(HealthDeclarationSettings(), plumbing=tables, handlers=HANDLERS)


if __name__ == "__main__":
    main()
