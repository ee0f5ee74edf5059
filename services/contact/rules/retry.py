"""How long to wait before a send that certainly did not happen is tried again."""

_WAITS_SECONDS = (1, 2, 4, 8, 16, 30, 60)


def wait_seconds(tries: int) -> int | None:
    """Seconds until the next try after `tries` of them; None when it is time to give up."""
    return _WAITS_SECONDS[tries - 1] if 1 <= tries <= len(_WAITS_SECONDS) else None
