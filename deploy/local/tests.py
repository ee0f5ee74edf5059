"""`make test`: every test but the benches and the long chaos, on a stack of its own."""

import asyncio
import os
import sys

from deploy.local import stack
from deploy.local.steps import Step, carry_out, python
from deploy.local.versions import versions

RUN = ".run/test"
LEFT_OUT = ("tests/bench", "tests/chaos/long")


def say(line: str) -> None:
    print(line, flush=True)


def pytest_step() -> Step:
    ignored = [f"--ignore={path}" for path in LEFT_OUT]
    plugin = ("-p", "tests.support.report")
    return Step("pytest", python("-m", "pytest", *plugin, *ignored, *sys.argv[1:]))


def main() -> int:
    """Starts from an empty stack, so that no earlier run helps; stops it at the end."""
    os.environ["VINCULO_RUN"] = RUN
    stack.reset()
    try:
        stack.up(tell=say)
        code, seconds = carry_out(pytest_step())
        for line in [*asyncio.run(versions()), f"pytest {seconds:.0f} s"]:
            say(line)
    except (stack.NotUp, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stack.down()
    return code


if __name__ == "__main__":
    sys.exit(main())
