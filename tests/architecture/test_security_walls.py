"""Walls that need nothing running: what the product's own text may not hold."""

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy import openapi
from deploy.local.check import PRODUCT
from deploy.local.paths import ROOT
from deploy.local.processes import Process
from deploy.local.steps import python
from kit.auth import routes_of
from services.health_declaration.usecases import access

SCRIPTS = sorted((ROOT / "services" / "console" / "static").glob("*.js"))
RULES = ROOT / "services" / "health_declaration" / "data" / "rules.v1.yaml"
SCANNED = ("kit", "services")


def scanned(*paths: Path | str) -> subprocess.CompletedProcess[str]:
    command = python("-m", "bandit", "-q", "-r", "-lll", *map(str, paths))
    return subprocess.run(  # noqa: S603 - a command of our own check
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_product_passes_the_static_scanner() -> None:
    done = scanned(*PRODUCT)
    assert done.returncode == 0, done.stdout


def test_planted_fault_the_static_scanner_finds_a_weak_hash_and_a_shell(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text("import hashlib, os\nhashlib.md5(b'x')\nos.popen(input())\n", encoding="utf-8")
    assert scanned(tmp_path).returncode != 0


def read(root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    for folder in SCANNED:
        for file in sorted((root / folder).rglob("*.py")):
            yield file, file.read_text(encoding="utf-8")


def test_no_service_lets_another_origin_read_its_answers() -> None:
    found = [file for file, text in read() if "CORS" in text or "Access-Control-Allow" in text]
    assert found == []


def test_a_code_has_a_million_values() -> None:
    assert access._CODES == 10**6


def test_a_code_ends_within_ten_minutes() -> None:
    content = RULES.read_text(encoding="utf-8")
    rules = yaml.safe_load(content)["rules"]
    (minutes,) = [
        one["params"]["codigo.validade_minutos"]
        for one in rules
        if "codigo.validade_minutos" in one.get("params", {})
    ]
    assert minutes <= 10


def test_every_page_of_the_console_has_a_way_out() -> None:
    folder = ROOT / "services" / "console" / "templates"
    layout = (folder / "layout.html").read_text(encoding="utf-8")
    assert '<form action="/sair" method="post">' in layout


def test_an_image_holds_no_history_of_the_source() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert lines[0] == "*"
    assert not [one for one in lines if one.startswith("!") and ".git" in one]


@pytest.mark.parametrize("process", openapi.served(), ids=openapi.short_name)
def test_trace_is_answered_by_no_service(process: Process) -> None:
    methods = {one for route in routes_of(openapi.app_of(process)) for one in route.methods}
    assert methods <= {"GET", "HEAD", "POST", "PUT"}


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_no_script_of_ours_keeps_anything_in_the_browser(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not [one for one in ("localStorage", "sessionStorage", "indexedDB") if one in text]


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_no_script_of_ours_extends_objects_with_what_comes_in(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    means = ("__proto__", "prototype", "Object.assign", "JSON.parse", "eval(")
    assert not [one for one in means if one in text]


def test_every_dependency_is_locked_with_its_hash() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    others = [one for one in lock["package"] if "virtual" not in one["source"]]
    assert others
    files = [f for one in others for f in (*one.get("wheels", ()), one.get("sdist")) if f]
    assert all(one["hash"].startswith("sha256:") for one in files)
    assert not [one["name"] for one in others if "registry" not in one["source"]]
