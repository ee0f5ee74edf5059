"""The committed OpenAPI of each HTTP process is what its app tells."""

from pathlib import Path

from deploy import openapi


def test_every_http_process_has_a_current_openapi() -> None:
    assert [process.name for process in openapi.served() if not openapi.exists(process)] == []
    assert openapi.faults(openapi.documents()) == []


def test_planted_faults_an_edited_absent_or_left_over_document_is_told(tmp_path: Path) -> None:
    wanted = {tmp_path / f"{name}.json": "{}\n" for name in ("absent", "edited", "right")}
    for name, text in (("edited", "[]\n"), ("right", "{}\n"), ("left_over", "{}\n")):
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    told = openapi.faults(wanted, tmp_path)
    names = [sentence.split("/")[-1].split(".json")[0] for sentence in told]
    assert names == ["absent", "edited", "left_over"]
