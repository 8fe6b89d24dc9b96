"""Settings, read from the environment (`CLASSBOOK_…`, and `DATABASE_URL`)."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from resolvers.context import USUAL_CAP
from resolvers.database import Cap


class Settings(BaseSettings):
    """Everything an operator may set. Each has a default under which `classbook serve` runs."""

    model_config = SettingsConfigDict(env_prefix="CLASSBOOK_", env_ignore_empty=True, extra="ignore")

    database_url: Annotated[
        str | None,
        Field(
            validation_alias=AliasChoices("DATABASE_URL", "CLASSBOOK_DATABASE_URL"),
            description="PostgreSQL 16 or newer. Without it the program starts its own.",
        ),
    ] = None
    data: Annotated[Path, Field(description="Where our own PostgreSQL, the key and uploads live.")] = Path(".data")
    files_url: Annotated[
        str | None,
        Field(
            pattern=r"^s3://[a-z0-9][a-z0-9.-]+(/.*)?$",
            description="`s3://bucket/prefix`: uploads live in a bucket of an S3-compatible service, not in `data`.",
        ),
    ] = None
    files_endpoint: Annotated[str | None, Field(description="Address of the service, where it is not Amazon's.")] = None
    files_region: str = "us-east-1"
    files_key_id: Annotated[str | None, Field(description="Key of the service, with its secret.")] = None
    files_secret_key: SecretStr | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    workers: Annotated[int, Field(ge=1, description="Processes that serve.")] = 1
    pool_size: Annotated[int, Field(ge=1, description="Connections to PostgreSQL, at most, of each worker.")] = 10
    executor: Annotated[
        Literal["on", "off"], Field(description="Whether queries run by compiled plans, or all by graphql-core.")
    ] = "on"
    metrics_token: Annotated[
        SecretStr | None, Field(description="What Prometheus shows to read `/metrics`. Without it there is none.")
    ] = None
    secret: Annotated[
        SecretStr | None, Field(description="Key that signs tokens. Without it one is made and kept in `data`.")
    ] = None
    access_token_life: timedelta = timedelta(minutes=10)
    session_life: timedelta = timedelta(days=30)
    trust_anchors: Annotated[
        Path | None,
        Field(description="PEM file with the authorities whose certificates may sign certified journals."),
    ] = None
    changes_kept: Annotated[
        timedelta,
        Field(ge=timedelta(hours=1), description="So long a subscription, or a diary's feed, can be taken up again."),
    ] = timedelta(days=30)
    report_cost: Annotated[
        float, Field(gt=0, description="What a composed report may cost, by PostgreSQL's estimate, to be run at all.")
    ] = USUAL_CAP.cost
    report_seconds: Annotated[
        float, Field(gt=0, le=600, description="After so many seconds a composed report is broken off.")
    ] = USUAL_CAP.seconds
    report_sets_kept: Annotated[
        timedelta, Field(gt=timedelta(0), description="So long the file of a set of reports can be fetched.")
    ] = timedelta(days=7)
    trusted_proxies: Annotated[str, Field(description="Addresses whose X-Forwarded-For is believed.")] = "127.0.0.1"
    now: Annotated[
        datetime | None,
        Field(description="The school's clock at start, for a demo or a rehearsal. Tokens keep real time."),
    ] = None

    @property
    def report_cap(self) -> Cap:
        """What a composed report may take."""
        return Cap(self.report_cost, self.report_seconds)

    @property
    def compiles(self) -> bool:
        """Whether queries run by compiled plans."""
        return self.executor == "on"
