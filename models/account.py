"""Accounts, their roles and sessions, failed log-ins, the audit trail, and what commands have already answered."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rules.account import APPOINTED, AccountKind
from rules.account_orders import AppointmentState, Responsibility

from .base import Base, Dated, Numbered, OfSchool, Versioned, reference, words


class Account(Numbered, Base):
    """Who may sign in (11.7). A person has one; an analyst or a service has one that belongs to no person.

    `one_time_until` is there while the password is one that was issued: until then it opens the door, to be changed.
    """

    person_id: Mapped[int | None] = reference("person")
    kind: Mapped[str] = words(AccountKind)
    login: Mapped[str]
    login_key: Mapped[str] = mapped_column(Text(collation="C"))
    password_hash: Mapped[str] = mapped_column(info={"secret": True})
    one_time_until: Mapped[datetime | None]
    locked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "login_key"),
            UniqueConstraint("school_id", "person_id"),
            CheckConstraint("(kind = 'person') = (person_id IS NOT NULL)", name="person"),
        )


class AccountRole(Numbered, Dated, Base):
    """A role held by appointment: by the administrator's act, or by an order. Only people's accounts have any."""

    account_id: Mapped[int] = reference("account")
    role: Mapped[str] = mapped_column(info={"words": sorted(APPOINTED)})
    order_id: Mapped[int | None] = reference("appointment_order")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint(
                "school_id", "account_id", "role", "starts_on", "order_id", postgresql_nulls_not_distinct=True
            ),
        )


class AppointmentOrder(Numbered, Dated, Versioned, Base):
    """The director's order that makes an employee responsible for something in the System (6.2, 11.2)."""

    number: Mapped[str]
    dated: Mapped[date]
    responsibility: Mapped[str] = words(Responsibility)
    staff_id: Mapped[int] = reference("staff")
    state: Mapped[str] = words(AppointmentState, server_default=AppointmentState.ISSUED.value)
    cancelled_on: Mapped[date | None]
    reason: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "number", "dated", "responsibility", "staff_id"),
            Index(None, "school_id", "dated", "id"),
            Index(None, "school_id", "staff_id"),
            CheckConstraint("(state = 'cancelled') = (cancelled_on IS NOT NULL)", name="cancelled"),
        )


class ServiceGrant(OfSchool, Base):
    """A type of the schema that a service account may read, by the type's name."""

    account_id: Mapped[int] = mapped_column(info={"reference": "account"}, primary_key=True)
    type_name: Mapped[str] = mapped_column(primary_key=True)


class Session(Numbered, Base):
    """One sign-in. Its refresh token carries `generation`; a token of an older generation has been used twice."""

    account_id: Mapped[int] = reference("account")
    generation: Mapped[int] = mapped_column(server_default="1")
    device: Mapped[str | None]
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "account_id"),)


CALENDAR = "CALENDAR"
"""In place of a login's key, where a calendar link failed: in capitals, as no key of a login is."""


class LoginFailure(Numbered, Base):
    """A failed log-in, kept for throttling: by login and by network address (a digest of it), never who it was.

    Or a calendar link that showed nothing, under `CALENDAR` and another digest of the address.
    """

    login_key: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "login_key", "at"), Index(None, "school_id", "address", "at"))


class AuditEntry(Numbered, Base):
    """Who commanded what, when, and how it ended (11.4–11.7). Never changed, never removed.

    transaction: the command's, as PostgreSQL numbers them: until it ends, the command may add to its entry.
    """

    account_id: Mapped[int | None] = reference("account")
    at: Mapped[datetime]
    command: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="done")
    input: Mapped[dict[str, Any]] = mapped_column(JSONB)
    transaction: Mapped[int | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "at"), Index(None, "school_id", "account_id", "at"))


class AuditSeal(OfSchool, Base):
    """A link of the chain that the audit trail is: a digest of the entry and of the link before it.

    Links are made a little after their entries, in the order of the entries' numbers (`resolvers/account_audit.py`).
    """

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = reference("audit_entry")
    digest: Mapped[bytes]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "entry_id"),)


class History(Numbered, Base):
    """A row as it stood before a change, of a table that has no versions: written by a trigger, so no path forgets it.

    Of tables that have them (`models/journal_history.py`), it holds what was replaced before they had.
    """

    relation: Mapped[str]
    row_id: Mapped[int]
    version: Mapped[int]
    replaced_at: Mapped[datetime]
    operation: Mapped[str]
    audit_entry_id: Mapped[int | None] = reference("audit_entry")
    row: Mapped[dict[str, Any]] = mapped_column(JSONB)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "relation", "row_id", "version"),)


class IdempotencyKey(OfSchool, Base):
    """What a command answered, under the key its caller gave, so that a repeat does no harm."""

    account_id: Mapped[int] = mapped_column(info={"reference": "account"}, primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    command: Mapped[str]
    fingerprint: Mapped[str]
    answer: Mapped[Any] = mapped_column(JSONB, nullable=True)
    at: Mapped[datetime]
