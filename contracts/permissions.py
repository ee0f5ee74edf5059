"""What each role may do. A role is what a token says; a permission is what a route asks for."""

CLINICAL = "ds.clinical"
"""Reading health data. Only roles with a clinical purpose hold it."""
_AT_TASKS = frozenset({"tasks.read", "tasks.work"})
"""Taking tasks and giving them back. Which of them: each asks for what it takes to do it."""
_AT_PEOPLE = frozenset({"registry.read", "registry.names"})
"""Opening what the register keeps of people. Names alone tell of whom one speaks, and no more."""

ROLES: dict[str, frozenset[str]] = {
    "registrar": frozenset({"registry.write", "registry.merge"} | _AT_PEOPLE),
    "desk": frozenset({"ds.read", "ds.assist", "ds.link", "contact.read"} | _AT_PEOPLE | _AT_TASKS),
    "analyst": frozenset(
        {"ds.read", CLINICAL, "ds.analyse", "ds.link", "cpt.read"} | _AT_PEOPLE | _AT_TASKS
    ),
    "scheduler": frozenset({"ds.read", "ds.schedule"} | _AT_PEOPLE),
    "interviewer": frozenset({"registry.names", "ds.read", CLINICAL, "ds.interview"}),
    "auditor": frozenset({"ds.read", CLINICAL, "ds.audit", "cpt.read"} | _AT_PEOPLE | _AT_TASKS),
    "rule_owner": frozenset({"rules.read", "rules.write", "rules.publish"}),
    "integration": frozenset(
        {"registry.enrol", "ops.parked", "ops.partners", "cpt.check"} | _AT_PEOPLE
    ),
    "dpo": frozenset(
        {
            "audit.read",
            "privacy.erase",
            "privacy.export",
            "privacy.revoke",
            "ds.read",
            "contact.read",
        }
        | _AT_PEOPLE
        | _AT_TASKS
    ),
    "operator": frozenset(
        {
            "registry.names",
            "ds.read",
            "desk.read",
            "desk.write",
            "ops.parked",
            "contact.read",
            "contact.resolve",
            "contact.templates",
        }
    ),
    "supervisor": frozenset({"tasks.manage", "contact.templates"} | _AT_TASKS),
    "process": frozenset({"ds.advance", "cpt.advance", "desk.audit", "ops.due"}),
    "sandbox_driver": frozenset(
        {"sandbox.clock", "sandbox.erp", "sandbox.providers", "sandbox.raw", "ops.due"}
    ),
}
