"""What became of each accepted enrolment: one of everything, with every party."""

from collections import Counter
from collections.abc import Iterable, Mapping

from temporalio.client import Client
from temporalio.service import RPCError

from deploy.story.life import ENROLLED, REQUESTED
from deploy.story.seen import ASKED
from deploy.story.world import World

LINK = "ds_link"
SEEN = "matrículas, casos, processos, contatos, mensagens"


async def processes(world: World) -> dict[str, float]:
    """When the process of each declaration started; nothing where Temporal does not say."""
    told = world.stack.told["temporal"]
    prefix = f"health_declaration/{world.batch.tenant}/"
    try:
        client = await Client.connect(told["address"], namespace=told["namespace"])
        listed = client.list_workflows(f"WorkflowId STARTS_WITH '{prefix}'")
        return {one.id.removeprefix(prefix): one.start_time.timestamp() async for one in listed}
    except (RPCError, RuntimeError):
        return {}


def differing(
    world: World, started: Iterable[str], accepted: Iterable[str], phones: Mapping[str, str]
) -> list[str]:
    """Whoever has not one enrolment, one declaration, one process, one contact, one message."""
    told = [(one.type, one.body) for one in world.bus.facts.values()]
    known = {body["enrolment_ref"]: body for kind, body in told if kind == ENROLLED}
    enrolled = Counter(body["enrolment_ref"] for kind, body in told if kind == ENROLLED)
    declared = [body for kind, body in told if kind == REQUESTED]
    cases = {body["enrolment_id"]: body["declaration_id"] for body in declared}
    asked = Counter(body["person_id"] for kind, body in told if kind == ASKED)
    having = Counter(body["enrolment_id"] for body in declared)
    running = Counter(started)

    def counts(ref: str) -> tuple[int, ...]:
        body = known.get(ref, {"enrolment_id": "", "person_id": ""})
        case = body["enrolment_id"]
        mails = sum(mail.template == LINK for mail in world.mailbox.of(phones[ref]))
        processes = running[cases.get(case, "")]
        return enrolled[ref], having[case], processes, asked[body["person_id"]], mails

    found = ((ref, counts(ref)) for ref in accepted)
    return [f"{ref}: {SEEN} {seen}" for ref, seen in found if seen != (1, 1, 1, 1, 1)]
