"""`python -m tests.chaos SCENARIO`: what the stack bears, by attack; kills where none is named."""

import sys
from importlib import import_module

SCENARIOS = {"kills": "tests.chaos.kills", "deliveries": "tests.chaos.deliveries"}


def main() -> None:
    """Runs it on the stack of VINCULO_RUN, or of .run."""
    name = sys.argv[1] if len(sys.argv) > 1 else "kills"
    if name not in SCENARIOS:
        sys.exit(f"WHAT: {', '.join(SCENARIOS)}")
    sys.exit(import_module(SCENARIOS[name]).main())


if __name__ == "__main__":
    main()
