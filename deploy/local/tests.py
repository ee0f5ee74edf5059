"""`make test`: every test but the benches, on a stack of its own."""

import asyncio
import os
import sys
import time

from deploy.local import stack
from deploy.local.paths import ROOT, is_full
from deploy.local.steps import Step, beside, carry_out, python
from deploy.local.told import told
from deploy.local.versions import versions

RUN = ".run/test-full" if is_full() else ".run/test"
LEFT_OUT = ("tests/bench", *(() if is_full() else ("tests/full",)))
ON_FULL = ("tests/full", "tests/live")
"""What is worth its time on the full stack; the rest asks nothing of what is different there."""
ON_STACK = ("tests/api", "tests/e2e", "tests/live", "tests/shows", "tests/story")


def say(line: str) -> None:
    print(line, flush=True)


def pytest_step(name: str, *paths: str) -> Step:
    """One pytest with its own folder for temporary files: two runs delete each other's."""
    ignored = [f"--ignore={path}" for path in LEFT_OUT]
    apart = f"--basetemp={ROOT / RUN / name}"
    return Step(name, python("-m", "pytest", "-p", "tests.support.report", apart, *ignored, *paths))


def tested(paths: list[str]) -> int:
    """Those named; or all, the tests of the stack beside those that bring their own parts."""
    if is_full():
        paths = paths or list(ON_FULL)
    if paths:
        return carry_out(pytest_step("pytest", *paths))[0]
    others = pytest_step("pytest-apart", *(f"--ignore={path}" for path in ON_STACK))
    with beside(others, ROOT / RUN / "logs" / "pytest-apart.log") as meanwhile:
        code, _ = carry_out(pytest_step("pytest-stack", *ON_STACK))
    return code or meanwhile.returncode


def main() -> int:
    """Starts from an empty stack, so that no earlier run helps; stops it at the end."""
    os.environ["VINCULO_RUN"] = RUN
    stack.reset()
    try:
        stack.up(tell=say)
        began = time.monotonic()
        code = tested(sys.argv[1:])
        for line in [
            *asyncio.run(versions()),
            *asyncio.run(told()),
            f"pytest {time.monotonic() - began:.0f} s",
        ]:
            say(line)
    except (stack.NotUp, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stack.down()
    return code


if __name__ == "__main__":
    sys.exit(main())
