"""What the health declaration service wants of people, told to the worklist."""

from typing import ClassVar

from contracts.worklist import events


class TaskWanted(events.TaskWanted):
    """A person is to do something with a declaration."""

    type: ClassVar[str] = "health_declaration.task.wanted.v1"
    topic: ClassVar[str] = "health_declaration.events"


class TaskWaiting(events.TaskWaiting):
    """The proponent was asked for something."""

    type: ClassVar[str] = "health_declaration.task.waiting.v1"
    topic: ClassVar[str] = "health_declaration.events"


class TaskAnswered(events.TaskAnswered):
    """The proponent did it, or it is no longer asked for."""

    type: ClassVar[str] = "health_declaration.task.answered.v1"
    topic: ClassVar[str] = "health_declaration.events"


class TaskSettled(events.TaskSettled):
    """It was done, or is no longer wanted."""

    type: ClassVar[str] = "health_declaration.task.settled.v1"
    topic: ClassVar[str] = "health_declaration.events"
