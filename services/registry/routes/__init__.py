"""HTTP doors of the registry, by what they open."""

from services.registry.routes import contracts, enrolments, files, people, privacy

ALL = (people.router, contracts.router, enrolments.router, files.router, privacy.router)
