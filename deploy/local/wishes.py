"""What a stack was asked to be, from the environment: another wish starts it anew."""

import os

STATEMENTS = "VINCULO_STATEMENTS"
"""Postgres counts every statement and logs it with its values: for benches, never people."""
NAMES = (
    "STACK",
    "BROKER",
    "VINCULO_ONLY",
    "VINCULO_TEMPORAL_UI",
    "VINCULO_OTLP_ENDPOINT",
    STATEMENTS,
)


def wishes() -> dict[str, str]:
    return {name: os.environ.get(name, "") for name in NAMES}
