"""Every setting, read once from the environment (prefix `FIELDLEDGER_`, nested by `__`). deploy/env.example lists them.

`FIELDLEDGER_CONNECTORS__EXACT_ONLINE__CLIENT_ID` lands in `settings.connectors["exact_online"].client_id`, so a new
connector needs no edit here.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import Misconfigured

CALLBACK = "/connect/callback"
"""The console's page to which packages send a user back."""

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class ConnectorAccess(BaseModel):
    """How this installation reaches one package. `base_url` replaces the vendor's own hosts (a sandbox, a proxy).

    `webhook_secret` is what the package signs callbacks with, where it does so with a secret of the app.
    `api_version` replaces the version in the address, of a package that has one there.
    """

    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    base_url: str | None = None
    api_version: str | None = Field(None, pattern=r"^[\w.]+$")
    redirect_uri: str = "http://127.0.0.1:8765/callback"
    webhook_secret: SecretStr = SecretStr("")


class Settings(BaseSettings):
    """All times in seconds. Defaults suit one machine with Kafka beside it."""

    model_config = SettingsConfigDict(
        env_prefix="FIELDLEDGER_", env_nested_delimiter="__", env_file=".env", extra="ignore"
    )

    kafka: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, comma separated")
    store: str = Field(
        "sqlite:///fieldledger.db",
        repr=False,  # it may hold a password
        description="where state is kept: sqlite:///PATH, or mongodb://USER:PASSWORD@HOST:27017/DATABASE",
    )
    keys: SecretStr | None = Field(
        None, description="Fernet keys, newest first, comma separated; without them a key file is kept beside the store"
    )
    connectors: dict[str, ConnectorAccess] = Field(default_factory=dict)

    sync_interval: int = Field(900, ge=10, description="seconds between two automatic syncs of a connection")
    reconcile_days: int = Field(35, ge=1, description="the days that are compared with the package each night")
    reconcile_hour: int = Field(
        2, ge=-1, le=23, description="the hour after which that begins, by each connection's own clock; -1 never"
    )
    lease: float = Field(90.0, gt=0, description="how long a lane stays claimed without renewal")
    poll: float = Field(1.0, gt=0, description="pause between two looks for due work")
    sweep: float = Field(60.0, gt=0, description="pause between two sweeps for work whose wake-up was lost")
    lanes: int = Field(16, ge=1, description="connections one process works on at the same time")
    request_timeout: float | None = Field(None, description="overrides every connector's time-out for one vendor call")
    settle_after: float | None = Field(None, description="overrides how long an uncertain write may still arrive")
    retry_first: float = Field(30.0, gt=0, description="pause after a first failure; doubles up to an hour")
    max_attempts: int = Field(8, ge=1, description="failures of one document before it is a dead letter")
    fuse_tenants: int = Field(3, ge=1, description="our own exceptions over this many tenants stop the consumer")
    pdf_hosts: tuple[str, ...] = Field(
        (), description='where PDFs may be fetched from, as origins: ["https://files.example.com"]'
    )
    pdf_max_bytes: int = Field(
        7_000_000, ge=1, description="the largest PDF attached; as text it grows by a third, and Exact takes 9.5 MB"
    )
    public_url: str | None = Field(
        None, description="where packages reach the webhook gateway, https://...; without it no callbacks are asked for"
    )
    webhook_port: int = Field(0, description="port of the webhook gateway; 0: it does not run along with `all`")
    webhook_host: str = "127.0.0.1"
    hook_interval: int = Field(3600, ge=10, description="seconds between two looks whether our webhooks still exist")
    callback_rate: float = Field(20.0, gt=0, description="callbacks a second that one connection may bring, on average")
    console_port: int = Field(0, description="port of the console; 0: it does not run along with `all`")
    console_host: str = "127.0.0.1"
    console_url: str | None = Field(
        None, description="where people reach the console, https://...; without it, the address it listens at"
    )
    console_frames: tuple[str, ...] = Field(
        (), description='the pages that may show the console in a frame, as origins: ["https://app.example.com"]'
    )
    console_session: int = Field(28_800, ge=60, description="the longest a sign-in lasts; never longer than its token")
    console_proxies: str = Field(
        "127.0.0.1", description="the proxies whose word is taken for where a caller comes from, comma separated"
    )
    console_rate: float = Field(0.5, gt=0, description="sign-ins a second that one address may try, on average")
    platform_issuer: str = Field("", description="`iss` of the platform's tokens; without it nobody can sign in")
    platform_audience: str = Field("fieldledger", description="`aud` of the tokens that are meant for us")
    platform_jwks: str = Field("", description="the platform's public keys: where they are, https://..., or the JSON")
    platform_login: str | None = Field(
        None, description="the platform's page that signs people in and sends their token back to us"
    )
    platform_tenant_claim: str = "tenant"
    platform_role_claim: str = "role"
    platform_office_role: str = "office"
    platform_operator_role: str = "operator"
    health_port: int = Field(0, description="port of /health and /metrics; 0 switches them off")
    health_host: str = "127.0.0.1"
    log_level: str = "INFO"
    log_json: bool = True

    @field_validator("public_url", "console_url", "platform_login")
    @classmethod
    def _safe(cls, value: str | None) -> str | None:
        """Callbacks carry a secret in their address, people their session: neither may travel in the open."""
        if not value:
            return None
        parts = urlsplit(value)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("must begin with https://, or lead to this very machine")
        return value.rstrip("/")

    @property
    def console_callback(self) -> str | None:
        """Where packages send a user back to who logs in from the console; None: it is not known beforehand.

        This address is registered with the package, beside (or as) the `redirect_uri` of the command line.
        """
        own = f"http://{self.console_host}:{self.console_port}" if self.console_port else None
        address = self.console_url or own
        return f"{address}{CALLBACK}" if address else None

    def access(self, connector: str) -> ConnectorAccess:
        """Access of one connector; empty values when nothing is configured."""
        return self.connectors.get(connector, ConnectorAccess())

    def require_access(self, connector: str) -> ConnectorAccess:
        """Access of one connector; `Misconfigured` says which variable to set."""
        access = self.access(connector)
        prefix = f"FIELDLEDGER_CONNECTORS__{connector.upper()}__"
        if not access.client_id:
            raise Misconfigured(f"{prefix}CLIENT_ID is not set: register an app with the package and set it.")
        if not access.client_secret.get_secret_value():
            raise Misconfigured(f"{prefix}CLIENT_SECRET is not set: register an app with the package and set it.")
        return access

    @property
    def lease_time(self) -> timedelta:
        """`lease` as a span of time."""
        return timedelta(seconds=self.lease)

    @property
    def on_mongodb(self) -> bool:
        """Whether the state is kept in MongoDB."""
        return self.store.startswith(("mongodb://", "mongodb+srv://"))

    @property
    def sqlite_path(self) -> Path:
        """The file behind a `sqlite:///` store; `Misconfigured` for any other scheme."""
        scheme, _, path = self.store.partition(":///")
        if scheme != "sqlite" or not path:
            raise Misconfigured(
                "FIELDLEDGER_STORE must look like sqlite:///fieldledger.db or mongodb://HOST:27017/fieldledger, "
                f"not begin with {scheme[:10]!r}."
            )
        return Path(path)
