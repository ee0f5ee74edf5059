"""`make pictures`: the pictures of docs/screens, taken on the running stack.

One declaration as its people see it, step by step, then every room in three widths and both lights.
"""

import asyncio
import os
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.support import live
from tests.support.screen import PHONE, TABLET, WIDE, Scheme, Screens, chromium

FOLDER = Path(__file__).parents[2] / "docs" / "screens" / "pictures"
STORY = "tests/e2e/test_care.py::test_a_disease_is_declared_talked_over_audited_and_signed_for"
ROOMS = {
    "tasks": ("analista.1", "/tarefas"),
    "declarations": ("analista.1", "/declaracoes"),
    "interviews": ("agenda", "/entrevistas"),
    "rules": ("regras.1", "/regras/tabela-cpt"),
    "integrations": ("integracao", "/integracoes"),
    "trail": ("encarregado", "/auditoria"),
    "administration": ("coordenacao", "/administracao"),
}
SIZES = {"1440": WIDE, "1024": TABLET, "390": PHONE}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PEOPLE = 12


async def rooms() -> None:
    """Each room of an operator with some work in it."""
    async with live.house() as house, chromium() as browser:
        lives = await house.together(house.at_desk("Q10") for _ in range(PEOPLE))
        await house.together(life.to_analysis() for life in lives)
        screens = Screens(browser)
        origin = house.world.stack.url("console")
        for (size, window), scheme in product(SIZES.items(), SCHEMES):
            for name, (who, path) in ROOMS.items():
                async with screens.window(origin, window, scheme) as screen:
                    await screen.sign_in(house.tenant, who, path)
                    await screen.snap(f"{name}-{size}-{scheme}")


def main() -> int:
    """0 when every picture was taken."""
    FOLDER.mkdir(exist_ok=True)
    os.environ["VINCULO_PICTURES"] = str(FOLDER)
    failed = pytest.main(["-q", STORY])
    if not failed:
        asyncio.run(rooms())
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
