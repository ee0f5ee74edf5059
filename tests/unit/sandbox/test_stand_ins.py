"""The stand-ins' own decisions: the ERP's table and the answers of the Graph API."""

from datetime import date
from typing import Any

import pytest

from contracts.erp.events import CptBody
from services.sandbox.rules.erp import newer, suspends
from services.sandbox.rules.graph import (
    BAD_TOKEN,
    NOT_A_USER,
    OUTAGE,
    Fate,
    accepted,
    invalid,
    problem,
    reports,
    wa_id,
)

COVER = CptBody(
    cpt_id="c1",
    revision=1,
    enrolment_ref="E1",
    cpf="52998224725",
    status="in_force",
    cid_ranges=("E10-E14", "I20-I25"),
    tuss=("30912032",),
    high_technology_bed=True,
    starts_on=date(2026, 12, 1),
    ends_on=date(2028, 12, 1),
)
BEDLESS = COVER.model_copy(update={"high_technology_bed": False})
DURING = date(2027, 1, 1)


@pytest.mark.parametrize(
    ("held", "revision", "changes"), [(None, 1, True), (1, 2, True), (2, 2, False), (2, 1, False)]
)
def test_only_a_newer_revision_changes_the_table(
    held: int | None, revision: int, changes: bool
) -> None:
    assert newer(held, revision) is changes


@pytest.mark.parametrize(
    ("cover", "on", "cid", "item", "held"),
    [
        (COVER, date(2026, 11, 30), "I214", "30912032", False),
        (COVER, date(2026, 12, 1), "I214", "30912032", True),
        (COVER, date(2028, 11, 30), "I21.4", "30912032", True),
        (COVER, date(2028, 12, 1), "I214", "30912032", False),
        (COVER, DURING, "E11", "30912032", True),
        (COVER, DURING, "J18", "30912032", False),
        (COVER, DURING, None, "30912032", False),
        (COVER, DURING, "I214", "10101012", False),
        (COVER, DURING, "I214", "bed", True),
        (BEDLESS, DURING, "I214", "bed", False),
        (BEDLESS, DURING, "I214", "30912032", True),
        (COVER, DURING, "I214", None, False),
    ],
)
def test_the_payer_holds_back_what_the_report_lists(
    cover: CptBody, on: date, cid: str | None, item: str | None, held: bool
) -> None:
    tuss = None if item == "bed" else item
    assert suspends(cover, on, cid, tuss, item == "bed") is held


TEXT: dict[str, Any] = {
    "messaging_product": "whatsapp",
    "to": "+55 41 99876-5432",
    "type": "text",
    "text": {"body": "oi"},
}
TEMPLATE: dict[str, Any] = {
    **TEXT,
    "type": "template",
    "template": {"name": "convite", "language": {"code": "pt_BR"}},
}


@pytest.mark.parametrize(
    "good",
    [
        TEXT,
        TEMPLATE,
        {name: value for name, value in TEXT.items() if name != "type"},
        {**TEXT, "to": "12345678"},
        {**TEXT, "to": "123456789012345"},
    ],
)
def test_a_good_message_is_taken(good: dict[str, Any]) -> None:
    assert problem(good) is None


@pytest.mark.parametrize(
    ("bad", "details"),
    [
        ([], "The request body must be a JSON object."),
        ({**TEXT, "messaging_product": "x"}, "messaging_product must be 'whatsapp'."),
        ({**TEXT, "to": "1234567"}, "Parameter 'to' is not a valid phone number."),
        ({**TEXT, "to": "1234567890123456"}, "Parameter 'to' is not a valid phone number."),
        ({**TEXT, "to": 5541998765432}, "Parameter 'to' is not a valid phone number."),
        ({**TEXT, "type": "image", "image": {}}, "The message has no content of its type."),
        ({**TEXT, "text": "oi"}, "The message has no content of its type."),
        ({**TEXT, "text": {"body": ""}}, "text.body is required."),
        (
            {**TEMPLATE, "template": {"name": "", "language": {"code": "pt_BR"}}},
            "template.name and template.language.code are required.",
        ),
        (
            {**TEMPLATE, "template": {"name": "convite", "language": "pt_BR code"}},
            "template.name and template.language.code are required.",
        ),
        (
            {**TEMPLATE, "template": {"name": "convite", "language": {}}},
            "template.name and template.language.code are required.",
        ),
    ],
)
def test_a_bad_message_is_refused_as_the_real_api_does(bad: object, details: str) -> None:
    refused = problem(bad)
    assert refused == invalid(details)
    assert (refused.status, refused.code, refused.message, refused.kind) == (
        *(400, 100, "(#100) Invalid parameter", "OAuthException"),
    )
    assert refused.details == details
    assert not refused.transient


def test_errors_go_on_the_wire_with_what_they_have() -> None:
    assert BAD_TOKEN.body() == {
        "error": {
            "message": "Invalid OAuth access token - Cannot parse access token",
            "type": "OAuthException",
            "code": 190,
            "fbtrace_id": "AqSandboxTrace",
        }
    }
    assert OUTAGE.body() == {
        "error": {
            "message": "(#2) Service temporarily unavailable",
            "type": "OAuthException",
            "code": 2,
            "is_transient": True,
            "error_data": {"messaging_product": "whatsapp", "details": "try again later"},
            "fbtrace_id": "AqSandboxTrace",
        }
    }


def test_the_account_id_is_the_digits() -> None:
    assert wa_id("+55 (41) 99876-5432") == "5541998765432"


def test_a_message_taken_is_answered_with_its_id() -> None:
    told = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+55 41 99876-5432", "wa_id": "5541998765432"}],
        "messages": [{"id": "m1"}],
    }
    assert accepted(TEXT, "m1") == told
    told["messages"] = [{"id": "m1", "message_status": "accepted"}]
    assert accepted(TEMPLATE, "m1") == told


def status(name: str, message: str = "m1", **more: Any) -> dict[str, Any]:
    return {
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "550000000000", "phone_number_id": "77"},
            "contacts": [{"wa_id": "5541998765432"}],
            "statuses": [
                {
                    "id": message,
                    "status": name,
                    "timestamp": "1700000000",
                    "recipient_id": "5541998765432",
                    **more,
                }
            ],
        },
    }


def body(*changes: dict[str, Any]) -> dict[str, Any]:
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "sandbox", "changes": list(changes)}],
    }


FAILURE = {
    "code": 131026,
    "title": "Message undeliverable",
    "message": "Message undeliverable",
    "error_data": {"details": "The recipient phone number is not a WhatsApp phone number."},
    "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
}


def test_one_message_is_reported_status_by_status() -> None:
    fate = Fate("m1", "+5541998765432", "cb", fails=False)
    assert reports("77", [fate], 1_700_000_000) == [
        body(status("sent", biz_opaque_callback_data="cb")),
        body(status("delivered", biz_opaque_callback_data="cb")),
    ]


def test_many_messages_are_reported_together_and_failures_say_why() -> None:
    fates = [
        Fate("m1", "+5541998765432", "", fails=True),
        Fate("m2", "+5541998765432", "", fails=False),
    ]
    assert reports("77", fates, 1_700_000_000) == [
        body(status("failed", errors=[FAILURE]), status("sent", "m2"), status("delivered", "m2"))
    ]
    assert NOT_A_USER.code == 131026
