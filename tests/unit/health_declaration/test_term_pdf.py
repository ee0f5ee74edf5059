"""The term is made whatever is in a name, to the standard that archives ask for."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from services.health_declaration.gateways.pdf import NO_GLYPH, data_hash, render

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)


def term(name: str) -> dict[str, Any]:
    return {
        "term_id": "t-1",
        "operator": "Operadora",
        "person": {"name": name, "cpf": "52998224725"},
        "respondent": {"name": name, "cpf": "52998224725"},
        "enrolment_ref": f"E-{name}",
        "protocol": "P-1",
        "items": [
            {
                "diseases": ["Diabetes (E11)"],
                "cid_range": "E10-E14",
                "families": ["Cirurgia"],
                "months": 24,
                "starts_on": "03/11/2026",
                "ends_on": "03/11/2028",
            }
        ],
        "clause": "Cláusula 1",
        "norm": "RN 558",
        "rules_version": "1",
        "issued_on": "03/11/2026",
    }


def printed(name: str) -> str:
    """All the words of the term of somebody so called."""
    data = term(name)
    reader = PdfReader(BytesIO(render(data, NOW)))
    metadata = reader.xmp_metadata
    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "A")
    words = " ".join(page.extract_text() for page in reader.pages)
    assert data_hash(data) in words
    return words


def test_a_name_in_letters_of_ours_is_printed_as_it_is() -> None:
    assert "José D'Ávila Иванов" in printed("José D'Ávila Иванов")


def test_it_says_both_ways_in_which_it_may_be_signed() -> None:
    words = " ".join(printed("Ana Prado").split())
    assert "A assinatura é feita por código de uso único ou em papel, e a prova" in words


@pytest.mark.parametrize("name", ["田中", "Zoë 🙂", "A\0B", "\ue000x", "👩\u200d👧"])
def test_what_no_font_can_show_becomes_a_box(name: str) -> None:
    assert NO_GLYPH in printed(name)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_there_is_no_name_of_which_no_term_can_be_made(name: str) -> None:
    assert render(term(name), NOW).startswith(b"%PDF")
