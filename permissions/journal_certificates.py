"""Who may certify journals, and who may see certificates."""

from typing import Any

from sqlalchemy import Select, and_, select

from models.curriculum import Period, SchoolClass
from models.journal_certificates import Certificate, CertificateSignature
from rules.account import Role

from .journal import CONTROL
from .scopes import ALL, Beside, Rows, Scope, columns, of_school, union, within
from .viewer import Viewer, reach

CERTIFIERS = frozenset({Role.DIRECTOR})
"""Who certifies journals, and signs (2.1)."""

_SIGNED = ("subject", "serial", "valid_from", "valid_until", "signed_at", "accepted_at")

_signature = Beside(
    CertificateSignature,
    lambda signature, certificate: and_(
        signature.school_id == certificate.school_id, signature.certificate_id == certificate.id
    ),
    {name: name for name in _SIGNED},
)

visible_certificates = Scope(
    "Certificate",
    Rows(Certificate, _signature),
    {CONTROL: ALL, Role.TEACHER: within(Certificate.class_id, reach.led_classes)},
)
"""Certificates, with who signed them: those of the class they lead for a teacher."""


def periods_to_certify(viewer: Viewer, class_id: int, period_id: int) -> Select[Any]:
    """The class and its own period, if the viewer may certify its journal."""
    may = union(dict.fromkeys(CERTIFIERS, ALL), viewer.roles)
    return (
        select(*columns(SchoolClass.id, Period.starts_on, Period.ends_on))
        .join(Period, and_(_own_period(), Period.id == period_id))
        .where(of_school(SchoolClass), SchoolClass.id == class_id, may)
        .with_for_update(read=True, key_share=True, of=SchoolClass)
    )


def _own_period() -> Any:
    """That a period is one of the class's own."""
    return and_(
        Period.school_id == SchoolClass.school_id,
        Period.year_id == SchoolClass.year_id,
        Period.kind == SchoolClass.period_kind,
    )


def certificates_to_sign(viewer: Viewer) -> Select[Any]:
    """Certificates that the viewer may sign, locked, with their content and with their signature, if there is one."""
    may = union(dict.fromkeys(CERTIFIERS, ALL), viewer.roles)
    return (
        select(*columns(Certificate.id, Certificate.class_id), Certificate.content.label("content"))
        .where(of_school(Certificate), may)
        .with_for_update(of=Certificate)
    )
