"""`make check`: the walls that need no running stack."""

import sys

from deploy.local.paths import BIN
from deploy.local.steps import Step, python, run

PRODUCT = ("contracts", "kit", "services", "workflows", "deploy")
STEPS = [
    Step("ruff check", python("-m", "ruff", "check", ".")),
    Step("ruff format", python("-m", "ruff", "format", "--check", ".")),
    Step("bandit", python("-m", "bandit", "-q", "-r", "-lll", *PRODUCT)),
    Step("mypy --strict", python("-m", "mypy")),
    Step("import-linter", (str(BIN / "lint-imports"),)),
    Step("arquitetura e orçamentos", python("-m", "pytest", "-q", "tests/architecture")),
    Step("promessas dos contratos", python("-m", "contracts.catalog", "--check")),
    Step("OpenAPI de cada serviço", python("-m", "deploy.openapi", "--check")),
    Step("capacidades", python("-m", "tests.support.capabilities", "--check")),
    Step("controles", python("-m", "tests.support.controls", "--check")),
    Step("ASVS", python("-m", "tests.support.asvs", "--check")),
    Step("dados pessoais", python("-m", "tests.support.personal_data", "--check")),
]

if __name__ == "__main__":
    sys.exit(run(STEPS))
