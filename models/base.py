"""How every table is laid out: `school_id` first in each key, references by name, words with a closed list."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    Text,
    collate,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from rules.curriculum import GRADES

NAMING = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
}


class Base(DeclarativeBase):
    """The registry of all tables. Reads use it to build statements only: no entity is ever loaded."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {int: BigInteger, str: Text, datetime: DateTime(timezone=True)}  # noqa: RUF012

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        table = getattr(cls, "__table__", None)
        if table is None:
            return
        if {"starts_on", "ends_on"} <= set(table.columns.keys()) and not table.info.get("view"):
            table.append_constraint(CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="dates"))
        for column in list(table.columns):
            if target := column.info.get("reference"):
                table.append_constraint(
                    ForeignKeyConstraint(
                        ["school_id", column.name],
                        [f"{target}.school_id", f"{target}.id"],
                        use_alter="cyclic" in column.info,
                        ondelete=column.info.get("ondelete"),
                    )
                )
            if words := column.info.get("words"):
                listed = ", ".join(f"'{word}'" for word in words)
                table.append_constraint(CheckConstraint(f"{column.name} IN ({listed})", name=column.name))


class OfSchool:
    """A row of one school's data. The school leads every key, so no row can refer to another school's."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805
        name = cls.__name__  # type: ignore[attr-defined]
        return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))

    school_id: Mapped[int] = mapped_column(primary_key=True, sort_order=-20)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        return (*cls.constraints(), ForeignKeyConstraint(["school_id"], ["school.school_id"]))

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        """Unique constraints, indexes and checks of the table, each led by `school_id`."""
        return ()


class Numbered(OfSchool):
    """A row with a number of its own: unique in the whole deployment, always used together with the school."""

    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True, sort_order=-10)


class Versioned:
    """A row that two people may edit: `version` grows by one at each change; what was replaced is kept."""

    version: Mapped[int] = mapped_column(server_default="1", sort_order=90)
    changed_at: Mapped[datetime] = mapped_column(sort_order=91)
    changed_by: Mapped[int | None] = mapped_column(info={"reference": "account"}, sort_order=92)


class Amended:
    """A row that imports enter as well as people: as `Versioned`, but nothing says who and when until it changes.

    Accounts belong to people, and people are changed by accounts: the one reference comes after all tables.
    """

    version: Mapped[int] = mapped_column(server_default="1", sort_order=90)
    changed_at: Mapped[datetime | None] = mapped_column(sort_order=91)
    changed_by: Mapped[int | None] = mapped_column(info={"reference": "account", "cyclic": True}, sort_order=92)


class Dated:
    """A fact with a first and a last day, both inclusive; without a last day it goes on."""

    starts_on: Mapped[date] = mapped_column(sort_order=80)
    ends_on: Mapped[date | None] = mapped_column(sort_order=81)


def reference(table: str, *, ondelete: str | None = None, **options: Any) -> Any:
    """A column that refers to `table`'s row of the same school. `ondelete`: what its end means for this row."""
    return mapped_column(info={"reference": table, "ondelete": ondelete}, **options)


def words(listed: type[StrEnum], **options: Any) -> Any:
    """A text column that holds one of the values of `listed`."""
    return mapped_column(Text, info={"words": [member.value for member in listed]}, **options)


def russian_key(text: Any) -> ColumnElement[str]:
    """The key that puts `text` into the order of the Russian alphabet, ё beside е, whatever the database's locale."""
    return collate(func.russian_key(text, type_=Text), "C")


def half_hours() -> CheckConstraint:
    """That `hours` a week, if there are any, are whole or half ones."""
    return CheckConstraint("hours IS NULL OR hours > 0 AND hours * 2 = floor(hours * 2)", name="hours")


def some_grades() -> CheckConstraint:
    """That `grades`, if they are named, are one or more of a school's."""
    every = ", ".join(map(str, GRADES))
    return CheckConstraint(
        f"grades IS NULL OR grades <@ ARRAY[{every}]::bigint[] AND cardinality(grades) > 0", name="grades"
    )
