"""The official files as compact rows, and the tables that decisions ask."""

import gzip
import hashlib
import json
from typing import Any

import pytest
from pydantic import ValidationError

from services.health_declaration.rules.official import (
    BadOfficialFile,
    CidRow,
    RolRow,
    TussRow,
    from_compact,
    parse_cid10,
    parse_rol,
    parse_tuss,
    to_compact,
)
from services.health_declaration.rules.tables import (
    CidTable,
    FamilyDocument,
    FamilyIndex,
    Restrictable,
    Selector,
    Surgical,
)
from tests.unit.health_declaration.conftest import DATA

COUNTS = {
    "IMG": (174, 174),
    "HEMO": (185, 172),
    "ONCO": (65, 63),
    "DIAL": (18, 10),
    "TX": (55, 40),
    "CIR_ONCO": (2446, 146),
    "CIR_GERAL": (536, 16),
    "CIR_CARDIO": (51, 4),
    "CIR_VASC": (107, 0),
    "CIR_URO": (250, 13),
    "CIR_GINECO": (97, 0),
    "CIR_NEURO": (93, 0),
    "CIR_COLUNA": (45, 0),
    "CIR_ORTO": (614, 0),
    "CIR_CABPESC": (94, 0),
    "CIR_PROCTO": (102, 0),
    "CIR_TORAX": (118, 0),
    "CIR_OTORRINO": (180, 11),
    "CIR_OFT": (136, 5),
    "CIR_BARIATRICA": (2, 0),
    "CIR_BMF": (235, 0),
}
MANIFEST: dict[str, Any] = json.loads((DATA / "manifest.json").read_text())
KINDS = {"cid10": CidRow, "rol": RolRow, "tuss": TussRow}


@pytest.mark.parametrize("name", KINDS)
def test_the_compact_tables_are_those_of_the_manifest(name: str) -> None:
    entry = MANIFEST["tables"][name]
    packed = (DATA / entry["file"]).read_bytes()
    text = gzip.decompress(packed)
    assert hashlib.sha256(packed).hexdigest() == entry["sha256"]
    assert hashlib.sha256(text).hexdigest() == entry["text_sha256"]
    assert len(from_compact(KINDS[name], text.decode())) == entry["rows"]
    assert entry["source"]
    assert entry["version"]
    assert all(len(sha) == 64 for sha in entry["originals"].values())


def test_the_tables_have_the_rows_that_the_sources_announce() -> None:
    """263 categories have no subcategories and come in both files of the CID-10."""
    assert MANIFEST["tables"]["cid10"]["rows"] == 2_045 + 12_451 - 263
    assert MANIFEST["tables"]["rol"]["rows"] == 5_574


@pytest.mark.parametrize(("family", "counts"), COUNTS.items())
def test_a_family_has_the_codes_counted_by_hand(
    family: str, counts: tuple[int, int], index: FamilyIndex, rol: tuple[RolRow, ...]
) -> None:
    """The second figure counts codes whose every row is PAC."""
    not_always = {row.tuss for row in rol if row.pac != "S"}
    codes = index.tuss(family)
    assert (len(codes), len(codes - not_always)) == counts


def test_the_rol_has_4796_codes_and_2931_are_surely_restrictable(
    index: FamilyIndex, rol: tuple[RolRow, ...]
) -> None:
    verdicts = [index.restrictable(tuss) for tuss in {row.tuss for row in rol}]
    assert len(verdicts) == 4_796
    assert verdicts.count(Restrictable.YES) == 2_931
    assert verdicts.count(Restrictable.UNCERTAIN) == 49


def test_every_family_is_known_and_only_uti_is_a_bed(index: FamilyIndex) -> None:
    assert index.names == {*COUNTS, "UTI"}
    assert index.bed_families == {"UTI"}
    assert index.tuss("UTI") == frozenset()
    assert index.tuss("NADA") == frozenset()


