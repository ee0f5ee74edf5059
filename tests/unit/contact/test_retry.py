"""How long a send that certainly did not happen waits for its next try."""

import pytest

from services.contact.rules.retry import wait_seconds


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(0, None), (1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (7, 60), (8, None), (-1, None)],
)
def test_each_try_waits_longer_until_it_is_given_up(tries: int, seconds: int | None) -> None:
    assert wait_seconds(tries) == seconds
