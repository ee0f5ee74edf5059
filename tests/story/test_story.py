"""The story of the demo, smaller, told to the running stack; `verify` finds it true again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = {"STORY": "small"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own module, by our own interpreter
        [sys.executable, "-m", "deploy.story", *arguments],
        cwd=ROOT,
        env=os.environ | SMALL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def told() -> subprocess.CompletedProcess[str]:
    return run()


def test_everybody_comes_to_what_the_key_says(told: subprocess.CompletedProcess[str]) -> None:
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    assert "Tudo conferido." in told.stdout


def test_the_last_story_is_found_true_again(told: subprocess.CompletedProcess[str]) -> None:
    assert told.returncode == 0, "nothing to find again"
    again = run("verify")
    assert again.returncode == 0, again.stdout[-6000:] + again.stderr[-2000:]


def test_an_unknown_order_is_refused_with_the_known_ones() -> None:
    refused = run("conta")
    assert refused.returncode == 2
    assert "verify" in refused.stderr
