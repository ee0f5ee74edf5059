"""Approved templates: a subject, the parameters they demand and a text. No clinical word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import jinja2

_NAME = re.compile(r"^(?P<name>[a-z_.]+)\.v(?P<version>\d+)$")


class MalformedTemplate(ValueError):
    """The file is not a template: its name or its head is not as agreed."""


def br_date(value: str) -> str:
    """An ISO date as people read it; anything else stays as it came."""
    try:
        return date.fromisoformat(value).strftime("%d/%m/%Y")
    except ValueError:
        return value


_TEXTS = jinja2.Environment(
    undefined=jinja2.StrictUndefined,
    # Plain text for telephones and text/plain e-mails; what is called .html would be escaped.
    autoescape=jinja2.select_autoescape(default_for_string=False),
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEXTS.filters["dia"] = br_date


@dataclass(frozen=True)
class Template:
    """One version of an approved text."""

    name: str
    version: int
    subject: str
    required: tuple[str, ...]
    body: str

    def missing(self, params: Mapping[str, str]) -> tuple[str, ...]:
        """Names of the demanded parameters that are absent or blank."""
        return tuple(name for name in self.required if not params.get(name, "").strip())

    def values(self, params: Mapping[str, str]) -> dict[str, str]:
        """The demanded parameters as they are shown, in the order of the template."""
        return {name: br_date(params[name]) for name in self.required}

    def render(self, params: Mapping[str, str]) -> str:
        """The text as the person reads it; raises jinja2.UndefinedError on a missing value.

        It may show what it requires and nothing else: WhatsApp is given no more.
        """
        shown = {name: params[name] for name in self.required}
        return _compiled(self.body).render(shown).strip() + "\n"


@cache
def _compiled(body: str) -> jinja2.Template:
    return _TEXTS.from_string(body)


def parse_template(file_stem: str, text: str) -> Template:
    """Read `<name>.v<N>` with a head (`subject:`, `requires:`), a line `---` and the body."""
    named = _NAME.match(file_stem)
    head, separator, body = text.partition("\n---\n")
    fields = dict(_field(line) for line in head.splitlines() if line)
    if named is None or not separator or set(fields) != {"subject", "requires"}:
        raise MalformedTemplate(file_stem)
    required = tuple(name.strip() for name in fields["requires"].split(",") if name.strip())
    return Template(named["name"], int(named["version"]), fields["subject"], required, body)


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
