"""Every kind of process dies by kill -9 while people are at work; the small story still holds."""

import os
import re
import subprocess
import sys
from pathlib import Path

from deploy.local import stack
from deploy.story.kills import UNTOUCHED

ROOT = Path(__file__).parents[3]
KILLED = re.compile(r"kill -9 (\S+) \((\d+)\): (\d+) pedidos abertos")
MINUTES = 25


def test_each_process_is_killed_with_work_in_flight_and_the_story_still_holds() -> None:
    before = stack.describe()["pids"]
    told = subprocess.run(
        [sys.executable, "-m", "deploy.story"],
        cwd=ROOT,
        env=os.environ | {"STORY": "small", "KILLS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES * 60,
    )
    assert told.returncode == 0, told.stdout[-8000:] + told.stderr[-2000:]
    assert "Tudo conferido." in told.stdout
    kills = KILLED.findall(told.stdout)
    assert sorted(name for name, _, _ in kills) == sorted(set(before) - set(UNTOUCHED))
    assert all(int(requests) > 0 for _, _, requests in kills), kills
    after = stack.describe()
    assert sorted(after["ready"]) == sorted(before)
    assert [name for name, pid, _ in kills if after["pids"][name] == int(pid)] == []
