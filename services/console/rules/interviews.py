"""One interview: the questions to go through, its result as a form, refusals in words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.values import dotted
from services.console.rules.words import INTERVIEWS, called

FORM = "entrevista"
"""What the draft of a result is kept under."""
CID = "cid."
"""What the name of a field begins with that takes the CIDs of one question."""
HOW = {"presencial": True, "distancia": False}
"""How it was held, where not as it was booked."""
_SEPARATORS = re.compile(r"[\s,;]+")
BEGIN = (
    "Apresente-se e diga para que serve a conversa: esclarecer o que foi declarado.",
    "Confirme com quem fala, pelo nome completo e pela data de nascimento.",
    "Diga que a entrevista não tem custo e que nada dela recusa a inscrição.",
    "Se a sala grava, confirme que a pessoa concordou; sem acordo, não grave.",
)
EACH = (
    "Quando soube, e por quem: médico, exame ou internação?",
    "Que tratamento faz hoje: remédio, terapia, acompanhamento?",
    "Houve internação ou cirurgia por isto? Há alguma já indicada por médico?",
)
"""Of whatever was declared."""
OF = {
    "Q01": ("Onde é ou foi o tumor, e em que estágio?", "Terminou o tratamento? Quando?"),
    "Q02": ("O que mostrou o último exame de imagem ou a biópsia?",),
    "Q03": ("Teve infarto, cateterismo, stent ou ponte? Em que ano?",),
    "Q04": ("Usa marca-passo ou desfibrilador? Desde quando?",),
    "Q05": ("A válvula foi trocada ou há troca indicada?",),
    "Q06": ("Faz ou já fez diálise? Há lado ou cálculo conhecido hoje?",),
    "Q07": ("A pressão está controlada? Há dano conhecido em coração, rim ou olhos?",),
    "Q08": ("Qual vaso, e qual a última medida conhecida?",),
    "Q10": (
        "Qual o tipo, e usa insulina?",
        "Há dano conhecido em olhos, rins, nervos ou circulação?",
    ),
    "Q12": ("Ficou sequela? Qual, e desde quando?",),
    "Q14": ("Que parte da coluna? Há perda de força ou cirurgia indicada?",),
    "Q15": ("Que articulação e de que lado? Há prótese ou cirurgia indicada?",),
    "Q21": ("Que órgão, em que ano, e quem acompanha?",),
    "Q28": ("Um olho ou os dois? Há cirurgia indicada?",),
    "Q32": ("Houve cirurgia bariátrica? Em que ano?",),
    "Q33": ("Qual cirurgia ou dispositivo, de que lado, e quando foi indicado?",),
    "Q36": ("Qual é a doença, como consta do diagnóstico?",),
}
"""More of one question of the form, by its id; a question that is none of ours has those above."""
END = (
    "Leia de volta o que entendeu e pergunte se falta alguma coisa.",
    "Não pergunte de parentes, de raça, de vida íntima nem de exames genéticos.",
    "Explique o que vem agora: o resultado segue para a análise, e a pessoa é avisada.",
)


@dataclass(frozen=True)
class Topic:
    """One disease declared, and what to ask of it."""

    title: str
    asks: tuple[str, ...]


def script(declared: Iterable[tuple[str, str]]) -> tuple[Topic, ...]:
    """What to go through, in the order of the declaration: pairs of question and its text."""
    return tuple(Topic(text, (*EACH, *OF.get(question, ()))) for question, text in declared)


def kept_of(typed: Mapping[str, str]) -> dict[str, str]:
    """What is kept as a draft: what the doctor filled in, and nothing that the form brought."""
    return {
        name: value
        for name, value in typed.items()
        if value.strip() and (name in ("text", "how") or name.startswith(CID))
    }


def body_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """The result as it is sent; blanks are left out, the contract says what is missing."""
    pairs = [
        {"question_id": name.removeprefix(CID), "cid": cid}
        for name, value in typed.items()
        if name.startswith(CID)
        for cid in _SEPARATORS.split(value.strip())
        if cid
    ]
    body: dict[str, Any] = {"version": typed.get("version", ""), "cids": pairs, "signed": True}
    text, how = typed.get("text", "").strip(), HOW.get(typed.get("how", ""))
    return body | ({"text": text} if text else {}) | ({} if how is None else {"in_person": how})


def with_cid(typed: Mapping[str, str], cid: str, question: str) -> dict[str, str]:
    """What was typed, with a CID that was found put where it belongs, once."""
    name = CID + question
    there = [one for one in _SEPARATORS.split(typed.get(name, "")) if one]
    wanted = dotted(cid)
    return dict(typed) | {name: ", ".join(dict.fromkeys([*there, wanted]))}


def by_field(errors: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Errors of a contract or of the service, at the field they speak of; the rest at none."""
    told: dict[str, str] = {}
    for error in errors:
        name = str(error.get("field", "")).partition(".")[0]
        place = {"confirmed": "cids"}.get(name, name)
        told.setdefault(place, str(error.get("reason", "")))
    return told


def refused(title: str, code: str, status: str) -> str:
    """Why an order was not carried out, in one sentence that tells how the interview is now."""
    now = called(INTERVIEWS, status)
    if code == "stale-version":
        return f"A entrevista mudou enquanto você a via: agora está {now}."
    if code == "not-scheduled":
        return f"A entrevista não está mais marcada: agora está {now}."
    return f"{title}."


def is_web(address: str | None) -> bool:
    """Whether an address may be made a link: nothing that would act within this page."""
    return address is not None and address.startswith(("https://", "http://"))
