"""The letter, the notice and the terms: read one by one, and how the person wants to be guided."""

from collections.abc import Mapping

from contracts.health_declaration.public import Guidance, LetterIn

GUIDANCE: Mapping[Guidance, str] = {
    "operator_doctor": "Quero conversar com um médico indicado pela operadora, sem custo",
    "own_doctor": "Vou me orientar com um médico de minha escolha, por minha conta",
    "waived": "Dispenso a orientação de um médico",
}
READ = {"carta": "Carta de orientação", "privacidade": "Aviso de privacidade", "termos": "Termos"}
LABELS = READ | {"orientacao": "Orientação", "intermediario_cpf": "Quem participou da venda"}
_NOT_READ = "Marque depois de ler."
_UNCHOSEN = "Escolha uma das três formas."
PRESENT = "Informe nome e CPF válidos, ou deixe os dois em branco."


def missing(typed: Mapping[str, str]) -> dict[str, str]:
    """What is still to be ticked or chosen."""
    wrong = {name: _NOT_READ for name in READ if typed.get(name) != "sim"}
    if typed.get("orientacao") not in GUIDANCE:
        wrong["orientacao"] = _UNCHOSEN
    return wrong


def acknowledged(typed: Mapping[str, str]) -> LetterIn:
    """The order, naming the versions that were seen; ValidationError where it makes no sense."""
    name, cpf = (typed.get(f"intermediario_{one}", "").strip() for one in ("nome", "cpf"))
    given = {
        "version": typed.get("carta_versao", ""),
        "privacy_version": typed.get("privacidade_versao", ""),
        "terms_version": typed.get("termos_versao", ""),
        "guidance": typed.get("orientacao"),
        "intermediary": {"name": name, "cpf": cpf} if name or cpf else None,
    }
    return LetterIn.model_validate(given)
