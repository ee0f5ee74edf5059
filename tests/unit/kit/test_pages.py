"""A cursor that no list of ours gave is refused, whatever is written in it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kit.errors import Refused
from kit.pages import decode_cursor, encode_cursor, moment_cursor

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)


def test_a_cursor_says_where_the_page_stopped() -> None:
    assert moment_cursor(encode_cursor(NOW.isoformat(), "c-1")) == (NOW, "c-1")


@pytest.mark.parametrize(
    "parts",
    [("x", "y"), ("2026-11-03T12:00:00", "c-1"), (1, "c-1"), ("2026-11-03",), ("9999", "c-1")],
)
def test_a_forged_cursor_of_a_list_by_moment_is_refused(parts: tuple[Any, ...]) -> None:
    with pytest.raises(Refused) as refused:
        moment_cursor(encode_cursor(*parts))
    assert (refused.value.status, refused.value.code) == (422, "bad-cursor")


@given(st.text(max_size=60))
@example("W10")
@example("é")
def test_junk_is_no_cursor(junk: str) -> None:
    for read in (moment_cursor, lambda text: decode_cursor(text, int)):
        with pytest.raises(Refused):
            read(junk)
