"""Detached CMS signatures (RFC 5652): whether one fits the bytes, who made it, and which authority stands behind it.

Nothing here signs: the key stays with the signer. Revocation is not asked: whoever runs the program takes an authority
that is trusted no more out of the anchors.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from asn1crypto import cms, pem  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage
from cryptography.x509.oid import ExtensionOID, NameOID

from rules.journal_signatures import BadSignature, SignatureFlaw

Certificate = x509.Certificate

HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
RSA_BITS = 2048
SKEW = timedelta(minutes=5)
"""How far the signer's clock may be ahead of ours."""

MOST_AUTHORITIES = 4
"""How many authorities may stand between the signer and the end of the chain, an anchor included."""

MOST_CERTIFICATES = 8

USAGES = frozenset(
    {
        *(Usage.EMAIL_PROTECTION, Usage.CLIENT_AUTH, Usage.ANY_EXTENDED_KEY_USAGE),
        x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # document signing, RFC 9336
    }
)
"""What a certificate that signs documents may be issued for, if it says for what."""

UNDERSTOOD = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE}) | {
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
    ExtensionOID.CERTIFICATE_POLICIES,
}
"""Extensions that a certificate may call critical: it counts only for who understands them."""

BROKEN = (
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, UnsupportedAlgorithm),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)
"""What the parts we read with raise of what is no signature, or of a certificate that is none."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, by the certificate, and when, by the signature's own word.

    subject: the whole name, as RFC 4514 writes it. serial: hexadecimal.
    """

    subject: str
    surname: str | None
    given_names: str | None
    common_name: str | None
    serial: str
    valid_from: datetime
    valid_until: datetime
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a signature says, before any of it is believed."""

    certificates: list[Certificate]
    signer: Certificate
    digest_name: str
    algorithm: str
    hash_name: str | None
    salt_length: int
    mask_hash: str | None
    attributes: Mapping[str, Any]
    signed_bytes: bytes
    signature: bytes


def read_anchors(path: Path) -> list[Certificate]:
    """The certificates of the authorities that are trusted: a PEM file with one or more."""
    return x509.load_pem_x509_certificates(path.read_bytes())


def verify_detached(content: bytes, signature: bytes, anchors: Sequence[Certificate], now: datetime) -> Signer:
    """Who signed `content`; `BadSignature` if the signature does not count at the moment `now`.

    anchors: the authorities that are trusted.
    """
    try:
        return _verified(content, _parsed(signature), anchors, now)
    except BROKEN:
        raise BadSignature(SignatureFlaw.MALFORMED) from None


def _verified(content: bytes, signed: _Signed, anchors: Sequence[Certificate], now: datetime) -> Signer:
    if signed.digest_name not in HASHES:
        raise BadSignature(SignatureFlaw.UNSUPPORTED)
    if not {"content_type", "message_digest"} <= signed.attributes.keys():
        raise BadSignature(SignatureFlaw.NO_ATTRIBUTES)
    digest = hashlib.new(signed.digest_name, content).digest()
    if signed.attributes["content_type"] != "data" or signed.attributes["message_digest"] != digest:
        raise BadSignature(SignatureFlaw.OTHER_CONTENT)
    _check_key(signed)
    signed_at = signed.attributes.get("signing_time")
    if signed_at is not None and signed_at > now + SKEW:
        raise BadSignature(SignatureFlaw.IN_FUTURE)
    moments = [now] if signed_at is None else [now, min(signed_at, now)]
    _check_signer(signed.signer, moments)
    _check_chain(signed.signer, signed.certificates, anchors, moments)
    return _signer(signed.signer, signed_at)


def _parsed(signature: bytes) -> _Signed:
    """The parts of a signature, each of them decoded."""
    der = pem.unarmor(signature)[2] if pem.detect(signature) else signature
    info = cms.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        raise BadSignature(SignatureFlaw.MALFORMED)
    return _parts(info["content"])


def _parts(signed: Any) -> _Signed:
    if signed["encap_content_info"]["content"].native is not None:
        raise BadSignature(SignatureFlaw.NOT_DETACHED)
    if len(signed["signer_infos"]) != 1:
        raise BadSignature(SignatureFlaw.SEVERAL_SIGNERS)
    (info,) = signed["signer_infos"]
    chosen = [each.chosen for each in signed["certificates"] or () if each.name == "certificate"]
    if len(chosen) > MOST_CERTIFICATES:
        raise BadSignature(SignatureFlaw.MALFORMED)
    own = [each for each in chosen if _is_of(info["sid"], each)]
    if not own:
        raise BadSignature(SignatureFlaw.NO_CERTIFICATE)
    attributes: dict[str, Any] = {}
    for each in info["signed_attrs"] or ():
        name, values = each["type"].native, each["values"].native
        if name in attributes or not isinstance(values, list) or len(values) != 1:
            raise BadSignature(SignatureFlaw.MALFORMED)
        attributes[name] = values[0]
    signed_at = attributes.get("signing_time")
    if signed_at is not None and (not isinstance(signed_at, datetime) or signed_at.tzinfo is None):
        raise BadSignature(SignatureFlaw.MALFORMED)
    algorithm = info["signature_algorithm"]
    pss = algorithm["parameters"] if algorithm["algorithm"].native == "rsassa_pss" else None
    return _Signed(
        certificates=[x509.load_der_x509_certificate(each.dump()) for each in chosen],
        signer=x509.load_der_x509_certificate(own[0].dump()),
        digest_name=info["digest_algorithm"]["algorithm"].native,
        algorithm=_or_none(lambda: algorithm.signature_algo) or "unknown",
        hash_name=_or_none(lambda: algorithm.hash_algo),
        salt_length=pss["salt_length"].native if pss is not None else 0,
        mask_hash=pss["mask_gen_algorithm"]["parameters"]["algorithm"].native if pss is not None else None,
        attributes=attributes,
        # Signed is the set itself (RFC 5652, 5.4), not the field of the structure that it stands in.
        signed_bytes=b"\x31" + info["signed_attrs"].dump()[1:] if attributes else b"",
        signature=info["signature"].native,
    )


def _or_none(read: Callable[[], str]) -> str | None:
    """What asn1crypto knows of an algorithm; None of one that does not say it, or that it does not know."""
    try:
        return read()
    except ValueError:
        return None


def _is_of(identifier: Any, certificate: Any) -> bool:
    """Whether a signature names this certificate as the signer's."""
    if identifier.name == "subject_key_identifier":
        return bool(certificate.key_identifier == identifier.chosen.native)
    named = identifier.chosen
    return bool(certificate.issuer == named["issuer"] and certificate.serial_number == named["serial_number"].native)


