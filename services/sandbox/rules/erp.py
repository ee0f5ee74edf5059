"""What the ERP decides by its own table. Written from the meaning of a CPT, not from our rules."""

from datetime import date

from contracts.erp.events import CptBody
from contracts.values import range_contains


def newer(held_revision: int | None, revision: int) -> bool:
    """Whether a report changes the table: revisions at or below the one held do not."""
    return held_revision is None or revision > held_revision


def suspends(
    cover: CptBody, on: date, cid: str | None, tuss: str | None, high_technology_bed: bool
) -> bool:
    """Whether the payer would hold back this request under this row.

    In force from `starts_on` until the day before `ends_on`, for the declared disease alone
    (RN 558: related exclusively to it), and for what the report lists.
    """
    if not cover.starts_on <= on < cover.ends_on:
        return False
    if cid is None or not any(range_contains(cid_range, cid) for cid_range in cover.cid_ranges):
        return False
    listed = tuss is not None and tuss in cover.tuss
    return listed or (high_technology_bed and cover.high_technology_bed)
