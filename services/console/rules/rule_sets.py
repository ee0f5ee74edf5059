"""The rule sets as tables: their names, parts and columns."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.console.rules.rule_cells import Column

CONFIDENCE = {
    "seen": "lida na fonte",
    "seen-2nd": "fonte secundária",
    "memory": "a confirmar",
    "policy": "política da operadora",
    "calc": "calculada",
}
NOTICES = {
    "letter": "Carta de Orientação",
    "privacy": "Aviso de privacidade",
    "terms": "Termos de uso",
    "prevention_programmes": "Consentimento: programas de prevenção",
    "satisfaction_survey": "Consentimento: pesquisas de satisfação",
    "news": "Consentimento: novidades do plano",
}
IMPACTS = {"alto": "alto", "medio": "médio", "baixo": "baixo"}
_YES_NO = {"S": "sim", "N": "não"}
_MAY = {"yes": "sim", "no": "não", "uncertain": "incerto"}
_BEDS = {"high_technology": "alta tecnologia"}
_QUESTION = Column("q", "Pergunta", hint="Q01 a Q36")
_CONFIDENCE = Column("confidence", "Confiança", "word", " · ".join(CONFIDENCE.values()), CONFIDENCE)
_FAMILIES = Column("families", "Famílias", "codes", "separadas por vírgula")
_BLANK_IS_NO = "sim ou não; em branco é não"
HEAD, ROWS, CASES = "cabecalho", "linhas", "casos"


@dataclass(frozen=True)
class Part:
    """One table of a rule set. `key`: the columns by which people know a row."""

    slug: str
    title: str
    path: str
    """Where its rows stand in the content."""
    columns: tuple[Column, ...]
    key: tuple[int, ...] = (0,)
    grows: bool = True
    one: str = "Linha"
    """What one of its rows is called."""

    def place(self, name: str) -> int | None:
        """The column of a name, or the one that a path begins with."""
        for at, column in enumerate(self.columns):
            if name == column.name or name.startswith(column.name + "."):
                return at
        return None


@dataclass(frozen=True)
class RuleTable:
    """One rule set: what it is called, what it says, its parts."""

    name: str
    slug: str
    title: str
    about: str
    parts: tuple[Part, ...]
    simulable: bool = True

    def part(self, slug: str) -> Part:
        """The part of a name."""
        return next(one for one in self.parts if one.slug == slug)


def _head(*columns: Column) -> Part:
    return Part(HEAD, "Cabeçalho", "", columns, (), grows=False, one="Cabeçalho")


def _cases(key: tuple[int, ...], *columns: Column) -> Part:
    return Part(CASES, "Casos de teste", "cases", columns, key, one="Caso")


_CPT_TABLE = RuleTable(
    "cpt_table",
    "tabela-cpt",
    "Tabela da CPT",
    "Que famílias de procedimentos cada doença declarada restringe, e por quantos meses.",
    (
        _head(
            Column("months", "Meses", "number", "de toda linha que não disser outros"),
            _CONFIDENCE,
            Column("catch_all", "Perguntas abertas", "codes", "procuram o CID em todas as linhas"),
        ),
        Part(
            ROWS,
            "Linhas",
            "rows",
            (
                _QUESTION,
                Column("cid", "CID", hint="código ou faixa, como I20-I25"),
                _FAMILIES,
                Column("months", "Meses", "number", "em branco, os do cabeçalho"),
            ),
            (0, 1),
        ),
        _cases((0, 1), _QUESTION, Column("cid", "CID"), _FAMILIES),
    ),
)
_QUESTIONNAIRE = RuleTable(
    "questionnaire",
    "questionario",
    "Questionário",
    "As perguntas da declaração de saúde e o que se pergunta depois de um sim.",
    (
        _head(
            Column("stem", "Começo de toda pergunta"),
            _CONFIDENCE,
            Column("follow_ups", "Depois de todo sim", "follow_ups"),
        ),
        Part(
            ROWS,
            "Perguntas",
            "questions",
            (
                Column("id", "Código", hint="Q01"),
                Column("text", "Pergunta"),
                Column("group", "Assunto", hint="perguntas do mesmo assunto ficam na mesma página"),
                Column("cids", "CIDs", "codes", "separados por vírgula"),
                _FAMILIES,
                Column("impact", "Impacto", "word", "alto, médio ou baixo", IMPACTS),
                Column("reinforced", "Sigilo reforçado", "flag", _BLANK_IS_NO),
                Column("catch_all", "Aberta", "flag", _BLANK_IS_NO),
                Column(
                    "follow_ups",
                    "Depois de um sim",
                    "follow_ups",
                    "nome [ano] [opcional]: texto | outro: texto",
                ),
            ),
        ),
        _cases(
            (0,), Column("text", "Texto"), Column("forbidden", "É proibido", "flag", "sim ou não")
        ),
    ),
    simulable=False,
)
_FAMILY_TABLE = RuleTable(
    "families",
    "familias",
    "Famílias de procedimentos",
    "Que procedimentos do Rol cada família alcança.",
    (
        _head(
            _CONFIDENCE,
            Column("rol", "Versão do Rol"),
            Column("surgical.capitulo", "Capítulo das cirurgias"),
            Column(
                "surgical.except_subgrupo",
                "Menos estes subgrupos",
                "phrases",
                "separados por ponto e vírgula",
            ),
        ),
        Part(
            ROWS,
            "Seletores",
            "families",
            (
                Column("family", "Família"),
                Column("capitulo", "Capítulo"),
                Column("grupo", "Grupo"),
                Column("subgrupo", "Subgrupos", "phrases", "separados por ponto e vírgula"),
                Column("pac", "Alta complexidade", "word", "sim, não ou em branco", _YES_NO),
                Column("termo", "Termo", hint="palavras do nome; | separa, ? dispensa a letra"),
                Column("accommodation", "Leito", "word", "alta tecnologia, ou em branco", _BEDS),
            ),
            (0, 2, 1, 5),
        ),
        _cases(
            (0,),
            Column("tuss", "TUSS"),
            _FAMILIES,
            Column("restrictable", "A CPT suspende", "word", "sim, não ou incerto", _MAY),
        ),
    ),
)
_PARAMETERS = RuleTable(
    "parameters",
    "parametros",
    "Parâmetros e critérios",
    "Prazos, limites e critérios de entrevista, cada um com unidade, fonte e confiança.",
    (
        Part(
            ROWS,
            "Parâmetros",
            "rules",
            (
                Column("id", "Regra", fixed=True),
                Column("param", "Parâmetro", fixed=True),
                Column("value", "Valor"),
                Column("unit", "Unidade", fixed=True),
                Column("source", "Fonte", shared=True),
                Column(
                    "confidence", "Confiança", "word", _CONFIDENCE.hint, CONFIDENCE, shared=True
                ),
                Column("rule", "O que diz", shared=True),
            ),
            (0, 1),
            grows=False,
        ),
        _cases(
            (0, 1),
            Column("declared", "Declarado", "pairs", "Q01: alto; Q07: baixo", IMPACTS),
            Column("age", "Idade", "number"),
            Column("divergence", "Divergência", "flag", _BLANK_IS_NO),
            Column("guidance_requested", "Orientação pedida", "flag", _BLANK_IS_NO),
            Column("inconsistent_text", "Texto inconsistente", "flag", _BLANK_IS_NO),
            Column("needed", "Pede entrevista", "flag", "sim ou não"),
        ),
    ),
)
TABLES = (_CPT_TABLE, _PARAMETERS, _QUESTIONNAIRE, _FAMILY_TABLE)
BY_SLUG: Mapping[str, RuleTable] = {one.slug: one for one in TABLES}
