"""Signatures of journals, by themselves: what counts, what does not and why, made by two programs that are not ours."""

import base64
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.signatures import Signer, read_anchors, verify_detached
from rules.journal_signatures import FLAWS, BadSignature, SignatureFlaw, is_named

from .signature_help import DAY, DIRECTOR, NOW, OPENSSL, Holder, authority, ec_key, rsa_key, usage

CONTENT = "Журнал 5А".encode()
ROOT = authority()
SIGNER = ROOT.issue(DIRECTOR)
RSA = ROOT.issue(DIRECTOR, rsa_key())


def checked(signature: bytes, content: bytes = CONTENT, anchors: Any = None, now: Any = None) -> Signer:
    """The signer, by the root's word."""
    return verify_detached(content, signature, anchors if anchors is not None else [ROOT.certificate], now or NOW + DAY)


def flaw(signature: bytes, *given: Any, **more: Any) -> SignatureFlaw:
    """Why a signature does not count."""
    with pytest.raises(BadSignature) as caught:
        checked(signature, *given, **more)
    return caught.value.flaw


@pytest.mark.parametrize(
    "signature",
    [
        SIGNER.sign(CONTENT),
        ROOT.issue(DIRECTOR, ec_key(ec.SECP384R1())).sign(CONTENT, hashed=hashes.SHA384()),
        ROOT.issue(DIRECTOR, ec_key(ec.SECP521R1())).sign(CONTENT, hashed=hashes.SHA512()),
        RSA.sign(CONTENT),
        RSA.sign(CONTENT, hashed=hashes.SHA512()),
        RSA.sign(CONTENT, pss=True),
        ROOT.issue({NameOID.COMMON_NAME: "Посредник"}, authority=True).issue(DIRECTOR).sign(CONTENT),
    ],
    ids=["P-256", "P-384", "P-521", "RSA", "RSA SHA-512", "RSA PSS", "intermediate"],
)
def test_what_counts(signature: bytes) -> None:
    signer = checked(signature)
    assert (signer.surname, signer.given_names) == ("Орлова", "Мария Петровна")
    assert signer.valid_from == NOW - 30 * DAY
    assert signer.signed_at is not None
    assert abs(signer.signed_at - NOW) < DAY
    pem = b"-----BEGIN CMS-----\n" + base64.encodebytes(signature) + b"-----END CMS-----\n"
    assert checked(pem) == signer


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl here")
@pytest.mark.parametrize("key", [ec_key, rsa_key])
@pytest.mark.parametrize("more", [(), ("-keyid",), ("-keyopt", "rsa_padding_mode:pss"), ("-noattr",), ("-nodetach",)])
def test_openssls_signatures(tmp_path: Path, key: Any, more: tuple[str, ...]) -> None:
    holder = ROOT.issue({NameOID.COMMON_NAME: "Посредник"}, authority=True).issue(
        DIRECTOR,
        signing := key(),
        extensions=[
            (usage("digital_signature"), True),
            (x509.SubjectKeyIdentifier.from_public_key(signing.public_key()), False),
        ],
    )
    if key is ec_key and "-keyopt" in more:
        return
    signature = holder.openssl(tmp_path, CONTENT, *more)
    expected = {"-noattr": SignatureFlaw.NO_ATTRIBUTES, "-nodetach": SignatureFlaw.NOT_DETACHED}
    if more and more[0] in expected:
        assert flaw(signature) is expected[more[0]]
    else:
        assert checked(signature).serial == f"{holder.certificate.serial_number:x}"
        assert flaw(signature, CONTENT + b" ") is SignatureFlaw.OTHER_CONTENT


def _self_signed() -> Holder:
    return authority("Сам себе", extensions=[(usage("digital_signature"), True)])


UNCONSTRAINED = authority("Без ограничений", extensions=[(usage("key_cert_sign"), True)])
NO_CA = authority("Не центр", extensions=[(x509.BasicConstraints(ca=False, path_length=None), True)])
CANNOT_SIGN = authority(
    "Без права подписи",
    extensions=[(x509.BasicConstraints(ca=True, path_length=None), True), (usage("crl_sign"), True)],
)
SHORT = authority("Короткий", extensions=[(x509.BasicConstraints(ca=True, path_length=0), True)])
OLD = authority("Старый", until=NOW - DAY)
STRANGER = authority("Чужой")
_MIDDLE = {NameOID.COMMON_NAME: "Посредник"}


