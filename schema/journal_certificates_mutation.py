"""The director certifies a class's journal, and signs it (2.1, 8.2)."""

import strawberry

from permissions.gates import gate
from permissions.journal_certificates import CERTIFIERS
from resolvers import journal_certificates_commands as commands

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, Written, command, written
from .journal_certificates import Certificate

MAY_CERTIFY = gate(CERTIFIERS)


@strawberry.type(description="Журнал заверен: снимок сделан, его можно подписать.")
class CertifyJournalPayload(Written):
    certificate: Certificate | None = written(Certificate, "Заверенный журнал.")


@strawberry.type(description="Подпись проверена и принята.")
class SignCertificatePayload(Written):
    certificate: Certificate | None = written(Certificate, "Заверенный журнал.")


@strawberry.input(description="Чей журнал и за какой период заверить.")
class CertifyJournalInput:
    class_id: strawberry.ID = strawberry.field(description="Класс.")
    period_id: strawberry.ID = strawberry.field(description="Период класса, который уже закончился.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Электронная подпись заверенного журнала.")
class SignCertificateInput:
    certificate_id: strawberry.ID = strawberry.field(description="Заверенный журнал.")
    signature: str = strawberry.field(
        description="Отсоединённая подпись CMS (PKCS #7) байтов из `contentUrl`, с сертификатом подписавшего: "
        "DER в base64 или PEM."
    )


@strawberry.type
class CertificateMutation:
    @command(MAY_CERTIFY, "Заверить журнал класса за закончившийся период (2.1, 8.2): сделать его неизменный снимок.")
    async def certify_journal(self, info: Info, input: CertifyJournalInput) -> CertifyJournalPayload:
        certificate = await commands.certify_journal(
            info.context,
            number("SchoolClass", input.class_id, "classId"),
            number("Period", input.period_id, "periodId"),
            input.idempotency_key,
        )
        return CertifyJournalPayload(number=certificate)

    @command(MAY_CERTIFY, "Подписать заверенный журнал своей электронной подписью (8.2); ключ остаётся у подписавшего.")
    async def sign_certificate(self, info: Info, input: SignCertificateInput) -> SignCertificatePayload:
        certificate = number("Certificate", input.certificate_id, "certificateId")
        return SignCertificatePayload(
            number=await commands.sign_certificate(info.context, certificate, input.signature)
        )
