"""The one list of our processes: command and the variables each is given, and no more.

The compose file and the chart start the same commands with the same variables.
"""

from dataclasses import dataclass

from deploy.local.postgres import SERVICES
from deploy.local.world import FULL_BROKERS

COMMON = (
    "VINCULO_SERVICE",
    "VINCULO_PROCESS",
    "VINCULO_SANDBOX",
    "VINCULO_OTLP_ENDPOINT",
    "VINCULO_SPANS_FILE",
    "VINCULO_TRACE_RATIO",
)
DATABASE = ("VINCULO_DATABASE_URL", "VINCULO_POOL_TIMEOUT_SECONDS")
RELAY = ("VINCULO_RELAY_DATABASE_URL",)
OWNER = ("VINCULO_OWNER_DATABASE_URL",)
KEYRING = ("VINCULO_KEYRING_URL", "VINCULO_KEK_FILE", "VINCULO_INDEX_KEY")
ERASER = ("VINCULO_KEYRING_ERASER_URL",)
KAFKA = (
    "VINCULO_KAFKA_SERVERS",
    "VINCULO_KAFKA_IDEMPOTENT",
    "VINCULO_KAFKA_FETCH_MAX_WAIT_MS",
    "VINCULO_KAFKA_SESSION_TIMEOUT_MS",
    "VINCULO_KAFKA_SECURITY_PROTOCOL",
    "VINCULO_KAFKA_SASL_MECHANISM",
    "VINCULO_KAFKA_USERNAME",
    "VINCULO_KAFKA_PASSWORD",
    "VINCULO_KAFKA_CA_FILE",
)
TEMPORAL = ("VINCULO_TEMPORAL_ADDRESS", "VINCULO_TEMPORAL_NAMESPACE", "VINCULO_PAYLOAD_KEY")
OIDC = ("VINCULO_OIDC_ISSUER", "VINCULO_OIDC_JWKS_URL", "VINCULO_OIDC_AUDIENCE")
CLIENT = ("VINCULO_CLIENT_ID", "VINCULO_CLIENT_SECRET", "VINCULO_TOKEN_URL")
URLS = (
    "VINCULO_REGISTRY_URL",
    "VINCULO_HEALTH_DECLARATION_URL",
    "VINCULO_CONTACT_URL",
    "VINCULO_SANDBOX_URL",
)
CONSOLE = (
    "VINCULO_CONSOLE_URL",
    "VINCULO_OIDC_AUTHORIZE_URL",
    "VINCULO_CLIENT_ID",
    "VINCULO_CLIENT_SECRET",
    "VINCULO_REGISTRY_URL",
    "VINCULO_HEALTH_DECLARATION_URL",
    "VINCULO_WORKLIST_URL",
    "VINCULO_CONTACT_URL",
    "VINCULO_DESK_URL",
)
PUBLIC = (
    "VINCULO_PUBLIC_URL",
    "VINCULO_HEALTH_DECLARATION_URL",
    "VINCULO_OPERATORS",
    "VINCULO_OPERATOR_LOGOS",
)
MAIL = ("VINCULO_SMTP_HOST", "VINCULO_SMTP_PORT")
WHATSAPP = (
    "VINCULO_WHATSAPP_URL",
    "VINCULO_WHATSAPP_PHONE_NUMBER_ID",
    "VINCULO_WHATSAPP_TOKEN",
    "VINCULO_WHATSAPP_APP_SECRET",
    "VINCULO_WHATSAPP_VERIFY_TOKEN",
)
PARTNER_KEY = ("VINCULO_ERP_PRIVATE_JWK",)
VIDEO = ("VINCULO_VIDEO_URL", "VINCULO_VIDEO_TOKEN")
DOCUMENTS = (
    "VINCULO_ANS_REGISTER",
    "VINCULO_PUBLIC_URL",
    "VINCULO_PDF_CERTIFICATE_FILE",
    "VINCULO_PDF_CERTIFICATE_PASSWORD",
)
ERP = ("VINCULO_ERP_KEY_FILE",)
ISSUER = (
    "VINCULO_ISSUER_KEY_FILE",
    "VINCULO_ISSUER_CLIENTS",
    "VINCULO_ISSUER_REDIRECTS",
    "VINCULO_ISSUER_PEOPLE",
)
HEALTH = ("VINCULO_HEALTH_PORT", "VINCULO_HEALTH_HOST")

CLIENTS = ("workflows", "desk")
"""Processes that call services with a token of their own."""
SIGN_IN = "console"
"""The client through which people sign in; by itself it may call nobody."""


@dataclass(frozen=True)
class Process:
    name: str
    group: str
    command: tuple[str, ...]
    variables: tuple[str, ...]
    serves: bool = False
    """Takes HTTP requests on a port of its own; a worker only tells its health."""
    instances: int = 1

    @property
    def port(self) -> str:
        """The name of its port in ports.json."""
        return self.name

    def instance_names(self) -> tuple[str, ...]:
        if self.instances == 1:
            return (self.name,)
        return tuple(f"{self.name}.{number}" for number in range(1, self.instances + 1))


