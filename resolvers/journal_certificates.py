"""Reads of certificates: where they stand, the bytes that are signed, and whether the journal is still as certified."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from documents.signatures import verify_detached
from models.journal_certificates import Certificate, CertificateSignature
from permissions.journal_certificates import visible_certificates
from permissions.journal_print import PRINTERS
from rules.journal_certificates import NO_RESULTS, Difference, SignatureState, differences
from rules.journal_signatures import FLAWS, BadSignature

from . import school
from .context import Context
from .edges import reads
from .edges_kinds import argument, to_many, to_page
from .journal_copy import journal_copy

class_certificates = to_many(visible_certificates, Certificate.class_id, of="id", order=(Certificate.number,))
school_certificates = to_page(
    visible_certificates, Certificate.school_id, of="id", order={"number": Certificate.number}
)
certificate_issuer = school.staff_of_account("issued_by")


def content_of(number: int, now: str, by: str | None, copy: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: the copy under the certificate's number, moment and name, with names in order."""
    head = {"number": number, "issuedAt": now, "issuedBy": by}
    return orjson.dumps({"certificate": head, "journal": copy}, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Verification:
    """What checking a certificate has found. flaw: what is wrong with the signature, for a person."""

    digest_matches: bool
    signature: SignatureState
    flaw: str | None
    differences: Sequence[Difference]


async def certified(context: Context, certificate_id: int) -> Any:
    """A certificate with its content and signature; None if the viewer does not see it."""
    roles = context.viewer.roles & PRINTERS
    rows = await reads(context)(
        visible_certificates.for_roles(roles)
        .add_columns(Certificate.content, CertificateSignature.signature)
        .where(Certificate.id == argument("certificate_id")),
        certificate_id=certificate_id,
    )
    return rows[0] if rows else None


async def verify_certificate(context: Context, certificate_id: int) -> Verification | None:
    """Whether a certificate's signature and digest hold, and what has changed in the journal since."""
    row = await certified(context, certificate_id)
    if row is None:
        return None
    present = await journal_copy(context, row.class_id, row.period_id)
    return await asyncio.to_thread(_verified, context, row, present)


def _verified(context: Context, row: Any, present: Mapping[str, Any] | None) -> Verification:
    content = bytes(row.content)
    state, flaw = _signature(context, row, content)
    old = orjson.loads(content)["journal"]
    new = orjson.loads(orjson.dumps(present)) if present else {**old, "pages": [], "results": NO_RESULTS}
    return Verification(hashlib.sha256(content).hexdigest() == row.digest, state, flaw, differences(old, new))


def _signature(context: Context, row: Any, content: bytes) -> tuple[SignatureState, str | None]:
    """Whether the signature counts, as of the moment when it was accepted, by the authorities that are trusted now."""
    if row.signature is None:
        return SignatureState.NOT_SIGNED, None
    try:
        verify_detached(content, bytes(row.signature), context.anchors, row.accepted_at)
    except BadSignature as bad:
        return SignatureState.INVALID, FLAWS[bad.flaw]
    return SignatureState.VALID, None
