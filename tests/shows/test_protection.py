"""Keys change while everybody works; a list says what guards the data and which test shows it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.story.life import Life
from tests.support import controls
from tests.support.live import House, rows

ROOT = Path(__file__).parents[2]
PARTS = "select kek_id, count(*) as keys from person_key where wrapped is not null group by 1"


async def rotated() -> str:
    """The one command, beside a stack at work; what it said."""
    command = [sys.executable, "-m", "deploy.local.rotate"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def kek_ids(house: House) -> dict[str, int]:
    return {one["kek_id"]: one["keys"] for one in await rows(house.admin("keyring"), PARTS)}


@pytest.mark.shows("M039")
async def test_the_key_of_keys_is_replaced_by_one_command_while_all_runs(house: House) -> None:
    [first, *_] = [await house.at_desk("Q16") for _ in range(3)]
    await first.to_analysis()
    before, pids = await kek_ids(house), house.world.stack.pids
    turning = asyncio.create_task(rotated())
    meanwhile: list[Life] = []
    while not turning.done():
        meanwhile.append(await house.at_desk())
        await meanwhile[-1].released()
    said = await turning
    assert meanwhile, "nobody was at work"
    [(now, keys)] = (await kek_ids(house)).items()
    assert now in said
    assert now not in before
    assert keys >= sum(before.values()) + len(meanwhile)
    kept = (house.world.stack.run / "secrets" / "kek").read_text().split(",")
    assert [one.partition(":")[0] for one in kept] == [now, *before]
    declared = (await first.office.case())["clinical"]["declared"]
    assert [one["question_id"] for one in declared] == ["Q16"]
    after = await house.at_desk()
    await after.released()
    assert house.world.stack.pids == pids, "a process had to be started again"


@pytest.mark.shows("M039")
def test_the_evidence_pack_names_a_control_and_its_tests_for_each_duty() -> None:
    pack = controls.read()
    assert {one.law for one in pack} >= {"LGPD art. 46", "LGPD art. 37", "LGPD art. 18"}
    assert controls.faults(pack) == []
    assert controls.page(pack) == (ROOT / "docs" / "security-controls.md").read_text()


def test_planted_fault_a_control_without_a_test_is_told() -> None:
    [lame] = [
        controls.Control("x", "LGPD art. 46", "kit/crypto.py", ("tests/unit/none.py::test_x",))
    ]
    assert controls.faults([lame]) == ["x: tests/unit/none.py::test_x não existe"]
    assert controls.faults([controls.Control("x", "y", "kit/none.py", ())]) == [
        "x: kit/none.py não existe",
        "x: nenhum teste",
    ]