def api(
    module: str, group: str, variables: tuple[str, ...], name: str = "", instances: int = 1
) -> Process:
    """An HTTP app made by its factory; the launcher adds where to listen."""
    quiet = ("--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "10")
    # Longer than clients keep an unused connection: none is closed as a request sets out on it.
    patient = ("--timeout-keep-alive", "30")
    command = ("uvicorn", "--factory", module, *quiet, *patient)
    return Process(name or f"{group}.app", group, command, COMMON + variables, True, instances)


def worker(
    module: str, group: str, variables: tuple[str, ...], name: str = "", argument: str = ""
) -> Process:
    command = ("python", "-m", module, *filter(None, [argument]))
    return Process(name or f"{group}.worker", group, command, COMMON + HEALTH + variables)


SANDBOX = DATABASE + KEYRING + KAFKA + URLS + MAIL + WHATSAPP + VIDEO + ERP
RUNNING = TEMPORAL + CLIENT + URLS

PROCESSES: tuple[Process, ...] = (
    api(
        "services.sandbox.app:create",
        "sandbox",
        SANDBOX + OIDC + ISSUER,
    ),
    worker("services.sandbox.worker", "sandbox", SANDBOX + RELAY),
    api(
        "services.registry.app:create",
        "registry",
        DATABASE + KEYRING + ERASER + KAFKA + OIDC + URLS + PARTNER_KEY,
        instances=2,
    ),
    worker(
        "services.registry.worker",
        "registry",
        DATABASE + RELAY + KEYRING + KAFKA + URLS + PARTNER_KEY,
    ),
    api(
        "services.health_declaration.app:create",
        "health_declaration",
        DATABASE + KEYRING + KAFKA + OIDC + URLS + VIDEO + DOCUMENTS,
        instances=2,
    ),
    worker(
        "services.health_declaration.worker",
        "health_declaration",
        DATABASE + RELAY + KEYRING + KAFKA + URLS + VIDEO + DOCUMENTS,
    ),
    api(
        "services.contact.app:create",
        "contact",
        DATABASE + KEYRING + KAFKA + OIDC + URLS + MAIL + WHATSAPP,
    ),
    worker(
        "services.contact.worker",
        "contact",
        DATABASE + RELAY + KEYRING + KAFKA + URLS + MAIL + WHATSAPP,
    ),
    api("services.worklist.app:create", "worklist", DATABASE + KEYRING + KAFKA + OIDC),
    worker("services.worklist.worker", "worklist", DATABASE + RELAY + KEYRING + KAFKA),
    api("services.console.app:create", "console", DATABASE + KEYRING + KAFKA + OIDC + CONSOLE),
    api(
        "services.console.public:create",
        "console",
        DATABASE + KEYRING + KAFKA + OIDC + PUBLIC,
        "console.public",
    ),
    worker("services.console.worker", "console", DATABASE + RELAY + KEYRING + KAFKA),
    worker(
        "workflows.worker",
        "workflows",
        RUNNING,
        "workflows.health_declaration",
        "health_declaration",
    ),
    worker("workflows.worker", "workflows", RUNNING, "workflows.cpt_end", "cpt_end"),
    worker("workflows.listener", "workflows", TEMPORAL + KAFKA, "workflows.listener"),
    api("workflows.desk:create", "workflows", RUNNING + OIDC, "desk"),
)

MIGRATED = (*SERVICES, "keyring")
MIGRATION = ("VINCULO_SERVICE", *OWNER)
TOPICS = (*KAFKA, "VINCULO_KAFKA_REPLICATION", "VINCULO_KAFKA_MIN_INSYNC")
REBUILD = ("VINCULO_SERVICE", *RELAY, *KAFKA)
ERASURES = (*DATABASE, *KEYRING, *ERASER)
LOOK_DECLARATIONS = (*DATABASE, *KEYRING, *KAFKA)
LOOK_ATTENDED = (*TEMPORAL, *CLIENT, *URLS)
REWRAP = ("VINCULO_KEK_FILE", *ERASER)

SHARED_PORTS = (
    "postgres",
    "temporal",
    "temporal_http",
    "temporal_ui",
    "smtp",
)


EMBEDDED_PORTS = ("kafka", "kafka.controller")
TEMPORAL_ROLES = ("frontend", "history", "matching", "worker")
"""The services in the one Temporal process; they speak to each other, and the first to us."""
FULL_PORTS = (
    *(f"{name}{end}" for name in FULL_BROKERS for end in ("", ".controller")),
    *(f"temporal.{role}" for role in TEMPORAL_ROLES[1:]),
    *(f"temporal.{role}.members" for role in TEMPORAL_ROLES),
    "keycloak",
)


def port_names(*, full: bool = False) -> list[str]:
    """Every port that a stack needs: the parts', then one per process."""
    parts = FULL_PORTS if full else EMBEDDED_PORTS
    return [*SHARED_PORTS, *parts, *(process.port for process in PROCESSES)]