@pytest.mark.parametrize(
    ("signature", "anchors", "expected"),
    [
        (STRANGER.issue(DIRECTOR).sign(CONTENT), None, SignatureFlaw.UNTRUSTED),
        (SIGNER.sign(CONTENT), [], SignatureFlaw.UNTRUSTED),
        # The name of the root, and another key: what a name says proves nothing.
        (authority().issue(DIRECTOR).sign(CONTENT), None, SignatureFlaw.UNTRUSTED),
        ((own := _self_signed()).sign(CONTENT), None, SignatureFlaw.UNTRUSTED),
        (own.sign(CONTENT), [own.certificate], SignatureFlaw.BAD_AUTHORITY),
        (UNCONSTRAINED.issue(DIRECTOR).sign(CONTENT), [UNCONSTRAINED.certificate], SignatureFlaw.BAD_AUTHORITY),
        (NO_CA.issue(DIRECTOR).sign(CONTENT), [NO_CA.certificate], SignatureFlaw.BAD_AUTHORITY),
        (CANNOT_SIGN.issue(DIRECTOR).sign(CONTENT), [CANNOT_SIGN.certificate], SignatureFlaw.BAD_AUTHORITY),
        (OLD.issue(DIRECTOR).sign(CONTENT), [OLD.certificate], SignatureFlaw.BAD_AUTHORITY),
        # Somebody who may sign documents makes a certificate for somebody else.
        (SIGNER.issue(DIRECTOR).sign(CONTENT), None, SignatureFlaw.BAD_AUTHORITY),
        (
            SHORT.issue(_MIDDLE, authority=True).issue(DIRECTOR).sign(CONTENT),
            [SHORT.certificate],
            SignatureFlaw.BAD_AUTHORITY,
        ),
        (ROOT.issue(DIRECTOR, until=NOW - DAY).sign(CONTENT), None, SignatureFlaw.EXPIRED),
        (ROOT.issue(DIRECTOR, since=NOW + 9 * DAY).sign(CONTENT), None, SignatureFlaw.EXPIRED),
        (
            ROOT.issue(_MIDDLE, authority=True, until=NOW - DAY).issue(DIRECTOR).sign(CONTENT),
            None,
            SignatureFlaw.BAD_AUTHORITY,
        ),
        (
            ROOT.issue(DIRECTOR, extensions=[(usage("key_agreement"), True)]).sign(CONTENT),
            None,
            SignatureFlaw.WRONG_USAGE,
        ),
        (
            ROOT.issue(DIRECTOR, extensions=[(x509.BasicConstraints(ca=False, path_length=None), True)]).sign(CONTENT),
            None,
            SignatureFlaw.WRONG_USAGE,
        ),
        (
            ROOT.issue(
                DIRECTOR,
                extensions=[
                    (usage("digital_signature"), True),
                    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
                ],
            ).sign(CONTENT),
            None,
            SignatureFlaw.WRONG_USAGE,
        ),
        (
            ROOT.issue(
                DIRECTOR,
                extensions=[(usage("digital_signature"), True), (x509.InhibitAnyPolicy(0), True)],
            ).sign(CONTENT),
            None,
            SignatureFlaw.WRONG_USAGE,
        ),
        (ROOT.issue(_MIDDLE, authority=True).sign(CONTENT), None, SignatureFlaw.WRONG_USAGE),
        (ROOT.issue(DIRECTOR, rsa_key(1024)).sign(CONTENT), None, SignatureFlaw.WEAK),
        (ROOT.issue(DIRECTOR, ec_key(ec.SECP256K1())).sign(CONTENT), None, SignatureFlaw.WEAK),
        (SIGNER.sign(CONTENT, attached=True), None, SignatureFlaw.NOT_DETACHED),
        (SIGNER.sign(b"other"), None, SignatureFlaw.OTHER_CONTENT),
        (b"", None, SignatureFlaw.MALFORMED),
        (b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n", None, SignatureFlaw.MALFORMED),
        (SIGNER.certificate.public_bytes(Encoding.DER), None, SignatureFlaw.MALFORMED),
    ],
)
def test_what_does_not_count(signature: bytes, anchors: Any, expected: SignatureFlaw) -> None:
    assert flaw(signature, anchors=anchors) is expected
    assert FLAWS[expected]


def test_the_moment_counts() -> None:
    """A signature whose certificate has ended since is not accepted any more; nor one from the future."""
    signature = SIGNER.sign(CONTENT)
    assert flaw(signature, now=NOW + 400 * DAY) is SignatureFlaw.EXPIRED
    assert flaw(signature, now=NOW - DAY) is SignatureFlaw.IN_FUTURE


def altered(signature: bytes, change: Any) -> bytes:
    """A signature with something else in its only signer."""
    info = cms.ContentInfo.load(signature)
    change(info["content"])
    return bytes(info.dump(force=True))


def test_parts_of_a_signature_cannot_be_exchanged() -> None:
    one, other = SIGNER.sign(CONTENT), SIGNER.sign(b"other")
    theirs = cms.ContentInfo.load(other)["content"]["signer_infos"][0]

    def with_other_value(signed: Any) -> None:
        signed["signer_infos"][0]["signature"] = theirs["signature"].native

    def with_other_attributes(signed: Any) -> None:
        signed["signer_infos"][0]["signed_attrs"] = theirs["signed_attrs"]

    def without_certificates(signed: Any) -> None:
        signed["certificates"] = []

    def twice(signed: Any) -> None:
        signed["signer_infos"].append(theirs)

    def without_signer(signed: Any) -> None:
        signed["signer_infos"] = []

    def weakly(signed: Any) -> None:
        signed["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha1"}

    expected = {
        with_other_value: SignatureFlaw.WRONG_SIGNATURE,
        with_other_attributes: SignatureFlaw.OTHER_CONTENT,
        without_certificates: SignatureFlaw.NO_CERTIFICATE,
        twice: SignatureFlaw.SEVERAL_SIGNERS,
        without_signer: SignatureFlaw.SEVERAL_SIGNERS,
        weakly: SignatureFlaw.UNSUPPORTED,
    }
    for change, found in expected.items():
        assert flaw(altered(one, change)) is found, change
    # The attributes of the other content, with its signature, over our content: each fits, and still not this.
    both = altered(altered(one, with_other_attributes), with_other_value)
    assert flaw(both) is SignatureFlaw.OTHER_CONTENT
    assert checked(both, b"other")


WHOLE = SIGNER.sign(CONTENT)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_no_altered_byte_makes_another_signer(position: int, change: int) -> None:
    """Whatever byte is another one, the signature is refused, or says the same: never an error, never somebody else."""
    spoilt = bytearray(WHOLE)
    spoilt[position] ^= change
    try:
        found = checked(bytes(spoilt))
    except BadSignature:
        return
    assert found == checked(WHOLE)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.integers(0, len(WHOLE)).map(lambda size: WHOLE[:size]))
