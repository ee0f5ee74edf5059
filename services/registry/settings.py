"""What the registry needs from its environment beside what every process needs."""

from dataclasses import dataclass

from kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What an enrolment is measured by beyond the law: the operator's policy."""

    full_age: int = 18
    joining_years_back: int = 5
    joining_months_ahead: int = 12


_DEFAULT = Limits()


class RegistrySettings(Settings):
    """`erp_private_jwk` opens what partners send us as JWE; without it such lines are refused."""

    service: str = "registry"
    erp_private_jwk: str = ""
    """Private JWK as JSON text; partners hold its public part."""
    declaration_retention_years: int = 20
    """How long a signed declaration keeps the person's data (LG-003, policy for declarations)."""
    full_age: int = _DEFAULT.full_age
    """From which age nobody needs a representative (Civil Code art. 5)."""
    joining_years_back: int = _DEFAULT.joining_years_back
    """A joining date told today may lie this far back (policy)."""
    joining_months_ahead: int = _DEFAULT.joining_months_ahead
    """And this far ahead (policy)."""

    @property
    def limits(self) -> Limits:
        """What enrolments are measured by."""
        return Limits(self.full_age, self.joining_years_back, self.joining_months_ahead)
