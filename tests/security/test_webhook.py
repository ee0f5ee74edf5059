"""What a provider is said to report."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from services.contact import routes
from services.sandbox.gateways.webhooks import signature
from tests.security.attacks import attack, both
from tests.support.api import Served

TENANT = 64
FORGED = {"none": None, "empty": "", "short": "sha256=00", "another": "guessed"}


async def in_doubt(contact: Served) -> str:
    """A message of which nobody knows whether it left."""
    contact_id, attempt_id, now = str(uuid4()), str(uuid4()), datetime.now(UTC)
    await contact.rows(
        "insert into contact (tenant_id, id, person_id, template, params, status, waiting,"
        " requested_at) values ($1, $2, 'p', 'ds.link', '', 'unknown', false, $3)",
        TENANT,
        contact_id,
        now,
    )
    await contact.rows(
        "insert into attempt (tenant_id, id, contact_id, seq, channel, status, tries, rank, at)"
        " values ($1, $2, $3, 1, 'whatsapp', 'unknown', 1, 1, $4)",
        TENANT,
        attempt_id,
        contact_id,
        now,
    )
    return attempt_id


@attack("webhook forjado")
@both
@pytest.mark.parametrize("forged", FORGED)
async def test_a_report_that_the_provider_did_not_sign_settles_nothing(
    contact: Served, monkeypatch: pytest.MonkeyPatch, forged: str, planted: bool
) -> None:
    attempt_id = await in_doubt(contact)
    status = {
        "id": "wamid.1",
        "status": "failed",
        "biz_opaque_callback_data": f"{TENANT}.{attempt_id}",
    }
    body = json.dumps({"entry": [{"changes": [{"value": {"statuses": [status]}}]}]}).encode()
    header = signature("guessed", body) if FORGED[forged] == "guessed" else FORGED[forged]
    if planted:
        monkeypatch.setattr(routes, "signed", lambda secret, payload, header: True)
    headers = {} if header is None else {"X-Hub-Signature-256": header}
    answer = await contact.http.post("/webhooks/whatsapp", content=body, headers=headers)
    [kept] = await contact.rows("select status from attempt where id = $1", attempt_id)
    told = (answer.status_code, kept["status"])
    assert told == ((200, "failed") if planted else (403, "unknown"))
