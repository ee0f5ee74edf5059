"""A page worked by the keyboard alone: Tab to what is wanted, by the name a screen reader says.

Nothing here clicks, fills in or sets the focus: what Tab does not come to is out of reach, and a
stop at which the focus cannot be seen, or that keeps it, fails the test where it happens.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession, Page

STOPS = 400
"""Keys until whatever is wanted counts as out of reach."""
PARTS = 8
"""A date keeps the focus while Tab goes through its parts; nothing keeps it longer."""
LAST = 6

LOOK = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const same = window.lastStop === at;
  window.lastStop = at;
  const words = (radio) => (radio.labels[0]?.innerText ?? "").replace(/\\s+/g, " ").trim();
  const group = [...document.querySelectorAll("input[type=radio]")].filter(
    (one) => at.type === "radio" && one.name === at.name && one.form === at.form);
  return {
    same, nowhere: at === document.body, field: at.getAttribute("name") ?? "",
    kind: at.getAttribute("type") ?? at.localName, value: at.value ?? "",
    checked: at.checked ?? false, options: group.map(words),
    outlined: at.matches(":focus-within") && style.outlineStyle !== "none"
      && parseFloat(style.outlineWidth) >= 1,
    within: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
      && box.top < innerHeight && box.left < innerWidth,
  };
}"""
BEGIN = """() => {
  const controls = "a[href], button, input, select, textarea, summary";
  const all = `${controls}, [tabindex]:not([tabindex="-1"])`;
  window.before = [...document.querySelectorAll(all)].filter((one) => !one.ariaHidden);
  window.round = [];
}"""
ROUND = """() => {
  const at = document.activeElement;
  const again = round.length > 1 && round[0] === at && round.at(-1) !== at;
  round.push(at);
  return again;
}"""
MISSED = """() => before.filter((one) => one.checkVisibility({ visibilityProperty: true })
  && !one.disabled && !round.includes(one)
  && !(one.type === "radio" && round.some((at) => at.name === one.name && at.form === one.form))
).map((one) => one.outerHTML.slice(0, 160))"""
"""What stood there at the beginning and still does; news that come meanwhile are not judged."""


@dataclass(frozen=True)
class Stop:
    """Where the focus is: what a screen reader says of it, and whether an eye finds it."""

    role: str
    name: str
    field: str
    kind: str
    value: str
    checked: bool
    options: list[str]
    outlined: bool
    within: bool
    nowhere: bool
    same: bool

    def __str__(self) -> str:
        return "nowhere" if self.nowhere else f"{self.role} “{self.name}”"


@dataclass
class Keyboard:
    """The keys of one window."""

    page: Page
    _devtools: CDPSession | None = field(default=None, init=False)
    _kept: int = field(default=0, init=False)
    """How often Tab left the focus where it was."""

    async def press(self, *keys: str) -> None:
        """Keys one after the other, wherever the focus is."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def here(self) -> Stop:
        """Where the focus is, as the browser tells whoever does not see it."""
        if self._devtools is None:
            self._devtools = await self.page.context.new_cdp_session(self.page)
        at = {"expression": "document.activeElement"}
        found = (await self._devtools.send("Runtime.evaluate", at))["result"]["objectId"]
        asked = {"objectId": found, "fetchRelatives": False}
        node = (await self._devtools.send("Accessibility.getPartialAXTree", asked))["nodes"][0]
        told: dict[str, Any] = await self.page.evaluate(LOOK)
        return Stop(role=_said(node, "role"), name=_said(node, "name"), **told)

    async def tab(self, *, back: bool = False) -> Stop:
        """One stop further; the focus is where it can be seen."""
        await self.press("Shift+Tab" if back else "Tab")
        stop = await self.here()
        assert stop.nowhere or stop.outlined, f"the focus is not drawn at {stop}"
        assert stop.nowhere or stop.within, f"the focus is out of sight at {stop}"
        self._kept = self._kept + 1 if stop.same and not stop.nowhere else 0
        assert self._kept < PARTS, f"the focus is kept by {stop}"
        return stop

    async def to(self, name: str = "", role: str = "", field: str = "") -> Stop:
        """Tab until the focus is on what is called so, is such a thing, or sends such a field."""

        def fits(stop: Stop) -> bool:
            named = stop.name.startswith(name) and field in ("", stop.field)
            return named and role in ("", stop.role)

        return await self._until(fits, f"{role} “{name}” {field}")

    async def _until(self, fits: Callable[[Stop], bool], wanted: str) -> Stop:
        await self.page.wait_for_load_state("load")
        stop, trail = await self.here(), list[str]()
        while not fits(stop):
            stop = await self.tab()
            trail.append(str(stop))
            assert len(trail) < STOPS, f"Tab never comes to {wanted}; it went: {set(trail)}"
        return stop

    async def activates(self, name: str, role: str = "") -> None:
        """Comes to a button, a link or a summary, and presses Enter."""
        await self.to(name, role)
        await self.press("Enter")

    async def ticks(self, name: str) -> None:
        """Comes to a box and ticks it with the space bar."""
        await self.to(name, "checkbox")
        await self.press("Space")
        assert (await self.here()).checked, f"“{name}” is not ticked"

    async def chooses(self, name: str) -> None:
        """Comes to the group that offers it, and by arrows to it."""

        def offers(stop: Stop) -> bool:
            return any(one.startswith(name) for one in stop.options)

        stop = await self._until(offers, f"choice “{name}”")
        keys = ["Space"] + ["ArrowDown"] * len(stop.options)
        for key in keys:
            if stop.name.startswith(name) and stop.checked:
                return
            await self.press(key)
            stop = await self.here()
        raise AssertionError(f"arrows never come to “{name}”: {stop.options}")

    async def writes(self, text: str, name: str = "", field: str = "") -> None:
        """Comes to a field and writes, over what stood there."""
        await self.to(name, field=field)
        await self.writes_here(text)

    async def writes_here(self, text: str) -> None:
        """In the field where the focus is."""
        await self.press("Control+A")
        await self.page.keyboard.type(text)
        stop = await self.here()
        assert stop.value == text, f"{stop} holds {stop.value!r}"

    async def sets(self, name: str, value: str, *written: str) -> None:
        """A date or a time, written in the order in which this browser shows its parts."""
        await self.to(name)
        for digits in written:
            await self.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
            await self.page.keyboard.type(digits)
            if (await self.here()).value == value:
                return
        raise AssertionError(f"“{name}” does not take {value}: {await self.here()}")

    async def goes_round(self) -> None:
        """Tab comes to every control in sight and back to where it began: none is out of reach, and
        none keeps it; one step back is a step back."""
        await self.page.wait_for_load_state("load")
        await self.page.evaluate(BEGIN)
        trail = list[str]()
        while True:
            stop = await self.tab()
            if await self.page.evaluate(ROUND):
                break
            trail.append(str(stop))
            assert len(trail) < STOPS, f"Tab never comes round: {trail[-LAST:]}"
        missed = await self.page.evaluate(MISSED)
        assert missed == [], f"out of reach: {missed}"
        await self.tab()
        assert str(await self.tab(back=True)) == str(stop)


def _said(node: dict[str, Any], what: str) -> str:
    return " ".join(str(node.get(what, {}).get("value", "")).split())
