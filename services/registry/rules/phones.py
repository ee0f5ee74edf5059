"""Telephones as people write them, turned into E.164."""

from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

_REGION = "BR"
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class BadPhone(ValueError):
    """The text is no telephone; the Portuguese message says so."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone in E.164; messages can reach only mobile ones."""

    e164: str
    mobile: bool


def parse_phone(text: str) -> Phone:
    """A telephone in any Brazilian or international spelling; raises `BadPhone`."""
    try:
        number = phonenumbers.parse(text, _REGION)
    except phonenumbers.NumberParseException:
        raise BadPhone("telefone inválido: não parece um número com DDD") from None
    if not phonenumbers.is_valid_number(number):
        raise BadPhone("telefone inválido: DDD ou quantidade de dígitos não existe")
    kind = phonenumbers.number_type(number)
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), kind in _MOBILE)
