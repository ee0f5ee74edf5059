"""The background process: chains the audit trail, forgets what is old."""

from kit.worker import run
from services.console.models import plumbing
from services.console.settings import ConsoleSettings


def main() -> None:
    """Runs until it is told to stop."""
    run(ConsoleSettings(), plumbing=plumbing, handlers={})


if __name__ == "__main__":
    main()
