"""What the dark of a style may change: colours, so that a page is the same page in both lights."""

import re
from pathlib import Path

import pytest

import services.console

STATIC = Path(services.console.__file__).parent / "static"
STYLES = {path.name: path for path in STATIC.glob("*.css")}
DARK = re.compile(
    r"prefers-color-scheme: dark\) \{\s*[^{}]*\{([^{}]*)\}\s*\}"
    r"|:root\[data-theme=\"escuro\"\] \{([^{}]*)\}"
)
SAID = re.compile(r"prefers-color-scheme|data-theme")
ALL_MENTIONS = {"console.css": 3, "public.css": 1}
"""The system's dark says both at once; no other style speaks of the lights."""


def darks(style: str) -> list[dict[str, str]]:
    """What each dark of a style declares."""
    found = [one or other for one, other in DARK.findall(style)]
    return [
        {name.strip(): value.strip() for name, _, value in (one.partition(":") for one in told)}
        for told in ([one for one in body.split(";") if one.strip()] for body in found)
    ]


def beyond_colours(style: str) -> list[str]:
    """What a dark declares besides tokens that the light declares too, and the scheme itself."""
    light = style.partition("@media")[0]
    return [
        name
        for dark in darks(style)
        for name in dark
        if name != "color-scheme" and not (name.startswith("--") and f"{name}:" in light)
    ]


@pytest.mark.parametrize("name", STYLES)
def test_the_dark_changes_colours_and_nothing_else(name: str) -> None:
    style = STYLES[name].read_text(encoding="utf-8")
    assert len(SAID.findall(style)) == ALL_MENTIONS.get(name, 0)
    assert beyond_colours(style) == []


def test_the_dark_of_the_system_and_the_one_that_is_chosen_are_one() -> None:
    system, chosen = darks(STYLES["console.css"].read_text(encoding="utf-8"))
    assert system == chosen
    assert len(system) > 20


def test_planted_fault_a_dark_that_moves_something_is_found() -> None:
    dark = "@media (prefers-color-scheme: dark) {\n :root { --a: 2; gap: 1px; } }"
    assert beyond_colours(":root { --a: 1; }" + dark) == ["gap"]
