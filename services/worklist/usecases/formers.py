"""What an act left behind, kept so that whoever did it can take it back."""

from contracts.worklist.api import Undoable
from kit.db import Transaction
from services.worklist.models import Task


def remember(tx: Transaction, task: Task, act: Undoable) -> None:
    """Before the act changes the task, which counts one version for it."""
    task.former = {
        "act": act,
        "by": tx.actor,
        "version": task.version + 1,
        "owner": task.owner,
        "owner_name": task.owner_name,
        "snoozed_until": task.snoozed_until.isoformat() if task.snoozed_until else None,
        "until_answered": task.until_answered,
        "rungs": task.rungs,
    }
