"""The stages of a declaration, as they are, and as whoever has no clinical purpose is told them."""

from collections.abc import Mapping
from typing import Literal, get_args

Stage = Literal[
    "unrepresented",
    "invited",
    "filling",
    "analysis",
    "documents",
    "exam",
    "interview_to_schedule",
    "interview_scheduled",
    "audit",
    "offer",
    "negotiation",
    "term",
    "released",
    "integrated",
    "expired",
    "withdrawn",
    "cancelled",
]
CoarseStage = Literal[
    "unrepresented",
    "invited",
    "filling",
    "in_review",
    "waiting_person",
    "released",
    "expired",
    "withdrawn",
    "cancelled",
]
"""What is told to whoever has no clinical purpose: an offer or an examination tells a disease."""
COARSE: Mapping[str, tuple[Stage, ...]] = {
    "unrepresented": ("unrepresented",),
    "invited": ("invited",),
    "filling": ("filling",),
    "in_review": ("analysis", "exam", "audit", "negotiation"),
    "waiting_person": (
        "documents",
        "interview_to_schedule",
        "interview_scheduled",
        "offer",
        "term",
    ),
    "released": ("released", "integrated"),
    "expired": ("expired",),
    "withdrawn": ("withdrawn",),
    "cancelled": ("cancelled",),
}
"""The stages behind each coarse one."""
_COARSE_OF: Mapping[str, CoarseStage] = {
    fine: coarse for coarse in get_args(CoarseStage) for fine in COARSE[coarse]
}
ENDED: frozenset[str] = frozenset({"integrated", "expired", "withdrawn", "cancelled"})


DUE_TOLD: frozenset[CoarseStage] = frozenset({"unrepresented", "invited", "filling"})
"""Coarse stages whose term anybody may be told; behind each of the others stand several stages, or
a release with a CPT, and how long the term is tells which."""


def coarse(stage: str) -> CoarseStage:
    """The stage as it is told without clinical purpose; KeyError where there is no such stage."""
    return _COARSE_OF[stage]
