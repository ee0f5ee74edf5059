"""Files are told by their names: what poses as a document is refused, an ordinary name is not."""

import pytest

from services.console.rules import files


@pytest.mark.parametrize(
    "name",
    [
        "exame.pdf",
        "exame.com contraste.pdf",
        "exame.com.contraste.pdf",
        "laboratorio.com.pdf",
        "www.clinica.app.pdf",
        "laudo.sh.2019.pdf",
        "dr. js silva.jpg",
        "EXAME.PDF",
    ],
)
def test_an_ordinary_name_is_taken(name: str) -> None:
    assert files.refusal(name, 10) == ""


@pytest.mark.parametrize(
    "name",
    ["exame.pdf.exe", "exame.exe.pdf", "exame.pdf.com", "fotos.app", "laudo.EXE .pdf", "a.js.png"],
)
def test_a_program_or_what_poses_as_a_document_is_refused(name: str) -> None:
    assert files.refusal(name, 10) == files.PROGRAM


def test_a_name_that_turns_its_ending_round_is_refused() -> None:
    assert files.refusal("exame\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe.pdf", 10) == files.PROGRAM


def test_another_kind_of_file_is_told_what_is_taken() -> None:
    assert files.refusal("exame.docx", 10) == files.OTHER
    assert files.refusal("exame", 10) == files.OTHER
