"""A million random cases of working time against the clock that looks at every single minute.

`python -m tests.bench.task_clock [COUNT]`, or `make bench GOAL=clock`. Exits 1, and shows the case,
where the two do not agree.
"""

import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from tests.support.minutes import try_case

COUNT, EACH = 1_000_000, 2_000


def batch(seed: int, cases: int) -> str:
    """Some cases; the first that fails, or nothing."""
    chance = random.Random(seed)  # noqa: S311 a seed, no secret
    for _ in range(cases):
        try:
            try_case(chance)
        except AssertionError as found:
            return f"seed {seed}: {found}"
    return ""


def main() -> int:
    """All cores at work; tells by its exit code whether every case agreed."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    sizes = [min(EACH, wanted - done) for done in range(0, wanted, EACH)]
    began, tried = time.monotonic(), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for size, fault in zip(sizes, pool.map(batch, range(len(sizes)), sizes), strict=True):
            tried += size
            if fault:
                print(fault)  # noqa: T201
                return 1
            if tried % (EACH * 25) == 0:
                print(f"{tried:,} cases, {time.monotonic() - began:,.0f} s")  # noqa: T201
    print(f"{tried:,} cases agree, {time.monotonic() - began:,.0f} s")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
