"""What a stack was asked to be, from the environment: another wish starts it anew."""

import os

NAMES = ("STACK", "BROKER", "VINCULO_ONLY", "VINCULO_TEMPORAL_UI", "VINCULO_OTLP_ENDPOINT")


def wishes() -> dict[str, str]:
    return {name: os.environ.get(name, "") for name in NAMES}
