"""The purposes that take a consent: each its own text, none needed for the declaration itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.health_declaration.rules.content_hash import content_hash


@dataclass(frozen=True, slots=True)
class Purpose:
    """One use of data that the law leaves to the person; a changed text is a new version."""

    title: str
    text: str
    version: str = "1"

    @property
    def hash(self) -> str:
        """What proves the words that were read."""
        return content_hash({"title": self.title, "text": self.text, "version": self.version})


PURPOSES: Mapping[str, Purpose] = {
    "prevention_programmes": Purpose(
        "Convites para programas de prevenção",
        "A operadora pode me chamar para programas de prevenção e cuidado com a saúde.",
    ),
    "satisfaction_survey": Purpose(
        "Pesquisas de satisfação",
        "A operadora pode me perguntar, por mensagem, o que achei do atendimento.",
    ),
    "news": Purpose(
        "Novidades do plano",
        "A operadora pode me mandar mensagens sobre novos serviços e ofertas do plano.",
    ),
}