def test_what_is_no_signature_is_refused(data: bytes) -> None:
    if data != WHOLE:
        with pytest.raises(BadSignature):
            checked(data)


def test_anchors_are_read_from_a_file(tmp_path: Path) -> None:
    encoding = Encoding.PEM
    path = tmp_path / "anchors.pem"
    path.write_bytes(b"".join(each.certificate.public_bytes(encoding) for each in (STRANGER, ROOT)))
    assert read_anchors(path) == [STRANGER.certificate, ROOT.certificate]


def test_other_kinds_of_key_are_not_supported() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = ROOT.issue(DIRECTOR, key).certificate
    signature = altered(WHOLE, lambda signed: signed.__setitem__("certificates", [_asn1(certificate, SIGNER)]))
    assert flaw(signature) in (SignatureFlaw.NO_CERTIFICATE, SignatureFlaw.UNSUPPORTED)


def _asn1(certificate: x509.Certificate, _: Holder) -> Any:
    from asn1crypto import x509 as asn1

    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))


@pytest.mark.parametrize(
    ("subject", "fits"),
    [
        (("Орлова", "Мария Петровна", "Школа"), True),
        (("ОРЛОВА", "Мария  Петровна", None), True),
        ((None, None, "Орлова Мария Петровна"), True),
        ((None, None, "Орлова Мария"), False),
        (("Орлова", "Мария", None), False),
        (("Орлов", "Мария Петровна", "Орлова Мария Петровна"), False),
        ((None, None, None), False),
    ],
)
def test_whose_certificate_it_is(subject: Any, fits: bool) -> None:
    assert is_named(subject, "Орлова", "Мария", "Петровна") is fits


def test_letters_that_are_written_either_way() -> None:
    assert is_named((None, None, "Королев Петр"), "Королёв", "Пётр", None)
