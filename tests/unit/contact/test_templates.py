"""Approved templates say nothing of anybody's health and fill with what is sent to them."""

import pytest

from services.contact.gateways.library import current, versions
from services.contact.rules.rendering import MalformedTemplate, Template, parse_template

NAMES = {
    "ds.link",
    "ds.assistance_code",
    "ds.code",
    "ds.reminder",
    "ds.interview_offer",
    "ds.interview_booked",
    "ds.interview_reminder",
    "ds.documents_request",
    "ds.exam_request",
    "ds.offer",
    "ds.term",
    "ds.term_signed",
    "ds.released",
    "ds.link_renewed",
    "ds.negotiation",
    "ds.receipt",
    "ds.contacts_changed",
}
CLINICAL = (
    "doen", "lesão", "lesao", "preexist", "pré-exist", "diagn", "cid", "cpt", "cobertura parcial",
    "agravo", "câncer", "cancer", "tumor", "diabet", "hipertens", "cardí", "cardia", "cirurg",
    "exame", "perícia", "pericia", "sintoma", "medica", "médic", "tratament", "clínic", "clinic",
    "psiqui", "gravid", "gesta", "saúde", "hospital", "paciente", "laudo",
)  # fmt: skip


def text_of(template: Template) -> str:
    return f"{template.subject}\n{template.body}".casefold()


def clinical_words(text: str) -> list[str]:
    return [word for word in CLINICAL if word in text]


def test_every_template_that_is_asked_for_exists() -> None:
    assert set(current()) == NAMES


@pytest.mark.parametrize("template", versions().values(), ids=lambda t: f"{t.name}.v{t.version}")
def test_no_template_says_a_clinical_word(template: Template) -> None:
    assert clinical_words(text_of(template)) == []


def test_a_clinical_word_would_be_found() -> None:
    planted = parse_template("ds.x.v1", "subject: Oi\nrequires:\n---\nSua CPT de diabetes.")
    assert clinical_words(text_of(planted)) == ["cpt", "diabet"]


@pytest.mark.parametrize("template", versions().values(), ids=lambda t: f"{t.name}.v{t.version}")
def test_every_template_renders_with_what_it_requires(template: Template) -> None:
    params = {name: f"<{name}>" for name in template.required}
    text = template.render(params)
    assert "{{" not in text
    assert all(value in text for value in template.values(params).values())


def test_missing_and_blank_parameters_are_named() -> None:
    assert current()["ds.link"].missing({"link_url": " "}) == ("link_url", "expires_on")


def test_dates_are_shown_as_people_read_them() -> None:
    link = current()["ds.link"]
    assert link.values({"link_url": "u", "expires_on": "2026-12-01"})["expires_on"] == "01/12/2026"
    assert "01/12/2026" in link.render({"link_url": "u", "expires_on": "2026-12-01"})


@pytest.mark.parametrize("stem", ["ds.link", "ds.link.v1"])
def test_what_is_not_a_template_is_refused(stem: str) -> None:
    with pytest.raises(MalformedTemplate):
        parse_template(stem, "subject: x")
