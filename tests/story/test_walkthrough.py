"""docs/walkthrough.md does what it says: its blocks, pasted into one shell, on a running stack."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCKS = re.compile(r"```bash\n(.*?)```", re.DOTALL)
MINUTES = 20


def test_the_walkthrough_can_be_pasted_as_it_stands() -> None:
    text = (ROOT / "docs" / "walkthrough.md").read_text(encoding="utf-8")
    walked = subprocess.run(
        ["bash", "-e"],  # noqa: S607 - the reader's own shell
        input="\n".join(BLOCKS.findall(text)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES * 60,
    )
    assert walked.returncode == 0, walked.stdout[-3000:] + walked.stderr[-3000:]
    lines = walked.stdout.splitlines()
    assert [line for line in lines if "suspended" in line and "{" not in line] == [
        "suspended",
        "not_suspended",
        "not_suspended",
    ]
    assert any('"suspended":true' in line for line in lines), "the ERP holds it back too"
    assert any("declaration.integrated.v1" in line for line in lines)
    by_curl = lines[lines.index("Quem é você") :]
    assert by_curl[1:3] == ["Digite o código", "Antes de responder"]
    assert by_curl[-4:-2] == ["Confira antes de assinar", "Declaração assinada"]
    assert by_curl[-1] == "[]", "a clean declaration restricts nothing"
