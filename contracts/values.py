"""Validated values that cross process boundaries: one normal form each, one sentence per refusal.

Every type accepts what its JSON Schema pattern accepts and keeps the normal form: no mask, no dot,
upper case. The parse functions raise `PydanticCustomError` (a `ValueError`) whose message is the
Portuguese sentence shown to people.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Any, NamedTuple

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

CPF_PATTERN = r"^[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}$"
CNPJ_PATTERN = r"^[0-9A-Za-z]{2}\.?[0-9A-Za-z]{3}\.?[0-9A-Za-z]{3}/?[0-9A-Za-z]{4}-?[0-9]{2}$"
CNS_PATTERN = r"^[12789][0-9]{2} ?[0-9]{4} ?[0-9]{4} ?[0-9]{4}$"
CID_PATTERN = r"^[A-Za-z][0-9]{2}(\.?[0-9])?$"
CID_RANGE_PATTERN = r"^[A-Za-z][0-9]{2}(\.?[0-9])?(-[A-Za-z][0-9]{2}(\.?[0-9])?)?$"
TUSS_PATTERN = r"^[0-9]{8}$"
CEP_PATTERN = r"^[0-9]{5}-?[0-9]{3}$"
PHONE_PATTERN = r"^\+[1-9][0-9]{7,14}$"
_UFS = "A[CLMP]|BA|CE|DF|ES|GO|M[AGST]|P[ABEIR]|R[JNORS]|S[CEP]|TO"
UF_PATTERN = rf"^({_UFS})$"
_COUNCILS = "CRM|COREN|CRO|CRF|CRFA|CRP|CRN|CREFITO|CRESS|CRBM"
_REGISTER = r"([0-9]{1,8}|[0-9]{1,2}(?:\.[0-9]{3}){1,2}|[0-9]{3}\.[0-9]{3})(?:-(?:ENF|TEC|AUX))?"
COUNCIL_PATTERN = (
    rf"^(?:({_COUNCILS})[ /-]?)?(?:(?:({_UFS})[ /-]?)?{_REGISTER}|{_REGISTER}[ /-]?({_UFS}))$"
)
MAX_CENTS = 999_999_999_999
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Wide enough for whoever is alive and whatever is agreed, with room to count from there."""
DAY_PATTERN = r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
MOMENT_PATTERN = r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt ]"

_DEFINITIVE_CNS = "12"
_NUMBER = re.compile(r"[\s0-9+.eE_-]+")
_DATED = re.compile(r"\s*[0-9]{4}-")
_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Unicode categories of what is no character of any script: nobody can read or print it."""
_MASK = str.maketrans("", "", ".-/ ")


def _refuse(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("vinculo_value", "{sentence}", {"sentence": sentence})


def _bare(kind: str, pattern: str, text: str, shape: str) -> str:
    """The text without its mask, upper case, once it has the accepted shape."""
    if re.fullmatch(pattern, text) is None:
        raise _refuse(f"{kind} inválido: {shape}")
    return text.translate(_MASK).upper()


def _weighted(values: Iterable[int], highest: int, lowest: int = 2) -> int:
    """Sum of values by weights falling from `highest`; after `lowest` they start again at 9."""
    total, weight = 0, highest
    for value in values:
        total += value * weight
        weight = weight - 1 if weight > lowest else 9
    return total


def _digit(total: int) -> str:
    rest = total % 11
    return "0" if rest < 2 else str(11 - rest)


def parse_cpf(text: str) -> str:
    """Eleven digits, not all equal, both check digits right (Receita Federal, modulus 11)."""
    bare = _bare("CPF", CPF_PATTERN, text, "são 11 dígitos")
    if len(set(bare)) == 1:
        raise _refuse("CPF inválido: todos os dígitos são iguais")
    digits = [int(char) for char in bare]
    first = _digit(_weighted(digits[:9], 10))
    second = _digit(_weighted(digits[:10], 11))
    if bare[9:] != first + second:
        raise _refuse("CPF inválido: dígitos verificadores não conferem")
    return bare


def parse_cnpj(text: str) -> str:
    """Fourteen positions, numeric or alphanumeric (IN RFB 2.229/2024): character = ASCII - 48."""
    bare = _bare("CNPJ", CNPJ_PATTERN, text, "são 12 letras ou números e 2 dígitos verificadores")
    if set(bare) == {"0"}:
        raise _refuse("CNPJ inválido: todos os dígitos são zero")
    values = [ord(char) - ord("0") for char in bare]
    first = _digit(_weighted(values[:12], 5))
    second = _digit(_weighted(values[:13], 6))
    if bare[12:] != first + second:
        raise _refuse("CNPJ inválido: dígitos verificadores não conferem")
    return bare


def _definitive_tail(base: str) -> str:
    """The last four digits of a definitive CNS built over its eleven-digit base."""
    total = sum(int(char) * weight for char, weight in zip(base, range(15, 4, -1), strict=True))
    digit = -total % 11
    return f"000{digit}" if digit < 10 else f"001{-(total + 2) % 11}"


def parse_cns(text: str) -> str:
    """Fifteen digits of the national health card: definitive (1, 2) or provisional (7, 8, 9)."""
    bare = _bare("CNS", CNS_PATTERN, text, "são 15 dígitos começando por 1, 2, 7, 8 ou 9")
    if bare[0] in _DEFINITIVE_CNS:
        right = bare[11:] == _definitive_tail(bare[:11])
    else:
        right = sum(int(d) * w for d, w in zip(bare, range(15, 0, -1), strict=True)) % 11 == 0
    if not right:
        raise _refuse("CNS inválido: dígitos verificadores não conferem")
    return bare


def parse_cid(text: str) -> str:
    """A CID-10 category or subcategory without its dot ("I214"); existence is a table's matter."""
    return _bare("CID", CID_PATTERN, text, "use letra e dois números, como I21 ou I21.4")