@pytest.mark.parametrize(
    ("tuss", "verdict", "expected"),
    [
        ("41101014", "yes", {"IMG"}),
        ("30904137", "yes", {"HEMO", "CIR_CARDIO", "CIR_ONCO"}),
        ("10101012", "no", set()),
        ("30909023", "no", {"DIAL", "CIR_ONCO"}),
        ("30913012", "no", {"CIR_VASC", "CIR_ONCO", "DIAL"}),
        ("31103235", "uncertain", {"CIR_URO", "CIR_ONCO"}),
        ("99999999", "no", set()),
        ("10101020", "no", set()),
    ],
)
def test_a_code_is_restrictable_by_all_of_its_rows(
    tuss: str, verdict: str, expected: set[str], index: FamilyIndex
) -> None:
    assert index.restrictable(tuss) == verdict
    assert index.families(tuss) == expected


def test_the_erp_gets_the_codes_that_are_surely_restrictable(index: FamilyIndex) -> None:
    dialysis = index.suspended_by(["DIAL"])
    assert "30909031" in dialysis
    assert "30909023" not in dialysis
    assert list(dialysis) == sorted(dialysis)
    assert len(index.suspended_by(["CIR_BARIATRICA", "CIR_BARIATRICA"])) == 2
    assert "31103235" not in index.suspended_by(["CIR_URO"])


def row(**changes: str) -> RolRow:
    base = {
        "tuss": "30000000",
        "term": "Transplante de rim",
        "procedure": "TRANSPLANTE RENAL",
        "pac": "N",
        "subgroup": "RIM",
        "group": "TRANSPLANTES",
        "chapter": "CIRURGIA",
    }
    return RolRow(**{**base, **changes})


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        ({}, True),
        ({"capitulo": "CIRURGIA"}, True),
        ({"capitulo": "CLINICA"}, False),
        ({"grupo": "TRANSPLANTES"}, True),
        ({"grupo": "RIM"}, False),
        ({"subgrupo": ["RIM", "BEXIGA"]}, True),
        ({"subgrupo": ["BEXIGA"]}, False),
        ({"subgrupo": []}, False),
        ({"pac": "N"}, True),
        ({"pac": "S"}, False),
        ({"termo": "DE RIM|figado"}, True),
        ({"termo": "transplante renal"}, True),
        ({"termo": "rim transplante"}, True),
        ({"termo": "figado"}, False),
        ({"accommodation": "high_technology"}, False),
        ({"grupo": "TRANSPLANTES", "pac": "S"}, False),
        ({"grupo": "TRANSPLANTES", "termo": "rim"}, True),
    ],
)
def test_a_selector_asks_for_everything_it_names(selector: dict[str, Any], selects: bool) -> None:
    assert Selector.model_validate(selector).selects(row()) is selects


