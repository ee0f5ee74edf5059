"""The approved templates, read once from the files beside this package."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from services.contact.rules.rendering import Template, parse_template

FOLDER = Path(__file__).parents[1] / "templates"


@cache
def versions() -> Mapping[tuple[str, int], Template]:
    """Every version by name and number: a message of yesterday renders as it was approved."""
    found = (parse_template(path.stem, path.read_text()) for path in FOLDER.glob("*.jinja"))
    return {(template.name, template.version): template for template in found}


@cache
def current() -> Mapping[str, Template]:
    """The newest version of each template by name."""
    newest: dict[str, Template] = {}
    for (name, _), template in sorted(versions().items()):
        newest[name] = template
    return newest
