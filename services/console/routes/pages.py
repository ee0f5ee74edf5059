"""Templates made into pages, and into parts of pages for whoever has the rest already."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from contracts.values import dotted
from kit.errors import refuse_unfit
from services.console.routes.assets import Assets
from services.console.rules import words
from services.console.rules.columns import COLUMNS
from services.console.rules.cpts import last_day
from services.console.rules.formats import Formats, money, number, span
from services.console.rules.keys import KEYS
from services.console.rules.preferences import read
from services.console.rules.rooms import open_to
from services.console.rules.views import VIEWS

FOLDER = Path(__file__).parents[1] / "templates"
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class Pages:
    """The templates of the console and what all of them may use."""

    templates: jinja2.Environment
    assets: Assets

    def render(self, request: Request, template: str, **context: Any) -> str:
        """The text of one template, escaped wherever a value stands."""
        told = {
            "me": getattr(request.state, "visit", None),
            "likes": read(request.cookies),
            "path": here(request),
        }
        return self.templates.get_template(template).render(told | context)


def make(formats: Formats) -> Pages:
    """The pages of a console that writes its days in this way."""
    assets = Assets()
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update(asset=assets.url, VIEWS=VIEWS, KEYS=KEYS, words=words, open_to=open_to)
    templates.globals.update(COLUMNS=COLUMNS)
    templates.filters.update(
        day=formats.day,
        time=formats.time,
        clock=formats.clock,
        moment=formats.moment,
        second=formats.second,
        deadline=formats.deadline,
        short=formats.short,
        field=formats.field,
        told_moment=formats.told_moment,
        cid=dotted,
        money=money,
        number=number,
        span=span,
        anchor=anchor,
        last_day=last_day,
        from_iso=datetime.fromisoformat,
    )
    return Pages(templates, assets)


def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """One template as an answer."""
    pages: Pages = request.app.state.pages
    return HTMLResponse(pages.render(request, template, **context), status)


def install(app: FastAPI, formats: Formats) -> None:
    """The pages that this app answers with."""
    app.state.pages = make(formats)
    refuse_unfit(app)


def anchor(identifier: str) -> str:
    """An identifier as an element's id may hold it, and a selector name it."""
    return _NOT_IN_IDS.sub("-", identifier)


def here(request: Request) -> str:
    """The address of this page within the origin."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def is_part(request: Request) -> bool:
    """Whether the script asks, which has the rest of the page; not when it goes back in history."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def aims_at(request: Request, target: str) -> bool:
    """Whether the script wants what stands in this element, and nothing else."""
    return is_part(request) and request.headers.get("HX-Target", "").endswith(f"#{target}")
