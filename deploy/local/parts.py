"""The launches of one stack, in the order in which they start."""

from deploy.local import kafka, light, postgres, temporal
from deploy.local.environment import process_environment, program
from deploy.local.full import keycloak, temporal_config, temporal_server
from deploy.local.launch import Launch
from deploy.local.probes import answers_ready
from deploy.local.processes import PROCESSES, Process
from deploy.local.world import World


def prepare(world: World) -> None:
    """Makes the data folders that are missing."""
    postgres.prepare(world)
    if world.full:
        temporal_config.prepare(world)
        keycloak.prepare()
    else:
        temporal.prepare(world)
    if world.broker == "kafka":
        kafka.prepare(world)


def parts(world: World) -> list[Launch]:
    """All that is not ours."""
    return [*first_parts(world), *later_parts(world)]


def first_parts(world: World) -> list[Launch]:
    """Those that need no other."""
    brokers = kafka.servers(world) if world.broker == "kafka" else [light.server(world)]
    alone = [] if world.full else [temporal.server(world)]
    return [postgres.server(world), *brokers, *alone]


def later_parts(world: World) -> list[Launch]:
    """Those that keep their data in Postgres."""
    return [temporal_server.server(world), keycloak.server(world)] if world.full else []


BACKGROUND = {
    "sandbox.app",
    "sandbox.worker",
    "registry.worker",
    "contact.worker",
    "console.worker",
}
"""The stand-ins of outside parties, and what follows an act once its answer was given."""
BEHIND = 5


def ours(world: World) -> list[Launch]:
    return [
        launch(world, process, name)
        for process in PROCESSES
        if world.wants(process.group)
        for name in process.instance_names()
    ]


def launch(world: World, process: Process, name: str) -> Launch:
    port = world.ports[process.port]
    return Launch(
        name=name,
        command=program(process.command),
        env=process_environment(world, process, name),
        probe=answers_ready(port),
        port=port if process.serves else None,
        nice=BEHIND if process.name in BACKGROUND else 0,
    )
