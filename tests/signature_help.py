"""A local authority, made anew for the tests, that stands in for a real one; and signatures by those it certifies."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
OPENSSL = shutil.which("openssl")
DIRECTOR = {NameOID.SURNAME: "Орлова", NameOID.GIVEN_NAME: "Мария Петровна", NameOID.COMMON_NAME: "Школа № 163"}


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A new RSA key."""
    return rsa.generate_private_key(65537, bits)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """A new key on a curve, P-256 by default."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def usage(*which: str) -> x509.KeyUsage:
    """A key usage with these bits."""
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in which for name in names})


@dataclass
class Holder:
    """A certificate with its key, and the authorities above it that go along with a signature."""

    certificate: x509.Certificate
    key: Any
    above: Sequence[x509.Certificate] = field(default=())

    def issue(
        self,
        name: dict[Any, str],
        key: Any = None,
        *,
        authority: bool = False,
        extensions: Sequence[tuple[x509.ExtensionType, bool]] | None = None,
        since: datetime = NOW - 30 * DAY,
        until: datetime = NOW + 365 * DAY,
        hashed: Any = None,
    ) -> "Holder":
        """A certificate by this one; for an authority, or for somebody who signs documents."""
        key = key or ec_key()
        certificate = _made(
            name, key, self.certificate.subject, self.key, extensions or _usual(authority), since, until, hashed
        )
        above = (*self.above, *([self.certificate] if self.certificate.issuer != self.certificate.subject else []))
        return Holder(certificate, key, above)

    def sign(self, content: bytes, *, pss: bool = False, hashed: Any = None, attached: bool = False) -> bytes:
        """A CMS signature, DER, detached unless said otherwise."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        padded: Any = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if pss else None
        builder = builder.add_signer(self.certificate, self.key, hashed or hashes.SHA256(), rsa_padding=padded)
        for each in self.above:
            builder = builder.add_certificate(each)
        options = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
        if not attached:
            options.append(pkcs7.PKCS7Options.DetachedSignature)
        return builder.sign(serialization.Encoding.DER, options)

    def openssl(self, folder: Path, content: bytes, *more: str) -> bytes:
        """The same by the command `openssl cms`."""
        assert OPENSSL
        files = {
            "content": content,
            "key.pem": self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            "signer.pem": self.certificate.public_bytes(serialization.Encoding.PEM),
            "above.pem": b"".join(each.public_bytes(serialization.Encoding.PEM) for each in self.above),
        }
        for name, data in files.items():
            (folder / name).write_bytes(data)
        given = ["-certfile", "above.pem"] if self.above else []
        made = ["cms", "-sign", "-binary", "-in", "content", "-signer", "signer.pem", "-inkey", "key.pem"]
        subprocess.run(  # noqa: S603 -- the files are the test's own
            [OPENSSL, *made, *given, "-outform", "DER", "-out", "signature", "-md", "sha256", *more],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return (folder / "signature").read_bytes()


def _usual(authority: bool) -> Sequence[tuple[x509.ExtensionType, bool]]:
    if authority:
        return (x509.BasicConstraints(ca=True, path_length=None), True), (usage("key_cert_sign", "crl_sign"), True)
    return (
        (usage("digital_signature", "content_commitment"), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
    )


def _name(name: dict[Any, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in name.items()])


def _made(
    name: dict[Any, str],
    key: Any,
    issuer: x509.Name,
    by: Any,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
    since: datetime,
    until: datetime,
    hashed: Any = None,
) -> x509.Certificate:
    builder = x509.CertificateBuilder(issuer, _name(name), key.public_key(), x509.random_serial_number(), since, until)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(by, hashed or hashes.SHA256())


def authority(
    name: str = "Тестовый удостоверяющий центр",
    extensions: Sequence[tuple[x509.ExtensionType, bool]] | None = None,
    **days: datetime,
) -> Holder:
    """An authority that nobody stands above."""
    key, of = ec_key(), {NameOID.COMMON_NAME: name}
    since, until = days.get("since", NOW - 300 * DAY), days.get("until", NOW + 3000 * DAY)
    return Holder(_made(of, key, _name(of), key, extensions or _usual(True), since, until), key)
