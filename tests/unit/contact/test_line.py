"""Who leaves first: tenants in turn, and within a tenant what somebody waits for."""

from services.contact.rules.purposes import SENT_TO_ANYBODY, rank
from services.contact.usecases.sender import Hot


def test_whoever_was_looked_at_goes_behind_those_who_still_wait() -> None:
    hot = Hot()
    for tenant_id in (3, 9, 5, 9):
        hot.notice(tenant_id)
    seen = []
    for _ in range(6):
        tenant_id = hot.first()
        seen.append(tenant_id)
        hot.notice(tenant_id)
    assert seen == [3, 9, 5, 3, 9, 5]


async def test_an_empty_line_is_waited_on_and_one_with_somebody_in_it_is_not() -> None:
    hot = Hot()
    hot.notice(3)
    hot.notice(9)
    hot.first()
    assert len(hot) == 1
    await hot.noticed(60)
    hot.first()
    assert len(hot) == 0
    await hot.noticed(0)


def test_a_code_leaves_before_everything_else() -> None:
    codes = {"ds.code", "ds.assistance_code"}
    behind = {rank(template) for template in SENT_TO_ANYBODY - codes} | {rank("ds.term")}
    assert max(rank(code) for code in codes) < min(behind)
    assert len(behind) == 1
