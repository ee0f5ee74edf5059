"""A page as a test reads it: strictly nested, found by attributes, its forms filled in."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

import httpx

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class _Strict(HTMLParser):
    """Builds a tree; a tag that is not closed where it stands is a fault of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = TreeBuilder()
        self.builder.start("answer", {})
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute: {names}"
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in _VOID:
            self.builder.end(tag)
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        self.builder.end(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        expected = self.open.pop()
        assert expected == tag, f"</{tag}> stands where </{expected}> should"
        self.builder.end(tag)

    def handle_data(self, data: str) -> None:
        self.builder.data(data)


def parse(text: str) -> Element:
    """The tree of a page or of a part of one."""
    parser = _Strict()
    parser.feed(text)
    parser.close()
    assert parser.open == [], f"left open: {parser.open}"
    parser.builder.end("answer")
    return parser.builder.close()


def said(element: Element) -> str:
    """Its words, blanks made one."""
    return " ".join("".join(element.itertext()).split())


@dataclass(frozen=True)
class Page:
    """What a browser got."""

    answer: httpx.Response
    tree: Element

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def text(self) -> str:
        """Every word of it."""
        return said(self.tree)

    def all(self, tag: str, **having: str) -> list[Element]:
        """Elements with these attributes; `_` at an end and within stands for what Python reserves
        and for a dash."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in having.items()}
        return [
            found
            for found in self.tree.iter(tag)
            if all(found.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str, **having: str) -> Element:
        """The only such element."""
        found = self.all(tag, **having)
        assert len(found) == 1, f"{len(found)} of <{tag}> {having} in: {self.text[:600]}"
        return found[0]

    def has(self, tag: str, **having: str) -> bool:
        return bool(self.all(tag, **having))

    def form(self, action: str) -> Element:
        """The form that sends to an address beginning so."""
        found = [one for one in self.tree.iter("form") if one.get("action", "").startswith(action)]
        assert len(found) == 1, f"{len(found)} forms to {action} in: {self.text[:600]}"
        return found[0]

    def offers(self, action: str) -> bool:
        """Whether such a form is there."""
        return any(one.get("action", "").startswith(action) for one in self.tree.iter("form"))


def page(answer: httpx.Response) -> Page:
    """The page of an answer."""
    return Page(answer, parse(answer.text))


def fields(form: Element) -> dict[str, str]:
    """What the form would send as it stands: buttons aside, only what is chosen or ticked."""
    return dict(_values(form))


def _values(form: Element) -> Iterator[tuple[str, str]]:
    for element in form.iter():
        name = element.get("name")
        if name is None:
            continue
        if element.tag == "input" and (_plain(element) or "checked" in element.attrib):
            yield name, element.get("value", "")
        elif element.tag == "textarea":
            # The first line break after the tag is the page's, not the text's.
            yield name, "".join(element.itertext()).removeprefix("\n")
        elif element.tag == "select":
            yield name, _selected(element)


def _plain(element: Element) -> bool:
    return element.get("type") not in ("radio", "checkbox")


def _selected(select: Element) -> str:
    options = list(select.iter("option"))
    chosen = [one for one in options if "selected" in one.attrib] or options[:1]
    return chosen[0].get("value", "") if chosen else ""
