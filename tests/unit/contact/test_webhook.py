"""A provider's report is taken only when its signature proves who sent it."""

import pytest
from pydantic import ValidationError

from services.contact.gateways.whatsapp import signed
from services.contact.settings import ContactSettings
from services.sandbox.gateways.webhooks import signature

PAYLOAD = b'{"entry": []}'


def test_a_report_signed_with_the_secret_is_taken_and_no_other() -> None:
    assert signed("secret", PAYLOAD, signature("secret", PAYLOAD))
    assert not signed("secret", PAYLOAD + b" ", signature("secret", PAYLOAD))
    assert not signed("secret", PAYLOAD, "")


def test_without_a_secret_nothing_is_signed() -> None:
    assert not signed("", PAYLOAD, signature("", PAYLOAD))


def test_the_service_does_not_start_with_whatsapp_and_no_secret() -> None:
    with pytest.raises(ValidationError, match="APP_SECRET"):
        ContactSettings(whatsapp_token="t", whatsapp_app_secret="")  # noqa: S106 (no secret)
    assert ContactSettings(whatsapp_token="", whatsapp_app_secret="").service == "contact"
