"""Fingerprints of workflow code: running cases replay it, so it never changes unnoticed.

`python -m tests.support.fingerprints` records the code as it is. A changed workflow is recorded
only with a new `workflow.patched` gate, or with `--compatible "why"` after the golden histories
replayed; the reason is kept beside the fingerprint. Comments and docstrings may change freely.
"""

import ast
import json
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "tests" / "workflows" / "fingerprints.json"
PATTERNS = (
    "workflows/*/workflow.py",
    "workflows/*/messages.py",
    "workflows/asking.py",
    "workflows/timers.py",
)
GATES = {"patched", "deprecate_patch"}

Fingerprint = dict[str, Any]
Fingerprints = Mapping[str, Fingerprint]


def of_code(text: str) -> Fingerprint:
    """What replay depends on: the code without comments and docstrings, and its patch gates."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        _drop_docstring(node)
    return {"sha256": sha256(ast.unparse(tree).encode()).hexdigest(), "patches": _patches(tree)}


def _drop_docstring(node: ast.AST) -> None:
    holder = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    if isinstance(node, holder) and ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]


def _patches(tree: ast.Module) -> list[str]:
    return sorted(
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in GATES
        and call.args
        and isinstance(call.args[0], ast.Constant)
    )


def current(root: Path = ROOT) -> dict[str, Fingerprint]:
    """Fingerprints of the tree, by file."""
    files = sorted(file for pattern in PATTERNS for file in root.glob(pattern))
    return {
        str(file.relative_to(root)): of_code(file.read_text(encoding="utf-8")) for file in files
    }


def recorded(file: Path = RECORD) -> dict[str, Fingerprint]:
    """Fingerprints as committed; none before the first record."""
    if not file.exists():
        return {}
    read: dict[str, Fingerprint] = json.loads(file.read_text(encoding="utf-8"))
    return read


def faults(now: Fingerprints, before: Fingerprints) -> list[str]:
    """Files whose code is not the recorded one."""
    changed = {name for name in now.keys() & before.keys() if not _same(now[name], before[name])}
    return [
        f"{name} changed: gate it by workflow.patched or record it"
        for name in sorted(changed | (now.keys() ^ before.keys()))
    ]


def ungated(now: Fingerprints, before: Fingerprints) -> list[str]:
    """Changed files that bring no new patch gate, and files that are gone."""
    return [
        f"{name} changed without a new workflow.patched gate"
        for name in sorted(before)
        if name not in now
        or (
            not _same(now[name], before[name])
            and not set(now[name]["patches"]) - set(before[name]["patches"])
        )
    ]


def _same(now: Fingerprint, before: Fingerprint) -> bool:
    return bool(now["sha256"] == before["sha256"])


def write(now: Fingerprints, before: Fingerprints, reason: str, file: Path | None = None) -> None:
    """Record the fingerprints; unchanged files keep their entry, changed ones get the reason."""
    merged = {
        name: before[name]
        if name in before and _same(fingerprint, before[name])
        else {**fingerprint, **({"compatible": reason} if reason and name in before else {})}
        for name, fingerprint in now.items()
    }
    (file or RECORD).write_text(
        json.dumps(merged, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def main(arguments: Sequence[str]) -> int:
    """The command: 0 when recorded, 1 with one sentence per file that needs a gate or a reason."""
    reason = arguments[1] if len(arguments) == 2 and arguments[0] == "--compatible" else ""
    now, before = current(), recorded()
    refused = [] if reason else ungated(now, before)
    for sentence in refused:
        sys.stderr.write(f'{sentence}; or --compatible "why" once the histories replay\n')
    if not refused:
        write(now, before, reason)
    return 1 if refused else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
