"""What the registry needs from its environment beside what every process needs."""

from kit.settings import Settings


class RegistrySettings(Settings):
    """`erp_private_jwk` opens what partners send us as JWE; without it such lines are refused."""

    service: str = "registry"
    erp_private_jwk: str = ""
    """Private JWK as JSON text; partners hold its public part."""
    refused_line_days: int = 30
    """How long a refused line is kept to be corrected and sent again (LGPD art. 15, policy)."""
    declaration_retention_years: int = 20
    """How long a signed declaration keeps the person's data (LG-003, policy for declarations)."""
    full_age: int = 18
    """From which age nobody needs a representative (Civil Code art. 5)."""
    joining_years_back: int = 5
    """A joining date told today may lie this far back (policy)."""
    joining_months_ahead: int = 12
    """And this far ahead (policy)."""
