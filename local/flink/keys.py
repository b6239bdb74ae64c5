"""The TLS keys with which the processes of a cluster authenticate each other.

Anyone who can connect to a port of Flink can run code in it: a JobManager accepts jobs without
credentials, and the ports between its processes accept Java objects. All ports listen on the
loopback interface. Other users of the machine can connect to it, and web pages can connect to some
ports. So all connections use TLS, and both sides show the cluster's one certificate. Only the
cluster's user can read its key (Flink, "SSL Setup": internal connectivity, and REST with mutual
authentication).
"""

import ipaddress
import os
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from local.accounts import HOST

LIFETIME: Final = timedelta(days=365)
"""No cluster runs longer than this."""

CIPHERS: Final = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"
"""For elliptic-curve keys, which are generated fast. Flink's default ciphers are for RSA.
Without the JVM's second compiler, ChaCha20 encrypts 32 MB in 0.2 s, and AES-GCM in 0.9 s."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """A key with its certificate: in a key store for Java, and as PEM text for Python."""

    store: Path
    password: str
    text: Path

    @classmethod
    def make(cls, directory: Path) -> Self:
        """Make a new key in a directory that only its user can read."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        keys = cls(
            store=directory / "cluster.p12",
            password=secrets.token_hex(16),
            text=directory / "cluster.pem",
        )
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(key)
        sealed = serialization.BestAvailableEncryption(keys.password.encode())
        _write(
            keys.store,
            pkcs12.serialize_key_and_certificates(b"flink", key, certificate, None, sealed),
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        _write(keys.text, private + certificate.public_bytes(serialization.Encoding.PEM))
        return keys

    def settings(self) -> Mapping[str, str]:
        """Give the Flink settings that make both sides of every connection use the key."""
        settings = {
            "security.ssl.algorithms": CIPHERS,
            "security.ssl.rest.authentication-enabled": "true",
        }
        for side in ("internal", "rest"):
            settings |= {
                f"security.ssl.{side}.enabled": "true",
                f"security.ssl.{side}.keystore": str(self.store),
                f"security.ssl.{side}.truststore": str(self.store),
                f"security.ssl.{side}.keystore-password": self.password,
                f"security.ssl.{side}.truststore-password": self.password,
                f"security.ssl.{side}.key-password": self.password,
            }
        return settings

    def context(self) -> ssl.SSLContext:
        """Give the TLS context of a Python client. It trusts only the cluster, and uses the key."""
        context = ssl.create_default_context(cafile=str(self.text))
        context.load_cert_chain(self.text)
        return context


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local Flink cluster")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(HOST))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
