"""Certificates of a made root for names of AWS: RSA of 2,048 bits, as AWS has them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_NAMES = (x509.DNSName("*.us-east-1.amazonaws.com"), x509.IPAddress(ip_address("127.0.0.1")))
_ROOT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the root of the fake AWS")])


def write(folder: Path) -> tuple[Path, Path]:
    """Write a root, and the certificate of a server with its key; returns both files."""
    root_key, key = (generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    root = _certificate(root_key, x509.BasicConstraints(ca=True, path_length=None), root_key)
    server = _certificate(key, x509.SubjectAlternativeName(_NAMES), root_key)
    files = folder / "root.pem", folder / "server.pem"
    files[0].write_bytes(root.public_bytes(Encoding.PEM))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files[1].write_bytes(server.public_bytes(Encoding.PEM) + private)
    return files


def _certificate(key: RSAPrivateKey, extension: x509.ExtensionType, signer: RSAPrivateKey) -> x509.Certificate:
    now, is_root = datetime.now(UTC), key is signer
    builder = (
        x509.CertificateBuilder()
        .subject_name(_ROOT if is_root else x509.Name([]))
        .issuer_name(_ROOT)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(extension, critical=True)
        # Python asks for both identifiers.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return builder.sign(signer, SHA256())
