"""A changed workflow turns the check red until it is gated or recorded on purpose."""

from pathlib import Path

import pytest

from tests.support import fingerprints
from tests.support.fingerprints import current, faults, of_code, recorded, ungated

CODE = '''
"""What it does."""
from temporalio import workflow

async def run(self) -> None:
    """Waits, then asks."""
    await workflow.sleep(60)  # an hour
    await self.ask()
'''
WORDS_ONLY = CODE.replace("What it does", "Other words").replace("an hour", "a minute")
CHANGED = CODE.replace("sleep(60)", "sleep(61)")
GATED = CHANGED.replace(
    "    await self.ask()", "    if workflow.patched('ask-twice'):\n        await self.ask()"
)


def test_the_code_of_the_workflows_is_the_recorded_one() -> None:
    now = current()
    assert now, "no workflow found"
    assert faults(now, recorded()) == [], "gate it, then: python -m tests.support.fingerprints"


def test_words_about_the_code_may_change() -> None:
    assert of_code(WORDS_ONLY) == of_code(CODE)


def test_planted_fault_a_changed_workflow_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "workflows" / "dunning"
    folder.mkdir(parents=True)
    (folder / "workflow.py").write_text(CODE, encoding="utf-8")
    before = current(tmp_path)
    assert faults(current(tmp_path), before) == []
    (folder / "workflow.py").write_text(CHANGED, encoding="utf-8")
    assert faults(current(tmp_path), before) == [
        "workflows/dunning/workflow.py changed: gate it by workflow.patched or record it"
    ]


@pytest.mark.parametrize(("code", "refused"), [(CHANGED, 1), (GATED, 0), (CODE, 0)])
def test_an_ungated_change_is_not_recorded_without_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, refused: int
) -> None:
    record = tmp_path / "fingerprints.json"
    before, now = {"w.py": of_code(CODE)}, {"w.py": of_code(code)}
    fingerprints.write(before, {}, "", record)
    assert len(ungated(now, before)) == refused
    monkeypatch.setattr(fingerprints, "current", lambda: now)
    monkeypatch.setattr(fingerprints, "recorded", lambda: recorded(record))
    monkeypatch.setattr(fingerprints, "RECORD", record)
    assert fingerprints.main([]) == refused


def test_the_reason_of_a_compatible_change_is_kept(tmp_path: Path) -> None:
    record = tmp_path / "fingerprints.json"
    before, now = {"w.py": of_code(CODE)}, {"w.py": of_code(CHANGED)}
    fingerprints.write(now, before, "only a longer wait, no new command", record)
    assert recorded(record)["w.py"]["compatible"] == "only a longer wait, no new command"
    assert faults(now, recorded(record)) == []


def test_planted_fault_a_removed_workflow_is_told() -> None:
    before = {"w.py": of_code(CODE)}
    assert faults({}, before)
    assert ungated({}, before)