def dotted(cid: str) -> str:
    """A CID or a range as people read it: I214 is I21.4."""
    return "-".join(f"{part[:3]}.{part[3]}" if len(part) > 3 else part for part in cid.split("-"))


def parse_cid_range(text: str) -> str:
    """One CID ("Z951") or two joined by a hyphen ("I20-I25"), the first not after the last."""
    if re.fullmatch(CID_RANGE_PATTERN, text) is None:
        raise _refuse("faixa de CID inválida: use I21.4 ou I20-I25")
    parts = [parse_cid(part) for part in text.split("-")]
    if any(_last(high) < _first(low) for low, high in pairwise(parts)):
        raise _refuse("faixa de CID inválida: o começo vem depois do fim")
    return "-".join(parts)


def _first(cid: str) -> str:
    return cid.ljust(4, "0")


def _last(cid: str) -> str:
    return cid.ljust(4, "9")


class CidBounds(NamedTuple):
    """First and last subcategory of a range; a category means all of its subcategories."""

    low: str
    high: str

    def contains(self, cid: str) -> bool:
        """Whether all that the normalised CID means lies inside; I214 lies in I20-I25."""
        return self.low <= _first(cid) and _last(cid) <= self.high

    def overlaps(self, other: "CidBounds") -> bool:
        """Whether some subcategory lies in both."""
        return self.low <= other.high and other.low <= self.high


@lru_cache(maxsize=8192)
def cid_bounds(cid_range: str) -> CidBounds:
    """The bounds of a range, ready to be asked many times."""
    low, _, high = parse_cid_range(cid_range).partition("-")
    return CidBounds(_first(low), _last(high or low))


def range_contains(cid_range: str, cid: str) -> bool:
    """Whether a CID, dotted or not, lies in a range; the end covers its own subcategories."""
    return cid_bounds(cid_range).contains(parse_cid(cid))


def parse_tuss(text: str) -> str:
    """Eight digits; whether the code exists is a table's matter (its eighth digit is no proof)."""
    return _bare("TUSS", TUSS_PATTERN, text, "são 8 dígitos")


def parse_cep(text: str) -> str:
    """Eight digits of a Brazilian postcode; it has no check digit."""
    return _bare("CEP", CEP_PATTERN, text, "são 8 dígitos")


def parse_phone(text: str) -> str:
    """A telephone already in E.164 (+5541998765432); people's spelling is read elsewhere."""
    if re.fullmatch(PHONE_PATTERN, text) is None:
        raise _refuse("telefone inválido: use o formato +5541998765432")
    return text


def parse_uf(text: str) -> str:
    """The two letters of a Brazilian state."""
    if re.fullmatch(UF_PATTERN, text) is None:
        raise _refuse("UF inválida: use a sigla de um estado brasileiro")
    return text


class Council(NamedTuple):
    """A professional register taken apart; nobody else of that council and state has its number."""

    council: str
    number: str
    uf: str | None


def parse_council(text: str) -> str:
    """The number of a professional council: "CRM-PR 12345", or "CRM 12345" without a state.

    Read however people write it (12.345/PR, crm 12345-pr); a bare number is a doctor's.
    """
    bare = " ".join(text.upper().split())
    found = re.fullmatch(COUNCIL_PATTERN, bare)
    if found is None:
        raise _refuse("registro profissional inválido: use CRM-PR 12345")
    council, before, one, other, after = found.groups()
    number = (one or other).replace(".", "").lstrip("0")
    if not number:
        raise _refuse("registro profissional inválido: o número é zero")
    return written_council(Council(council or "CRM", number, before or after))


def written_council(parts: Council) -> str:
    """The normal form."""
    return f"{parts.council}{f'-{parts.uf}' if parts.uf else ''} {parts.number}"


