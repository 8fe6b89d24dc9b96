"""Commands on certificates (2.1, 8.2): certify a class's journal for a period, and put a signature to it."""

import asyncio
import hashlib
from base64 import b64decode
from typing import Any

from sqlalchemy import func, insert, select

from documents.signatures import verify_detached
from models.journal_certificates import Certificate, CertificateSignature
from models.school import Person
from permissions.journal_certificates import certificates_to_sign, periods_to_certify
from rules.journal_certificates import CLAUSE, check_closed, check_over
from rules.journal_signatures import MOST_BYTES, BadSignature, SignatureFlaw, bad_signature, is_named
from rules.refusals import Refusal, RefusalCode, not_found

from .commands import Work, command, take_turn
from .context import Context
from .journal_certificates import content_of
from .journal_copy import journal_copy
from .journal_finals import standing_closing
from .journal_finals_periods import closings_of

MOST_LETTERS = 2 * MOST_BYTES
"""How long the text of a signature may be: a third more than its bytes, and the ends of lines."""


async def certify_journal(context: Context, class_id: int, period_id: int, key: str | None) -> int:
    """Freeze the journal of a class for one of its periods that is over and closed, under the school's
    next number."""
    # Read before the command begins: a request holds one connection at a time.
    frozen = await standing_closing(context, class_id, period_id)
    copy = await journal_copy(context, class_id, period_id)
    given = {"classId": class_id, "periodId": period_id}
    async with command(context, "certifyJournal", given, key=key) as work:
        await take_turn(work, work.viewer.school_id, "certificates")
        period = await work.one(periods_to_certify(work.viewer, class_id, period_id), "periodId")
        if work.repeated:
            return int(work.answer)
        if copy is None:
            raise not_found("periodId")
        check_over(period.ends_on, work.today)
        check_closed((await closings_of(work, [class_id], period_id)).get((class_id, period_id)), frozen)
        number = await _next_number(work)
        content = content_of(number, work.now.isoformat(), work.viewer.name, copy)
        row = await work.first(
            insert(Certificate)
            .values(
                school_id=work.viewer.school_id,
                number=number,
                class_id=class_id,
                period_id=period_id,
                issued_at=work.now,
                issued_by=work.viewer.account_id,
                digest=hashlib.sha256(content).hexdigest(),
                content=content,
            )
            .returning(Certificate.id)
        )
        await work.note(number=number)
        return int(await work.done(row.id))


async def _next_number(work: Work) -> int:
    last = select(func.max(Certificate.number).label("number")).where(Certificate.school_id == work.viewer.school_id)
    return ((await work.first(last)).number or 0) + 1


async def sign_certificate(context: Context, certificate_id: int, text: str) -> int:
    """Put the director's own electronic signature, a detached CMS, to a certificate that has none yet."""
    given = {"certificateId": certificate_id, "digest": hashlib.sha256(text.encode()).hexdigest()}
    async with command(context, "signCertificate", given) as work:
        row = await work.one(certificates_to_sign(work.viewer).where(Certificate.id == certificate_id), "certificateId")
        if await work.first(_signature_of(work, certificate_id)):
            raise Refusal(RefusalCode.ALREADY_SIGNED, "Этот журнал уже подписан.", "certificateId", CLAUSE)
        if not context.anchors:
            message = "Не заданы удостоверяющие центры, которым школа доверяет: подпись нельзя проверить."
            raise Refusal(RefusalCode.SIGNING_NOT_SET_UP, message, clause=CLAUSE)
        signature = _decoded(text)
        try:
            # A signature is verified in about a millisecond a certificate: the lock on this one row waits for that.
            signer = await asyncio.to_thread(
                verify_detached, bytes(row.content), signature, context.anchors, context.real_now
            )
        except BadSignature as bad:
            raise bad_signature(bad.flaw) from None
        person = await work.first(_person(work))
        names = person.family_name, person.given_name, person.patronymic
        if not is_named((signer.surname, signer.given_names, signer.common_name), *names):
            raise bad_signature(SignatureFlaw.OTHER_PERSON)
        await work.execute(
            insert(CertificateSignature).values(
                school_id=work.viewer.school_id,
                certificate_id=certificate_id,
                signature=signature,
                subject=signer.subject,
                serial=signer.serial,
                valid_from=signer.valid_from,
                valid_until=signer.valid_until,
                signed_at=signer.signed_at,
                accepted_at=context.real_now,
                accepted_by=work.viewer.account_id,
            )
        )
        await work.note(signer=signer.subject, serial=signer.serial)
        return certificate_id


def _signature_of(work: Work, certificate_id: int) -> Any:
    return select(CertificateSignature.certificate_id).where(
        CertificateSignature.school_id == work.viewer.school_id, CertificateSignature.certificate_id == certificate_id
    )


def _person(work: Work) -> Any:
    return select(Person.family_name, Person.given_name, Person.patronymic).where(
        Person.school_id == work.viewer.school_id, Person.id == work.viewer.person_id
    )


def _decoded(text: str) -> bytes:
    """The bytes of a signature that came as base64 or as PEM."""
    if len(text) > MOST_LETTERS:
        raise bad_signature(SignatureFlaw.MALFORMED)
    if text.lstrip().startswith("-----BEGIN"):
        return text.encode()
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise bad_signature(SignatureFlaw.MALFORMED) from None
