"""Templates and static files: nothing that a strict policy would refuse, nothing of strangers."""

import hashlib
import re
from pathlib import Path

import pytest

from services.console.routes.assets import FOLDER as STATIC
from services.console.routes.assets import Assets
from services.console.routes.headers import POLICY
from services.console.routes.pages import FOLDER as TEMPLATES
from services.console.routes.pages import anchor
from services.console.rules.keys import KEYS

PAGES = sorted(TEMPLATES.rglob("*.html"))
HTMX = "vendor/htmx-4.0.1.min.js"
HTMX_SHA256 = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
REFUSED = {
    "a script within the page": re.compile(r"<script(?![^>]*\bsrc=)"),
    "a style within the page": re.compile(r"<style|\bstyle\s*="),
    "a handler within the page": re.compile(r"\s(on[a-z]+|hx-on[^=\s]*)\s*="),
    "values computed by the script": re.compile(r"hx-(vals|headers)=['\"]js:"),
    "a filter that is compiled": re.compile(r"hx-trigger=\"[^\"]*\["),
    "another origin": re.compile(r"(src|href|action)=\"(https?:)?//"),
    "text that is not escaped": re.compile(r"\|\s*safe\b|autoescape false"),
}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED.keys())
def test_no_page_holds_what_the_policy_would_refuse(path: Path, refused: re.Pattern[str]) -> None:
    assert refused.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<script>1</script>", "a script within the page"),
        ('<p style="color:red">', "a style within the page"),
        ('<p onclick="x()">', "a handler within the page"),
        ('<p hx-on:click="x()">', "a handler within the page"),
        ('<a href="//mau.example">', "another origin"),
        ("{{ name | safe }}", "text that is not escaped"),
    ],
)
def test_planted_faults_what_the_policy_would_refuse_is_found(text: str, fault: str) -> None:
    assert REFUSED[fault].search(text)


def test_the_policy_allows_this_origin_and_nothing_inline() -> None:
    assert POLICY.startswith("default-src 'none'")
    assert "unsafe" not in POLICY
    assert "*" not in POLICY
    assert {"script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= {
        *POLICY.split("; ")
    }


def test_htmx_is_the_very_file_that_was_chosen() -> None:
    assert hashlib.sha256((STATIC / HTMX).read_bytes()).hexdigest() == HTMX_SHA256


def test_the_scripts_of_ours_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in STATIC.glob("*.js")}
    # The grid comes with the tables of rules alone; the public fetches its own and no library.
    assert sizes.pop("grade.js") <= 8 * 1024
    assert sizes.pop("public.js") <= 3072
    assert sum(sizes.values()) <= 12 * 1024


def test_a_changed_file_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    before = Assets(tmp_path).url("a.css")
    (tmp_path / "a.css").write_text("b{}")
    after = Assets(tmp_path)
    assert after.url("a.css") != before
    assert after.find(before.removeprefix("/estatico/")) is None


def test_only_styles_scripts_and_drawings_are_served(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(KeyError):
        Assets(tmp_path).url("notes.md")


def test_every_key_of_the_help_is_bound_by_the_script() -> None:
    script = (STATIC / "keyboard.js").read_text(encoding="utf-8")
    assert [key.act for key in KEYS if f"  {key.act}: " not in script] == []


def test_nothing_is_decided_or_lost_by_a_single_key() -> None:
    moves = {"next", "previous", "inbox", "people", "rules", "search", "palette", "help"}
    assert {key.act for key in KEYS} == moves | {"claim", "snooze"}


def test_an_id_fits_into_a_selector() -> None:
    assert anchor("1:a.b/c d") == "1-a-b-c-d"
