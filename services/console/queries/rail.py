"""The rail of the inbox: the views everybody has and those that were saved, each with its count."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.worklist.api import Counted, Counts, CountsWanted
from contracts.worklist.team import View as SavedView
from contracts.worklist.team import Views
from services.console.queries.looking import Lane, Look, lane
from services.console.rules.asked import filter_of, place_of
from services.console.rules.views import VIEWS, Place

MOST = 40
"""Saved views in the rail: a list of more is no shortcut."""


@dataclass(frozen=True)
class Saved:
    """A saved view, where it is shown, and how many it holds."""

    view: SavedView
    place: Place
    count: Counted | None = None


@dataclass(frozen=True)
class Rail:
    """What stands in the rail; None of a count that cannot be had."""

    counts: Mapping[str, Counted | None]
    saved: tuple[Saved, ...] = ()
    default_id: str | None = None

    def of(self, view_id: str) -> Saved | None:
        """One of the saved views."""
        return next((one for one in self.saved if one.view.view_id == view_id), None)


async def rail(look: Look) -> Rail:
    """All counts in one question; without it, the views are there all the same."""
    views: Lane[Views] = await lane(look.worklist.get("/task-views", Views))
    shown = views.shown or Views(items=())
    saved = [Saved(one, place_of(one, look.now.tzinfo)) for one in shown.items[:MOST]]
    asked = [filter_of(Place(view), look.now.tzinfo) for view in VIEWS]
    asked += [one.view.query for one in saved]
    wanted = CountsWanted(queries=tuple(asked))
    told: Lane[Counts] = await lane(look.worklist.post("/task-counts", wanted, Counts))
    numbers = list(told.shown.items) if told.shown else [None] * len(asked)
    ours, theirs = numbers[: len(VIEWS)], numbers[len(VIEWS) :]
    return Rail(
        counts={view.slug: number for view, number in zip(VIEWS, ours, strict=True)},
        saved=tuple(
            Saved(one.view, one.place, number) for one, number in zip(saved, theirs, strict=True)
        ),
        default_id=shown.default_id,
    )


async def beginning(look: Look) -> Place | None:
    """Where somebody chose to begin; None where they chose nothing, or it cannot be had."""
    found: Lane[Views] = await lane(look.worklist.get("/task-views", Views))
    views = found.shown
    chosen = [one for one in views.items if one.view_id == views.default_id] if views else []
    return place_of(chosen[0], look.now.tzinfo) if chosen else None
