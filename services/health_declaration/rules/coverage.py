"""Is this procedure or bed suspended by a CPT on that day? Domain 1.4, as one pure function.

It says nothing of waiting periods: "not suspended" is so as far as the CPT goes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from contracts.values import cid_bounds, dotted
from services.health_declaration.rules.cpt import in_force
from services.health_declaration.rules.parameters import RuleSet
from services.health_declaration.rules.policy import RequestedCids
from services.health_declaration.rules.reasons import Reason
from services.health_declaration.rules.tables import FamilyIndex, Restrictable


class CoverageOutcome(StrEnum):
    """As far as CPT goes."""

    NOT_SUSPENDED = "not_suspended"
    MEDICAL_AUDITOR = "medical_auditor"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class SignedCpt:
    """One item of a signed CPT, with the Rol it was signed under; items of a CPT share its id.

    The ranges of an item go with its own families only: joining items would restrict more.
    """

    cpt_id: str
    cid_ranges: tuple[str, ...]
    families: frozenset[str]
    starts_on: date
    ends_on: date
    index: FamilyIndex
    rules_version: str
    """The rulebook it was signed under: its families and its Rol decide, never newer ones."""

    def declares(self, cid: str) -> bool:
        """Whether the normalised CID lies in the declared disease."""
        return any(cid_bounds(one).contains(cid) for one in self.cid_ranges)


@dataclass(frozen=True, slots=True, kw_only=True)
class CareRequest:
    """What is asked: a procedure, a high-technology bed or both; CIDs normalised, maybe none."""

    on: date
    tuss: str | None = None
    high_technology_bed: bool = False
    cids: tuple[str, ...] = ()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class CoverageMatch:
    """How one CPT concerns the request: directly, or as a question for a doctor."""

    cpt: SignedCpt
    direct: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class CoverageDecision:
    """The outcome, why, by which CPTs and rule version, in the words owed to the person."""

    outcome: CoverageOutcome
    care_must_not_wait: bool
    matches: tuple[CoverageMatch, ...]
    text: str
    rule_version: int

    @property
    def cpt_ids(self) -> tuple[str, ...]:
        """The CPTs concerned, each once."""
        return tuple(dict.fromkeys(match.cpt.cpt_id for match in self.matches))


def decide_coverage(
    request: CareRequest, cpts: Sequence[SignedCpt], rules: RuleSet
) -> CoverageDecision:
    """Suspended when some CPT matches directly, a doctor's question when one may, else free.

    Urgent care never waits for the answer (Law 9.656 art. 35-C): a suspension becomes a question.
    """
    active = [cpt for cpt in cpts if in_force(cpt.starts_on, cpt.ends_on, request.on)]
    rule = rules.requested_cids
    vague, mixed = _vague(request.cids, rule), _mixed(request, active, rule)
    found = [one for cpt in active for one in _matches(request, cpt, vague=vague, mixed=mixed)]
    suspended = [one for one in found if one.direct]
    if suspended and not request.urgent:
        return _decision(CoverageOutcome.SUSPENDED, suspended, request, rules)
    if found:
        return _decision(CoverageOutcome.MEDICAL_AUDITOR, found, request, rules)
    return _decision(CoverageOutcome.NOT_SUSPENDED, [], request, rules)


def _matches(
    request: CareRequest, cpt: SignedCpt, *, vague: bool, mixed: bool
) -> list[CoverageMatch]:
    """The procedure and the bed are asked apart: each is restrictable on its own."""
    asked: list[tuple[Restrictable, bool]] = []
    if request.tuss is not None:
        in_family = not cpt.families.isdisjoint(cpt.index.families(request.tuss))
        asked.append((cpt.index.restrictable(request.tuss), in_family))
    if request.high_technology_bed:
        in_family = not cpt.families.isdisjoint(cpt.index.bed_families)
        asked.append((Restrictable.YES, in_family))
    found = (_match(request, cpt, *one, vague=vague, mixed=mixed) for one in asked)
    return [match for match in found if match is not None]


def _match(
    request: CareRequest,
    cpt: SignedCpt,
    can: Restrictable,
    in_family: bool,
    *,
    vague: bool,
    mixed: bool,
) -> CoverageMatch | None:
    if can is Restrictable.NO:
        return None
    if any(cpt.declares(cid) for cid in request.cids):
        code = _related(in_family=in_family, can=can, mixed=mixed)
    elif in_family and vague:
        code = "vague_cid"
    else:
        return None
    return CoverageMatch(cpt, code == "declared_disease", _reason(code))


def _related(*, in_family: bool, can: Restrictable, mixed: bool) -> str:
    """What a request of the declared disease is, as a code of `_REASONS`."""
    if not in_family:
        return "outside_families"
    if can is Restrictable.UNCERTAIN:
        return "uncertain_procedure"
    return "mixed_cids" if mixed else "declared_disease"


def _vague(cids: Sequence[str], rule: RequestedCids) -> bool:
    """Whether no CID of the request names a disease; none at all names none either."""
    return all(any(cid_bounds(one).contains(cid) for one in rule.vague) for cid in cids)


def _mixed(request: CareRequest, active: Sequence[SignedCpt], rule: RequestedCids) -> bool:
    """Whether another clear CID lies outside every declared disease (POL-007)."""
    return rule.mixed_to_auditor and any(
        not _vague([cid], rule) and not any(cpt.declares(cid) for cpt in active)
        for cid in request.cids
    )


_REASONS = {
    "declared_disease": "O pedido é da doença declarada e de procedimento que a CPT suspende.",
    "outside_families": "O pedido é da doença declarada, mas o procedimento não está na CPT.",
    "uncertain_procedure": "O procedimento nem sempre é de alta complexidade ou cirurgia.",
    "mixed_cids": "O pedido traz também outra doença: a relação pode não ser exclusiva.",
    "vague_cid": "O pedido não diz a doença e o procedimento está na CPT.",
}


def _reason(code: str) -> Reason:
    return Reason("POL-007" if code == "mixed_cids" else "DS-002", code, _REASONS[code])


def _decision(
    outcome: CoverageOutcome, found: Sequence[CoverageMatch], request: CareRequest, rules: RuleSet
) -> CoverageDecision:
    return CoverageDecision(
        outcome=outcome,
        care_must_not_wait=request.urgent and outcome is CoverageOutcome.MEDICAL_AUDITOR,
        matches=tuple(found),
        text=_owed(outcome, found, request.urgent, rules),
        rule_version=rules.version,
    )


def _owed(
    outcome: CoverageOutcome, found: Sequence[CoverageMatch], urgent: bool, rules: RuleSet
) -> str:
    """Plain words: the disease, why, until when, and by which CPT and rules (RN 623/2024)."""
    if outcome is CoverageOutcome.NOT_SUSPENDED:
        return "Não há suspensão por Cobertura Parcial Temporária (CPT) para este pedido."
    if outcome is CoverageOutcome.MEDICAL_AUDITOR:
        sentences = [
            "Um médico auditor vai verificar se este pedido tem relação com a doença declarada "
            f"({_diseases(found)}) na sua Cobertura Parcial Temporária (CPT).",
            *_why(found),
            *(["O atendimento de urgência não espera por esta resposta."] if urgent else []),
        ]
    else:
        until = max(match.cpt.ends_on for match in found).strftime("%d/%m/%Y")
        sentences = [
            "A cobertura deste pedido está suspensa por Cobertura Parcial Temporária (CPT) da "
            f"doença declarada ({_diseases(found)}).",
            *_why(found),
            f"A cobertura passa a ser integral em {until}.",
            f"Base: {rules.cpt_scope.clause}; {rules.cpt_scope.norm}.",
            "Consultas, exames e internações que não sejam de alta complexidade, cirurgia ou leito "
            "de alta tecnologia continuam cobertos.",
        ]
    return " ".join([*sentences, _reference(found)])


def _diseases(found: Sequence[CoverageMatch]) -> str:
    return ", ".join(sorted({dotted(one) for match in found for one in match.cpt.cid_ranges}))


def _why(found: Sequence[CoverageMatch]) -> Sequence[str]:
    return tuple(dict.fromkeys(match.reason.text for match in found))


def _reference(found: Sequence[CoverageMatch]) -> str:
    named = dict.fromkeys(
        f"CPT {match.cpt.cpt_id}, regras {match.cpt.rules_version}" for match in found
    )
    return f"Referência: {'; '.join(named)}."
