"""What each role may do. A role is what a token says; a permission is what a route asks for."""

CLINICAL = "ds.clinical"
"""Reading health data. Only roles with a clinical purpose hold it."""
_AT_TASKS = frozenset({"tasks.read", "tasks.work"})
"""Taking tasks and giving them back. Which of them: each asks for what it takes to do it."""

ROLES: dict[str, frozenset[str]] = {
    "registrar": frozenset({"registry.read", "registry.write", "registry.merge"}),
    "desk": frozenset(
        {"registry.read", "ds.read", "ds.assist", "ds.link", "contact.read"} | _AT_TASKS
    ),
    "analyst": frozenset(
        {"registry.read", "ds.read", CLINICAL, "ds.analyse", "ds.link", "cpt.read"} | _AT_TASKS
    ),
    "scheduler": frozenset({"registry.read", "ds.read", "ds.schedule"}),
    "interviewer": frozenset({"ds.read", CLINICAL, "ds.interview"}),
    "auditor": frozenset(
        {"registry.read", "ds.read", CLINICAL, "ds.audit", "cpt.read"} | _AT_TASKS
    ),
    "rule_owner": frozenset({"rules.read", "rules.write", "rules.publish"}),
    "integration": frozenset(
        {"registry.read", "registry.enrol", "ops.parked", "ops.partners", "cpt.check"}
    ),
    "dpo": frozenset(
        {
            "registry.read",
            "audit.read",
            "privacy.erase",
            "privacy.export",
            "privacy.revoke",
            "ds.read",
            "contact.read",
        }
    ),
    "operator": frozenset(
        {
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
