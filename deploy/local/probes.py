"""Ways to ask a process from outside whether it serves."""

import asyncio
from contextlib import suppress

import httpx
import psutil

from deploy.local.launch import Probe
from deploy.local.ports import HOST

PATIENCE_SECONDS = 2.0


def listens(port: int) -> Probe:
    """Someone accepts connections there."""

    async def probe(_pid: int) -> bool:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                _, writer = await asyncio.open_connection(HOST, port)
                writer.close()
            return True
        return False

    return probe


def answers_ready(port: int) -> Probe:
    """This very process listens there (two may share a port) and GET /ready says 200."""

    async def probe(pid: int) -> bool:
        if not owns(pid, port):
            return False
        with suppress(httpx.HTTPError):
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
                reply = await client.get(f"http://{HOST}:{port}/ready")
            return reply.status_code == httpx.codes.OK
        return False

    return probe


def owns(pid: int, port: int) -> bool:
    """Whether the process, or a child of it, listens on the port."""
    try:
        sockets = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return False
    return any(s.status == psutil.CONN_LISTEN and s.laddr.port == port for s in sockets)
