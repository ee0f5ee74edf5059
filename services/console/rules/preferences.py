"""How somebody likes their screen: kept in cookies, for they say nothing of anybody."""

from collections.abc import Mapping
from dataclasses import dataclass

CHOICES: dict[str, tuple[str, ...]] = {
    "tema": ("auto", "claro", "escuro"),
    "densidade": ("normal", "compacta", "ampla"),
    "atalhos": ("sim", "nao"),
    "seguinte": ("sim", "nao"),
}
"""Name → what may be chosen; the first holds where nothing was."""


@dataclass(frozen=True)
class Preferences:
    """Colours, height of rows, whether single keys act (WCAG 2.1.4 has them turned off), and
    whether a decision opens the next task."""

    theme: str
    density: str
    keys: bool
    onward: bool = True


def read(cookies: Mapping[str, str]) -> Preferences:
    """What was chosen, or what holds where it is none of the choices."""
    theme, density, keys, onward = (chosen(name, cookies.get(name)) for name in CHOICES)
    return Preferences(theme, density, keys == "sim", onward == "sim")


def chosen(name: str, value: str | None) -> str:
    """The choice, or the first one."""
    choices = CHOICES[name]
    return value if value in choices else choices[0]
