"""What makes an electronic signature of a journal one that counts, in the director's own name (2.1, 8.2)."""

from enum import StrEnum

from .refusals import Refusal, RefusalCode

MOST_BYTES = 64 * 1024
"""The longest signature: one signer's, with the certificates of some authorities."""

CLAUSE = "8.2"


class SignatureFlaw(StrEnum):
    """Why a signature does not count."""

    MALFORMED = "malformed"
    NOT_DETACHED = "not_detached"
    SEVERAL_SIGNERS = "several_signers"
    NO_CERTIFICATE = "no_certificate"
    UNSUPPORTED = "unsupported"
    WEAK = "weak"
    NO_ATTRIBUTES = "no_attributes"
    OTHER_CONTENT = "other_content"
    WRONG_SIGNATURE = "wrong_signature"
    IN_FUTURE = "in_future"
    EXPIRED = "expired"
    WRONG_USAGE = "wrong_usage"
    UNTRUSTED = "untrusted"
    BAD_AUTHORITY = "bad_authority"
    OTHER_PERSON = "other_person"


FLAWS: dict[SignatureFlaw, str] = {
    SignatureFlaw.MALFORMED: "Это не подпись CMS (PKCS #7) в кодировке DER или PEM.",
    SignatureFlaw.NOT_DETACHED: "Подпись должна быть отсоединённой: без самих данных внутри.",
    SignatureFlaw.SEVERAL_SIGNERS: "В подписи должен быть ровно один подписавший.",
    SignatureFlaw.NO_CERTIFICATE: "В подписи нет сертификата подписавшего.",
    SignatureFlaw.UNSUPPORTED: "Алгоритм не поддерживается: нужен RSA или ECDSA с SHA-256, SHA-384 или SHA-512.",
    SignatureFlaw.WEAK: "Ключ слишком короток: RSA — от 2048 бит, ECDSA — P-256, P-384 или P-521.",
    SignatureFlaw.NO_ATTRIBUTES: "В подписи нет подписанных атрибутов: типа содержимого и его хеша.",
    SignatureFlaw.OTHER_CONTENT: "Подписаны другие данные, не этот журнал.",
    SignatureFlaw.WRONG_SIGNATURE: "Подпись неверна: она изменена или сделана другим ключом.",
    SignatureFlaw.IN_FUTURE: "Время подписи ещё не наступило. Проверьте часы того компьютера, где подписывали.",
    SignatureFlaw.EXPIRED: "Сертификат не действует: его срок истёк или ещё не начался.",
    SignatureFlaw.WRONG_USAGE: "Сертификат выдан не для подписи документов.",
    SignatureFlaw.UNTRUSTED: "Сертификат выдан удостоверяющим центром, которому школа не доверяет.",
    SignatureFlaw.BAD_AUTHORITY: "Сертификат издателя не даёт права выдавать сертификаты или не действует.",
    SignatureFlaw.OTHER_PERSON: "Сертификат выдан не тому, кто подписывает: имя в нём другое.",
}
"""What the person is told."""


class BadSignature(Exception):
    """The signature does not count."""

    def __init__(self, flaw: SignatureFlaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def bad_signature(flaw: SignatureFlaw) -> Refusal:
    """The refusal of a signature."""
    return Refusal(RefusalCode.BAD_SIGNATURE, FLAWS[flaw], "signature", CLAUSE)


Subject = tuple[str | None, str | None, str | None]
"""The surname, the given names and the common name in a certificate, those of them that it has."""


def is_named(subject: Subject, family: str, given: str, patronymic: str | None) -> bool:
    """Whether a certificate's subject is the person.

    Qualified certificates carry the surname and the given names with the patronymic apart; others only a common name.
    """
    surname, given_names, common = subject
    names = " ".join(part for part in (given, patronymic) if part)
    if surname and given_names:
        return (_folded(surname), _folded(given_names)) == (_folded(family), _folded(names))
    return common is not None and _folded(common) == _folded(f"{family} {names}")


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").split())
