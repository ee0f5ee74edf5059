"""The branches of the story, what each of them must come to, and how many people walk it.

Written by hand from the issue and the public norms; nothing here asks the product.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

INDIVIDUAL, AFFILIATION = "individual", "adesao"
SMALL, LARGE, LATE = "pequena", "empresarial", "tardia"
CONTRACTS = (INDIVIDUAL, AFFILIATION, SMALL, LARGE, LATE)
DECLARING = (INDIVIDUAL, AFFILIATION, SMALL, LATE)


@dataclass(frozen=True)
class Disease:
    """A yes of the form, the CID a clinician confirms and the row of the CPT table it falls in."""

    question: str
    cid: str
    cid_range: str
    bed: bool
    """Whether a high-technology bed is suspended too."""
    high: bool = False
    """Whether the declared disease alone asks for an interview."""


CORONARY = Disease("Q03", "I214", "I20-I25", bed=True, high=True)
DIABETES = Disease("Q10", "E119", "E10-E14", bed=True)
HERNIA = Disease("Q18", "K409", "K40-K46", bed=False)
SPINE = Disease("Q14", "M511", "M50-M54", bed=False)
CARPAL = Disease("Q16", "G560", "G56", bed=False)
STONES = Disease("Q19", "K802", "K80-K83", bed=False)
CPT_DISEASES = (DIABETES, HERNIA, SPINE, STONES)


@dataclass(frozen=True)
class Branch:
    """One way a declaration can go. `weight` 0 means the crowd that fills up the batch."""

    name: str
    outcome: str
    """Stage in which the case ends, or waived, or none where no declaration may exist."""
    contracts: tuple[str, ...] = DECLARING
    diseases: tuple[Disease, ...] = ()
    straight: bool | None = None
    """Released with no human; None where nothing is released."""
    rule: str | None = None
    cpt_end: str | None = None
    """Why the person's CPT ended by the end of the story; None where there is no CPT."""
    channel: str = "code"
    version: int = 1
    crowd: bool = False
    surcharge_cents: int | None = None
    """Per month, as agreed in an addendum; never above the published price."""


def _clean(name: str, contract: str) -> Branch:
    return Branch(name, "integrated", (contract,), straight=True, crowd=True)


BRANCHES = (
    Branch("dispensa_empresarial", "waived", (LARGE,), rule="DS-009", crowd=True),
    Branch("dispensa_recem_nascido", "waived", (INDIVIDUAL,), rule="DS-011"),
    Branch("dispensa_portabilidade", "waived", (INDIVIDUAL, AFFILIATION), rule="DS-012"),
    _clean("limpa_individual", INDIVIDUAL),
    _clean("limpa_adesao", AFFILIATION),
    _clean("limpa_pequena", SMALL),
    _clean("limpa_tardia", LATE),
    Branch("menor_com_representante", "integrated", (INDIVIDUAL,), straight=True),
    Branch("expirada", "expired"),
    Branch("assina_apos_lembrete", "integrated", straight=True),
    Branch("endereco_vencido", "integrated", straight=True),
    Branch("desistiu", "withdrawn"),
    Branch("baixo_impacto", "integrated", diseases=(CARPAL,), straight=False),
    Branch("documentos", "integrated", diseases=(HERNIA,), straight=False),
    Branch("documentos_nunca", "integrated", diseases=(SPINE,), straight=False),
    Branch("pericia", "integrated", diseases=(STONES,), straight=False),
    Branch("entrevista_cpt", "integrated", diseases=(CORONARY,), straight=False, cpt_end="term"),
    Branch("faltou_uma_vez", "integrated", diseases=(CORONARY,), straight=False),
    Branch("faltou_duas_vezes", "integrated", diseases=(CORONARY,), straight=False),
    Branch(
        "auditoria_devolve", "integrated", diseases=CPT_DISEASES, straight=False, cpt_end="term"
    ),
    Branch("oferta_recusada", "integrated", diseases=CPT_DISEASES, straight=False),
    Branch("cobertura_total", "integrated", diseases=CPT_DISEASES, straight=False),
    Branch("agravo", "integrated", diseases=(CARPAL,), straight=False, surcharge_cents=4_000),
    Branch("adesao_movida", "integrated", diseases=CPT_DISEASES, straight=False, cpt_end="term"),
    Branch("obito", "integrated", diseases=CPT_DISEASES, straight=False, cpt_end="deceased"),
    Branch(
        "cancelada_com_cpt",
        "integrated",
        diseases=CPT_DISEASES,
        straight=False,
        cpt_end="cancelled",
    ),
    Branch("cancelada", "cancelled"),
    Branch("cancelada_preenchendo", "cancelled"),
    Branch("balcao_codigo", "integrated", straight=True, channel="assisted_code"),
    Branch("balcao_papel", "integrated", straight=True, channel="paper"),
    Branch("orientada", "integrated", straight=True),
    Branch("retificada", "integrated", diseases=(CARPAL,), straight=True, version=2),
    # The first time clean; what the second time comes to is AGAIN.
    Branch("divergente", "integrated", (INDIVIDUAL,), diseases=(CARPAL,), straight=True),
    Branch("encerrada_antes", "none"),
)


@dataclass(frozen=True)
class Expected:
    """One line of the answer key."""

    outcome: str
    straight: bool | None = None
    rule: str | None = None
    channel: str | None = None
    version: int = 1
    cpt: dict[str, Any] | None = None
    surcharge_cents: int | None = None


AGAIN = Expected("integrated", straight=False, channel="code")


def expected(branch: Branch, disease: Disease | None, starts_on: date) -> Expected:
    """What the key says of one person of a branch."""
    signed = branch.outcome == "integrated"
    cpt = None
    if branch.cpt_end and disease is not None:
        cpt = {
            "cid_range": disease.cid_range,
            "bed": disease.bed,
            "starts_on": starts_on.isoformat(),
            "due_on": two_years_after(starts_on).isoformat(),
            "end_reason": branch.cpt_end,
        }
    return Expected(
        branch.outcome,
        branch.straight,
        branch.rule,
        branch.channel if signed else None,
        branch.version,
        cpt,
        branch.surcharge_cents,
    )


def two_years_after(day: date) -> date:
    """24 months later; the story's joining dates are never past the 28th."""
    return day.replace(year=day.year + 2)
