"""Official tables come in by command, version beside version."""

import gzip
import json
from pathlib import Path

import pytest

from services.health_declaration.gateways.official_files import import_table
from services.health_declaration.rules.official import BadOfficialFile

ROL = (
    "tuss;termo;no_rol;procedimento_rol;pac;subgrupo;grupo;capitulo\n"
    "30911052;Cateterismo;S;CATETERISMO;S;HEMODINÂMICA;SISTEMA;CIRÚRGICOS\n"
    "10101020;Consulta em domicílio;N;;N;;;\n"
)


def test_a_version_of_the_rol_is_imported_compact_with_its_hashes(tmp_path: Path) -> None:
    official = tmp_path / "rol.csv"
    official.write_text("\ufeff" + ROL)
    assert import_table("rol", "2027-01", [official], tmp_path) == 1
    packed = (tmp_path / "rol.2027-01.tsv.gz").read_bytes()
    assert gzip.decompress(packed).decode().startswith("30911052\tCateterismo\t")
    entry = json.loads((tmp_path / "manifest.json").read_text())["tables"]["rol@2027-01"]
    assert (entry["rows"], entry["version"]) == (1, "2027-01")
    assert len(entry["originals"]["rol.csv"]) == len(entry["sha256"]) == 64


def test_a_version_is_never_imported_over_another(tmp_path: Path) -> None:
    official = tmp_path / "rol.csv"
    official.write_text(ROL)
    import_table("rol", "2027-01", [official], tmp_path)
    with pytest.raises(FileExistsError):
        import_table("rol", "2027-01", [official], tmp_path)


def test_the_files_of_datasus_are_latin_1(tmp_path: Path) -> None:
    categories, subcategories = tmp_path / "cat.csv", tmp_path / "sub.csv"
    categories.write_bytes("CAT;DESCRICAO;\nA00;Cólera;\n".encode("latin-1"))
    subcategories.write_bytes("SUBCAT;DESCRICAO;\nA000;Cólera devida;\n".encode("latin-1"))
    assert import_table("cid10", "v2030", [categories, subcategories], tmp_path) == 2
    text = gzip.decompress((tmp_path / "cid10.v2030.tsv.gz").read_bytes()).decode()
    assert text.splitlines()[0] == "A00\tCólera"


def test_a_file_that_is_something_else_is_refused_by_its_columns(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a;b\n1;2\n")
    with pytest.raises(BadOfficialFile, match="sem a coluna"):
        import_table("rol", "2027-01", [other], tmp_path)
    assert not (tmp_path / "rol.2027-01.tsv.gz").exists()