def council_parts(normal: str) -> Council:
    """The parts of a number in its normal form."""
    register, _, number = normal.partition(" ")
    council, _, uf = register.partition("-")
    return Council(council, number, uf or None)


def parse_cents(amount: int) -> int:
    """Money in whole cents, zero or more, small enough for a column of eight bytes."""
    if not 0 <= amount <= MAX_CENTS:
        raise _refuse("valor inválido: informe centavos inteiros, zero ou mais")
    return amount


def parse_written(value: object) -> object:
    """A date as people write it; a number would be read as seconds since 1970."""
    counted = isinstance(value, str) and _NUMBER.fullmatch(value) and not _DATED.match(value)
    if counted or isinstance(value, int | float):
        raise _refuse("data inválida: escreva ano, mês e dia (AAAA-MM-DD)")
    return value


def parse_day[Day: (date, datetime)](day: Day) -> Day:
    """A day or moment in a year between 1900 and 2199: what is counted from it exists too."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _refuse(f"data inválida: o ano vai de {FIRST_YEAR} a {LAST_YEAR}")
    return day


def parse_plain(text: str) -> str:
    """Text that people can read: no control, private-use, unassigned or broken character."""
    if any(unicodedata.category(char) in _NO_TEXT for char in text):
        raise _refuse("contém caractere que não se pode ler nem imprimir")
    return text


def parse_lines(text: str) -> str:
    """The same over several lines, ended as any system ends them."""
    for line in text.replace("\r\n", "\n").split("\n"):
        parse_plain(line)
    return text


def is_cpf(text: str) -> bool:
    """Whether the text is a valid CPF, masked or not."""
    return _accepts(parse_cpf, text)


def is_cnpj(text: str) -> bool:
    """Whether the text is a valid CNPJ, numeric or alphanumeric, masked or not."""
    return _accepts(parse_cnpj, text)


def is_cns(text: str) -> bool:
    """Whether the text is a valid CNS."""
    return _accepts(parse_cns, text)


def _accepts(parse: Callable[[str], str], text: str) -> bool:
    try:
        parse(text)
    except PydanticCustomError:
        return False
    return True


Cpf = Annotated[
    str,
    AfterValidator(parse_cpf),
    WithJsonSchema({"type": "string", "format": "cpf", "pattern": CPF_PATTERN}),
]
Cnpj = Annotated[
    str,
    AfterValidator(parse_cnpj),
    WithJsonSchema({"type": "string", "format": "cnpj", "pattern": CNPJ_PATTERN}),
]
Cns = Annotated[
    str,
    AfterValidator(parse_cns),
    WithJsonSchema({"type": "string", "format": "cns", "pattern": CNS_PATTERN}),
]
Cid = Annotated[
    str,
    AfterValidator(parse_cid),
    WithJsonSchema({"type": "string", "format": "cid10", "pattern": CID_PATTERN}),
]
CidRange = Annotated[
    str,
    AfterValidator(parse_cid_range),
    WithJsonSchema({"type": "string", "format": "cid10-range", "pattern": CID_RANGE_PATTERN}),
]
Tuss = Annotated[
    str,
    AfterValidator(parse_tuss),
    WithJsonSchema({"type": "string", "format": "tuss", "pattern": TUSS_PATTERN}),
]
Cep = Annotated[
    str,
    AfterValidator(parse_cep),
    WithJsonSchema({"type": "string", "format": "cep", "pattern": CEP_PATTERN}),
]
Phone = Annotated[
    str,
    AfterValidator(parse_phone),
    WithJsonSchema({"type": "string", "format": "phone-e164", "pattern": PHONE_PATTERN}),
]
Uf = Annotated[
    str, AfterValidator(parse_uf), WithJsonSchema({"type": "string", "pattern": UF_PATTERN})
]
Day = Annotated[
    date,
    BeforeValidator(parse_written),
    AfterValidator(parse_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DAY_PATTERN}),
]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(parse_written),
    AfterValidator(parse_day),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": MOMENT_PATTERN}),
]


@dataclass(frozen=True)
class Plain:
    """Marks a text, after its length, as one that people must be able to read and print."""

    lines: bool = False
    """Whether it may take several lines."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """The text's own checks first, then its characters."""
        parse = parse_lines if self.lines else parse_plain
        return core_schema.no_info_after_validator_function(parse, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The format tells what no pattern can: which characters are assigned."""
        return handler(schema) | {"format": "plain-text"}


Cents = Annotated[
    int,
    AfterValidator(parse_cents),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_CENTS}),
]
CouncilNumber = Annotated[
    str,
    AfterValidator(parse_council),
    WithJsonSchema({"type": "string", "format": "council-number", "pattern": COUNCIL_PATTERN}),
]
