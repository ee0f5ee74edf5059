"""What the worklist needs besides the common environment."""

from kit.settings import Settings


class WorklistSettings(Settings):
    """The environment of both processes."""

    service: str = "worklist"
    round_seconds: float = 2
    """How often ladders and bulk acts are looked at when nothing was left to do."""
