"""What every process needs from its environment; a service adds its own by subclassing."""

from typing import ClassVar, Literal

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read once, in a composition root, and passed down; every name is prefixed `VINCULO_`."""

    model_config = SettingsConfigDict(env_prefix="VINCULO_", extra="ignore")

    tells: ClassVar[frozenset[str]] = frozenset({"docs", "figures", "ops"})
    """What a process shows of itself where it serves; less where strangers come. Probes stay."""
    service: str = ""
    process: str = ""
    database_url: str = ""
    relay_database_url: str = ""
    owner_database_url: str = ""
    pool_size: int = 10
    pool_timeout_seconds: float = 20.0
    """How long a request may wait for a connection before it is turned away with a 503."""
    keyring_url: str = ""
    keyring_eraser_url: str = ""
    kek_file: str = ""
    """Key-encryption keys, "id:base64" parted by commas: the first wraps, all unwrap."""
    index_key: str = ""
    kafka_servers: str = "localhost:9092"
    kafka_idempotent: bool = True
    kafka_replication: int = 1
    """Copies of each topic that is made, and how many must hold a message before it counts."""
    kafka_min_insync: int = 1
    kafka_fetch_max_wait_ms: int = 5_000
    """How long the broker holds a question of who follows topics on which nothing happens."""
    kafka_session_timeout_ms: int = 10_000
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] = "SCRAM-SHA-512"
    kafka_username: str = ""
    kafka_password: str = ""
    kafka_ca_file: str = ""
    """Authorities that vouch for the brokers; the machine's own where none is named."""
    temporal_address: str = "localhost:7233"
    temporal_namespace: str = "default"
    payload_key: str = ""
    oidc_issuer: str = ""
    oidc_jwks_url: str = ""
    oidc_audience: str = "vinculo"
    client_id: str = ""
    client_secret: str = ""
    token_url: str = ""
    sandbox: bool = False
    otlp_endpoint: str = ""
    health_port: int = 0
    health_host: str = "127.0.0.1"
    """Where a background process answers probes; every address where they come from afar."""
    outbox_retention_hours: int = 7 * 24
    inbox_retention_days: int = 60
    """Longer than Kafka or a bus made again from outboxes can deliver a fact a second time."""
    idempotency_retention_hours: int = 48
    requests_at_once: int = 32
    requests_waiting: int = 1000
    requests_wait_seconds: float = 30.0
    """Past these a request is turned away with a 503: so many are worked on, so many wait."""
    largest_body_bytes: int = 256 * 1024
    largest_file_bytes: int = 16 * 1024 * 1024
    """Of a request with a file: 8 MB in base64, or many enrolment lines."""
    time_zone: str = "America/Sao_Paulo"
    public_url: str = "http://localhost:8000"
    """Where people reach the product: what links begin with."""
