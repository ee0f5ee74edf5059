"""What each alternative of an offer means to whoever reads it for the first time."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Plain:
    """An alternative in plain words."""

    title: str
    words: str


CHOICES: Mapping[str, Plain] = {
    "full_coverage": Plain(
        "Cobertura total",
        "Tudo o que o plano cobre vale também para o que você declarou, sem pagar a mais.",
    ),
    "cpt": Plain(
        "Cobertura parcial temporária (CPT)",
        "A mensalidade não muda. Por um tempo, que nunca passa de 24 meses, ficam de fora só "
        "cirurgias, leitos de alta tecnologia e procedimentos de alta complexidade ligados ao que "
        "você declarou. Consultas, exames simples, urgência e todo o resto valem desde já.",
    ),
    "agravo": Plain(
        "Agravo",
        "Tudo fica coberto desde já, e a mensalidade tem um acréscimo por prazo certo. Uma pessoa "
        "da operadora fala com você para combinar os detalhes.",
    ),
    "refuse": Plain(
        "Nenhuma destas",
        "Uma pessoa da operadora fala com você. Responder assim não nega nem cancela a adesão.",
    ),
}
