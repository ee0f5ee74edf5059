"""What the proponent is told to expect at each stage: who must act, and how."""

_SENTENCES = {
    "unrepresented": "A operadora vai registrar quem responde por você, que é menor de idade.",
    "invited": "Leia a carta de orientação e escolha como quer ser orientado.",
    "filling": "Responda às perguntas, confira o texto e assine com o código que enviaremos.",
    "analysis": "Um profissional da operadora está analisando a sua declaração.",
    "documents": "Esperamos os documentos que pedimos a você.",
    "exam": "Esperamos o resultado da perícia, por conta da operadora.",
    "interview_to_schedule": "Escolha um dos horários para a entrevista, sem custo.",
    "interview_scheduled": "Sua entrevista está marcada; entre na sala na hora combinada.",
    "audit": "Um médico auditor da operadora está conferindo a análise.",
    "offer": "Veja as opções da operadora e escolha uma.",
    "negotiation": "Uma pessoa da operadora vai falar com você; nada foi negado.",
    "term": "Leia o termo e assine com o código que enviaremos.",
    "released": "Está tudo certo: a sua adesão foi liberada.",
    "integrated": "Está tudo certo: a sua adesão foi liberada e registrada.",
    "expired": "O prazo da declaração passou; fale com a operadora para recomeçar.",
    "withdrawn": "Você desistiu desta adesão; nada mais é esperado de você.",
    "cancelled": "A adesão foi cancelada; nada mais é esperado de você.",
}
_GUIDANCE_AWAITED = (
    "Escolha ou espere a conversa com o médico da operadora; depois dela você pode assinar."
)


def next_step(stage: str, *, guidance_awaited: bool) -> str:
    """One sentence in Portuguese. Raises `KeyError` on a stage that does not exist."""
    if stage == "filling" and guidance_awaited:
        return _GUIDANCE_AWAITED
    return _SENTENCES[stage]
