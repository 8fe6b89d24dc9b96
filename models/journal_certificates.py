"""Certificates of journals (2.1, 8.2): what the director has certified, and whose signature it bears."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Numbered, OfSchool, reference


class Certificate(Numbered, Base):
    """A class's journal for a period as it stood when the director certified it, under the school's own number.

    `content` is the exact bytes that are signed; `digest` their SHA-256, hexadecimal. A trigger keeps rows as they are.
    """

    number: Mapped[int]
    class_id: Mapped[int] = reference("school_class")
    period_id: Mapped[int] = reference("period")
    issued_at: Mapped[datetime]
    issued_by: Mapped[int] = reference("account")
    digest: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, info={"secret": True})

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "number"),
            Index(None, "school_id", "class_id", "number"),
            CheckConstraint("digest = encode(sha256(content), 'hex')", name="digest"),
        )


class CertificateSignature(OfSchool, Base):
    """The electronic signature of a certificate: CMS, detached; and whose it is, by the signer's X.509 certificate.

    signed_at: by the signature's own word. accepted_at: when the program verified it; real time, as the certificate's
    days are. A trigger keeps rows as they are.
    """

    certificate_id: Mapped[int] = mapped_column(info={"reference": "certificate"}, primary_key=True)
    signature: Mapped[bytes] = mapped_column(LargeBinary, info={"secret": True})
    subject: Mapped[str]
    serial: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    signed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime]
    accepted_by: Mapped[int] = reference("account")
