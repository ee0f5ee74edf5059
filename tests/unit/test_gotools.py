"""The checkers are built once; where there is no Go, one sentence says what to install."""

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.local import gotools
from deploy.local.gotools import GoTool, NoGo, ensure, main

TOOL = GoTool("example.org/tools/cmd/measure", "v1.2.3")


@pytest.fixture(autouse=True)
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(gotools, "TOOLS", tmp_path)
    return tmp_path


def test_a_checker_is_built_once_into_a_folder_that_carries_its_version(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[list[str]] = []

    def install(command: list[str], *, env: dict[str, str], **_: Any) -> None:
        built.append(command[1:])
        assert env["GOTOOLCHAIN"] == "local"
        Path(env["GOBIN"]).mkdir()
        (Path(env["GOBIN"]) / "measure").write_text("program")

    monkeypatch.setattr(shutil, "which", lambda *_, **__: "go")
    monkeypatch.setattr(subprocess, "run", install)
    for _ in range(2):
        assert ensure(TOOL) == tools / "measure-v1.2.3" / "measure"
    assert built == [["install", "example.org/tools/cmd/measure@v1.2.3"]]
    assert [one.name for one in tools.iterdir()] == ["measure-v1.2.3"]


def test_a_build_that_fails_leaves_nothing_behind(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def install(*_: object, env: dict[str, str], **__: object) -> SimpleNamespace:
        Path(env["GOBIN"]).mkdir()
        raise subprocess.CalledProcessError(1, "go")

    monkeypatch.setattr(shutil, "which", lambda *_, **__: "go")
    monkeypatch.setattr(subprocess, "run", install)
    with pytest.raises(subprocess.CalledProcessError):
        ensure(TOOL)
    assert list(tools.iterdir()) == []


def test_without_go_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(NoGo):
        ensure(TOOL)
    assert main() == 1
    assert capsys.readouterr().err.strip() == gotools.NO_GO
    assert gotools.NO_GO.startswith("Instale o Go")
