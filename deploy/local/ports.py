"""Free ports, picked once and kept, so that two checkouts run side by side."""

import random
import socket
from collections.abc import Iterable
from pathlib import Path

from deploy.local.paths import read_json, write_json

HOST = "127.0.0.1"
# Below the range from which the kernel takes the ports of outgoing connections.
LOWEST, HIGHEST = 20000, 32000


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def pick(run: Path, names: Iterable[str]) -> dict[str, int]:
    """The kept ports where still free, else others; call it while the stack is down."""
    path = run / "ports.json"
    kept = {name: int(port) for name, port in read_json(path).items()}
    chosen = {name: port for name, port in kept.items() if is_free(port)}
    for name in names:
        if name not in chosen:
            chosen[name] = another(set(chosen.values()))
    if chosen != kept:
        write_json(path, chosen)
    return chosen


def another(taken: set[int]) -> int:
    draw = random.SystemRandom()
    while True:
        port = draw.randrange(LOWEST, HIGHEST)
        if port not in taken and is_free(port):
            return port
