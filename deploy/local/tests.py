"""`make test`: every test but the benches and the long chaos, on a stack of its own."""

import os
import sys

from deploy.local import stack
from deploy.local.steps import Step, carry_out, python

RUN = ".run/test"
LEFT_OUT = ("tests/bench", "tests/chaos/long")


def main() -> int:
    """Starts from an empty stack, so that no earlier run helps; stops it at the end."""
    os.environ["VINCULO_RUN"] = RUN
    stack.reset(RUN)
    try:
        stack.up(RUN, tell=lambda line: print(line, flush=True))
        ignored = [f"--ignore={path}" for path in LEFT_OUT]
        code, _ = carry_out(Step("pytest", python("-m", "pytest", *ignored, *sys.argv[1:])))
    except stack.NotUp as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stack.down(RUN)
    return code


if __name__ == "__main__":
    sys.exit(main())
