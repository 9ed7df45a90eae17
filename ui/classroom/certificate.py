"""The certificate that the server makes for itself: browsers open the microphone over HTTPS only.

No authority signs it, so each browser warns once. Who compares the fingerprint on the warning with the one that the
teacher shows knows that nobody stands between.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from esc_core.disk.files import reason
from esc_core.errors import ParameterError
from ui.classroom.network import is_address
from ui.classroom.private import private_folder, write_private

VALID_DAYS = 180
"""Days for which a certificate is valid: a term. Some browsers refuse more than 398."""

RENEW_DAYS = 14
"""Days before its end from which it is renewed at the next start."""

_EARLIER = dt.timedelta(days=1)  # a pupil's clock may be behind


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A certificate with its key, on the disk.

    Attributes
    ----------
    cert_file, key_file : pathlib.Path
        PEM files; only the user who runs the server may read them.
    fingerprint : str
        SHA-256 of the certificate, as browsers show it: 32 pairs of hexadecimal digits with colons between them.
    ends : datetime.datetime
        When it expires, in UTC.
    """

    cert_file: Path
    key_file: Path
    fingerprint: str
    ends: dt.datetime


def own_certificate(names: Sequence[str], *, now: dt.datetime | None = None) -> Certificate:
    """Return the certificate for these names; it is made if there is none, or the one that is there does not do.

    Parameters
    ----------
    names : sequence of str
        Host names and IP addresses that it must be valid for.
    now : datetime.datetime, optional
        The time, with its zone.

    Returns
    -------
    Certificate
        Valid for all the names, and for another `RENEW_DAYS` days at least.

    Raises
    ------
    ParameterError
        If it can't be stored.
    """
    now = now or dt.datetime.now(dt.UTC)
    found = read_certificate()
    if found is None or not _does(found, names, now):
        try:
            _make(names, now)
        except OSError as error:
            raise ParameterError(f"no certificate can be stored in {private_folder()}: {reason(error)}") from error
        found = read_certificate()
    if found is None:
        raise ParameterError(f"the certificate in {private_folder()} can't be read")
    return found


def read_certificate() -> Certificate | None:
    """Return the stored certificate; None if there is none, or its files are damaged or don't belong together."""
    cert_file, key_file = private_folder() / "cert.pem", private_folder() / "key.pem"
    try:
        cert = x509.load_pem_x509_certificate(cert_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError):
        return None
    if key.public_key() != cert.public_key():
        return None
    fingerprint = cert.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(
        cert_file=cert_file, key_file=key_file, fingerprint=fingerprint, ends=cert.not_valid_after_utc
    )  # fmt: skip


def _does(found: Certificate, names: Sequence[str], now: dt.datetime) -> bool:
    cert = x509.load_pem_x509_certificate(found.cert_file.read_bytes())
    known = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    valid_for = {str(value) for kind in (x509.DNSName, x509.IPAddress) for value in known.get_values_for_type(kind)}
    lasts = cert.not_valid_before_utc <= now <= cert.not_valid_after_utc - dt.timedelta(days=RENEW_DAYS)
    return lasts and set(names) <= valid_for


def _make(names: Sequence[str], now: dt.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ESC-50 Sound Lab")])
    kinds = [
        x509.IPAddress(ipaddress.ip_address(one)) if is_address(one) else x509.DNSName(one)
        for one in dict.fromkeys(names)
    ]
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(kinds), critical=False)
        # it can sign no other certificate: who trusts it trusts this server, and nothing else
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )  # fmt: skip
    write_private(private_folder() / "key.pem", secret)
    write_private(private_folder() / "cert.pem", cert.public_bytes(serialization.Encoding.PEM))