@pytest.mark.parametrize(
    "selector", [{"termo": "("}, {"coluna": "x"}, {"pac": "X"}, {"accommodation": "room"}]
)
def test_a_selector_that_cannot_be_read_is_refused(selector: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Selector.model_validate(selector)


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        (r"(\w+\s?)+!", "use só palavras"),
        ("(rim)", "use só palavras"),
        ("rim+", "use só palavras"),
        ("r.*m", "use só palavras"),
        ("rim|", "use só palavras"),
        ("rim??", "use só palavras"),
        ("[a-z]", "use só palavras"),
        ("", "use só palavras"),
        ("a?" * 6 + "a" * 6, "no máximo 5 vezes"),
        ("a" * 201, "passa de 200 letras"),
    ],
)
def test_a_term_that_could_be_searched_for_ever_is_refused_with_what_may_stand(
    term: str, reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        Selector.model_validate({"termo": term})


def test_a_term_may_be_words_alternatives_and_an_optional_letter() -> None:
    for term in (r"\brim\b", "supra-?renal|rim", "FÍGADO, OU RIM"):
        assert Selector.model_validate({"termo": term}).term == term
    assert Selector.model_validate({"termo": "figado|de -?rim"}).selects(row())


def test_surgery_is_a_chapter_without_some_subgroups() -> None:
    surgical = Surgical(chapter="CIRURGIA", except_subgroups=frozenset({"TRAÇÃO"}))
    assert surgical.holds(row())
    assert not surgical.holds(row(subgroup="TRAÇÃO"))
    assert not surgical.holds(row(chapter="CLINICA"))


def test_a_bed_may_share_a_family_with_procedures() -> None:
    document = FamilyDocument.model_validate(
        {
            "version": 1,
            "confidence": "policy",
            "families": {"A": [{"accommodation": "high_technology"}, {"grupo": "TRANSPLANTES"}]},
            "surgical": {"capitulo": "CIRURGIA", "except_subgrupo": []},
        }
    )
    built = FamilyIndex("v", [row()], document)
    assert (built.version, built.bed_families, built.tuss("A")) == ("v", {"A"}, {"30000000"})
    assert built.restrictable("30000000") is Restrictable.YES


def test_the_cid_table_knows_what_the_country_lists(cids: CidTable) -> None:
    assert cids.version == "V2008"
    assert len(cids) == 14_233
    assert cids.exists("I84")
    assert not cids.exists("K64")
    assert cids.exists("i21.4")
    assert not cids.exists("nada")
    assert not cids.exists("")
    assert cids.name("A00.0") == "Cólera devida a Vibrio cholerae 01, biótipo cholerae"
    assert cids.name("A00") == "Cólera"
    assert cids.name("K64") is None


def test_a_range_exists_when_both_of_its_ends_do(cids: CidTable) -> None:
    assert cids.range_exists("I20-I25")
    assert cids.range_exists("Z951")
    assert not cids.range_exists("K64")
    assert not cids.range_exists("K60-K64")
    assert not cids.range_exists("K64-K65")


CATEGORIES = "CAT;CLASSIF;DESCRICAO;DESCRABREV;\nA00;;Cólera;A00 Colera;\n"
SUBCATEGORIES = "SUBCAT;CLASSIF;DESCRICAO;\nA000;;Cólera clássica;\n"
ROL = (
    "tuss;termo;no_rol;procedimento_rol;pac;subgrupo;grupo;capitulo\n"
    "2;Dois ;S;DOIS;S;SUB;GRU;CAP\n1;Um;N;;N;;;\n"
)
TABLE22 = "\ufeffCódigo do Termo;Termo;Data\n3;Três;x\n1;Um novo;x\n"


def test_the_official_files_become_rows() -> None:
    assert parse_cid10(CATEGORIES, SUBCATEGORIES) == (
        CidRow("A00", "Cólera"),
        CidRow("A000", "Cólera clássica"),
    )
    assert parse_rol(ROL) == (RolRow("2", "Dois", "DOIS", "S", "SUB", "GRU", "CAP"),)
    assert parse_tuss(TABLE22, ROL) == (
        TussRow("1", "Um novo"),
        TussRow("2", "Dois"),
        TussRow("3", "Três"),
    )


def test_rows_are_kept_by_code_whatever_the_order_of_the_file() -> None:
    disordered = "CAT;DESCRICAO\nB00;Dois\nA00;Um\n"
    again = "SUBCAT;DESCRICAO\nA00;Um mesmo\n"
    assert parse_cid10(disordered, again) == (CidRow("A00", "Um mesmo"), CidRow("B00", "Dois"))


def test_a_file_that_is_not_the_official_one_is_refused_by_its_columns() -> None:
    with pytest.raises(BadOfficialFile, match=r"^arquivo oficial sem a coluna no_rol, pac$"):
        parse_rol(ROL.replace("no_rol", "x").replace(";pac;", ";y;"))
    with pytest.raises(BadOfficialFile, match=r"^arquivo oficial sem a coluna CAT, DESCRICAO$"):
        parse_cid10("", SUBCATEGORIES)
    with pytest.raises(BadOfficialFile, match=r"sem a coluna DESCRICAO, SUBCAT$"):
        parse_cid10(CATEGORIES, "CODIGO;NOME\n")
    with pytest.raises(BadOfficialFile, match=r"sem a coluna Código do Termo, Termo$"):
        parse_tuss(ROL, ROL)
    with pytest.raises(BadOfficialFile, match=r"sem a coluna termo, tuss$"):
        parse_tuss(TABLE22, TABLE22)


def test_compact_rows_come_back_as_they_went() -> None:
    rows = parse_rol(ROL)
    assert to_compact(rows) == "2\tDois\tDOIS\tS\tSUB\tGRU\tCAP\n"
    assert from_compact(RolRow, to_compact(rows)) == rows
    with pytest.raises(BadOfficialFile, match=r"^linha 2: esperadas 2 colunas, vieram 3$"):
        from_compact(CidRow, "A00\tCólera\nA01\tx\ty\n")
