"""A figure that remembers what it was told, by the values of its attributes."""

from collections.abc import Mapping


class Heard:
    """Stands for a gauge or a counter."""

    def __init__(self) -> None:
        self.told: dict[tuple[object, ...], float] = {}

    def set(self, value: float, attributes: Mapping[str, object] | None = None) -> None:
        self.told[tuple((attributes or {}).values())] = value

    def add(self, value: float, attributes: Mapping[str, object] | None = None) -> None:
        key = tuple((attributes or {}).values())
        self.told[key] = self.told.get(key, 0) + value
