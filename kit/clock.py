"""The one source of "now" outside workflows. Only the sandbox can move it, tenant by tenant."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from contracts.sandbox.events import ClockMoved


class Clock:
    """Real time, plus what the sandbox's facts moved it by. Governs business deadlines only."""

    def __init__(self, time_zone: str = "America/Sao_Paulo", *, movable: bool = False) -> None:
        self.zone = ZoneInfo(time_zone)
        self.movable = movable
        self._offsets: dict[int, tuple[int, timedelta]] = {}

    def now(self, tenant_id: int) -> datetime:
        """Business time of the tenant, aware, UTC."""
        return datetime.now(UTC) + self._offsets.get(tenant_id, (0, timedelta()))[1]

    def today(self, tenant_id: int) -> date:
        """Business date of the tenant in its time zone."""
        return self.now(tenant_id).astimezone(self.zone).date()

    def version(self, tenant_id: int) -> int:
        """Version of the last move obeyed; 0 when never moved."""
        return self._offsets.get(tenant_id, (0, timedelta()))[0]

    def obey(self, moved: ClockMoved) -> bool:
        """Takes a move unless production or an older version; True when it changed the clock."""
        if not self.movable or moved.version <= self.version(moved.tenant_id):
            return False
        self._offsets[moved.tenant_id] = (moved.version, timedelta(seconds=moved.offset_seconds))
        return True
