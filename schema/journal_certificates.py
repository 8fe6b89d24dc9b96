"""Journals in print, and certified: whose signature they bear, whether they still hold (2.1, 8.2)."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from models.journal_certificates import Certificate as CertificateRow
from permissions.gates import gate
from permissions.journal_certificates import visible_certificates
from permissions.journal_print import PRINTERS
from resolvers import curriculum
from resolvers import journal_certificates as certificates
from rules.journal_certificates import MOST_DIFFERENCES

from .base import Info, Node, argument, computed, edge, encode_id, node, number, root, secret
from .curriculum import Period, SchoolClass
from .enums_journal import DifferenceKind, SignatureState
from .school_people import Staff


def _journal_url(class_id: int, period: int) -> str:
    return f"/print/journal/{encode_id('SchoolClass', class_id)}/{encode_id('Period', period)}.pdf"


def _content_url(certificate: int) -> str:
    return f"/certificates/{encode_id('Certificate', certificate)}.json"


def _signature_url(certificate: int, accepted_at: datetime | None) -> str | None:
    return f"/certificates/{encode_id('Certificate', certificate)}.p7s" if accepted_at else None


def _print_url(certificate: int) -> str:
    return f"/print/certificate/{encode_id('Certificate', certificate)}.pdf"


@strawberry.type(description="Печатный журнал класса за учебный период (8.2).")
class JournalPrint:
    period_name: str = strawberry.field(description="Период.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date = strawberry.field(description="Последний день.")
    url: str = computed(
        _journal_url, "id", "period_id", description="Адрес PDF; кто и когда печатал, остаётся в журнале действий."
    )


@node(
    visible_certificates,
    CertificateRow,
    description="Заверенный журнал класса за период: неизменный снимок, его хеш и электронная подпись директора (8.2).",
)
class Certificate(Node):
    number: int = strawberry.field(description="Номер, по порядку в школе.")
    issued_at: datetime = strawberry.field(description="Когда заверен.")
    digest: str = strawberry.field(description="SHA-256 того, что подписывают, шестнадцатеричный.")
    subject: str | None = strawberry.field(description="На кого выдан сертификат подписавшего; null — не подписан.")
    serial: str | None = strawberry.field(description="Серийный номер сертификата подписавшего.")
    valid_from: datetime | None = strawberry.field(description="С какого времени сертификат действует.")
    valid_until: datetime | None = strawberry.field(description="По какое время.")
    signed_at: datetime | None = strawberry.field(description="Когда подписано, по самой подписи.")
    accepted_at: datetime | None = strawberry.field(description="Когда подпись проверена и принята.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    period: Period | None = edge(curriculum.period_of, description="Период.")
    issued_by: Staff | None = edge(certificates.certificate_issuer, description="Кто заверил.")
    content_url: str = computed(
        _content_url, "id", description="Адрес самих байтов, которые подписывают (JSON): `GET` с тем же токеном."
    )
    signature_url: str | None = computed(
        _signature_url, *("id", "accepted_at"), description="Адрес подписи (CMS, DER); null — не подписан."
    )
    print_url: str = computed(_print_url, "id", description="Адрес печатного журнала, каким он заверен (PDF).")


@strawberry.type(description="Чем журнал отличается от заверенного.")
class JournalDifference:
    kind: DifferenceKind = strawberry.field(description="Добавлено, удалено или изменено.")
    where: str = strawberry.field(description="Где: предмет, урок, учащийся.")
    old: str | None = strawberry.field(description="Как было заверено.")
    new: str | None = strawberry.field(description="Как сейчас.")


@strawberry.type(description="Проверка заверенного журнала.")
class CertificateVerification:
    digest_matches: bool = strawberry.field(description="Снимок не изменён: его хеш прежний.")
    signature: SignatureState = strawberry.field(description="Что с подписью.")
    signature_flaw: str | None = strawberry.field(description="Что не так с подписью.")
    journal_matches: bool = strawberry.field(description="Журнал сейчас такой, каким заверен.")
    total_differences: int = strawberry.field(description="Сколько отличий всего.")
    differences: list[JournalDifference] = secret(
        gate(PRINTERS), f"Отличия по страницам и дням: первые {MOST_DIFFERENCES}."
    )


@strawberry.type
class CertificateQuery:
    @root(
        gate(PRINTERS),
        "Проверить заверенный журнал: подпись, хеш, и совпадает ли с ним журнал сейчас; null — его нет (8.2).",
    )
    async def verify_certificate(
        self, info: Info, id: Annotated[strawberry.ID, argument("Заверенный журнал.")]
    ) -> CertificateVerification | None:
        found = await certificates.verify_certificate(info.context, number("Certificate", id, "id"))
        if found is None:
            return None
        return CertificateVerification(
            digest_matches=found.digest_matches,
            signature=found.signature,
            signature_flaw=found.flaw,
            journal_matches=not found.differences,
            total_differences=len(found.differences),
            differences=[
                JournalDifference(kind=each.kind, where=each.where, old=each.old, new=each.new)
                for each in found.differences[:MOST_DIFFERENCES]
            ],
        )