def _check_key(signed: _Signed) -> None:
    """Refuse a signature that the certificate's key did not make, or a key or algorithm that does not count."""
    if signed.hash_name not in (None, signed.digest_name):
        raise BadSignature(SignatureFlaw.UNSUPPORTED)
    algorithm = HASHES[signed.digest_name]
    try:
        key = signed.signer.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            if key.key_size < RSA_BITS:
                raise BadSignature(SignatureFlaw.WEAK)
            key.verify(signed.signature, signed.signed_bytes, _padding(signed), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            if not isinstance(key.curve, CURVES):
                raise BadSignature(SignatureFlaw.WEAK)
            if signed.algorithm != "ecdsa":
                raise BadSignature(SignatureFlaw.UNSUPPORTED)
            key.verify(signed.signature, signed.signed_bytes, ec.ECDSA(algorithm))
        else:
            raise BadSignature(SignatureFlaw.UNSUPPORTED)
    except InvalidSignature:
        raise BadSignature(SignatureFlaw.WRONG_SIGNATURE) from None
    except (UnsupportedAlgorithm, ValueError):
        raise BadSignature(SignatureFlaw.UNSUPPORTED) from None


def _padding(signed: _Signed) -> Any:
    if signed.algorithm == "rsassa_pkcs1v15":
        return padding.PKCS1v15()
    if signed.algorithm == "rsassa_pss" and (mask := HASHES.get(signed.mask_hash or "")):
        return padding.PSS(padding.MGF1(mask), signed.salt_length)
    raise BadSignature(SignatureFlaw.UNSUPPORTED)


def _check_signer(certificate: Certificate, moments: Sequence[datetime]) -> None:
    """Refuse a certificate that is not in force, or not for signing documents."""
    if not _in_force(certificate, moments):
        raise BadSignature(SignatureFlaw.EXPIRED)
    usage, extended = _extension(certificate, x509.KeyUsage), _extension(certificate, x509.ExtendedKeyUsage)
    signs = usage is not None and (usage.digital_signature or usage.content_commitment)
    if not signs or (extended is not None and USAGES.isdisjoint(extended)) or _is_authority(certificate):
        raise BadSignature(SignatureFlaw.WRONG_USAGE)
    if not _understood(certificate):
        raise BadSignature(SignatureFlaw.WRONG_USAGE)


def _check_chain(
    signer: Certificate, others: Sequence[Certificate], anchors: Sequence[Certificate], moments: Sequence[datetime]
) -> None:
    """Refuse a certificate from which no chain of authorities, each with the right to issue, leads to an anchor."""
    flaw = SignatureFlaw.UNTRUSTED
    for path in _paths(signer, others, anchors, MOST_AUTHORITIES):
        issued = (signer, *path[:-1])
        if all(_may_issue(each, below, moments) for below, each in enumerate(path)) and all(map(_strong, issued)):
            return
        flaw = SignatureFlaw.BAD_AUTHORITY
    raise BadSignature(flaw)


def _paths(
    certificate: Certificate, others: Sequence[Certificate], anchors: Sequence[Certificate], most: int
) -> Iterator[list[Certificate]]:
    """The chains of issuers, from the certificate's own to an anchor."""
    for issuer in anchors:
        if _issued(certificate, issuer):
            yield [issuer]
    for issuer in others if most > 1 else ():
        if issuer not in anchors and issuer != certificate and _issued(certificate, issuer):
            for rest in _paths(issuer, others, anchors, most - 1):
                yield [issuer, *rest]


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_issue(authority: Certificate, below: int, moments: Sequence[datetime]) -> bool:
    """Whether the certificate is an authority's, in force, with no more than so many authorities below it."""
    basic, usage = _extension(authority, x509.BasicConstraints), _extension(authority, x509.KeyUsage)
    if basic is None or not basic.ca or (basic.path_length is not None and basic.path_length < below):
        return False
    return (usage is None or usage.key_cert_sign) and _in_force(authority, moments) and _understood(authority)


def _strong(certificate: Certificate) -> bool:
    """Whether the hash under its issuer's signature counts."""
    try:
        return isinstance(certificate.signature_hash_algorithm, tuple(map(type, HASHES.values())))
    except UnsupportedAlgorithm:
        return False


def _is_authority(certificate: Certificate) -> bool:
    basic = _extension(certificate, x509.BasicConstraints)
    return basic is not None and basic.ca


def _in_force(certificate: Certificate, moments: Sequence[datetime]) -> bool:
    return all(certificate.not_valid_before_utc <= each <= certificate.not_valid_after_utc for each in moments)


def _extension(certificate: Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _understood(certificate: Certificate) -> bool:
    return all(not each.critical or each.oid in UNDERSTOOD for each in certificate.extensions)


def _signer(certificate: Certificate, signed_at: datetime | None) -> Signer:
    def named(oid: Any) -> str | None:
        found = certificate.subject.get_attributes_for_oid(oid)
        return str(found[0].value) if len(found) == 1 else None

    return Signer(
        subject=certificate.subject.rfc4514_string(),
        surname=named(NameOID.SURNAME),
        given_names=named(NameOID.GIVEN_NAME),
        common_name=named(NameOID.COMMON_NAME),
        serial=f"{certificate.serial_number:x}",
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        signed_at=signed_at,
    )
