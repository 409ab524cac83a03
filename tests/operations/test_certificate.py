"""`serve --certificate --key`: encrypted connections, and files that are no pair."""

import datetime as dt
import ipaddress
import ssl
import subprocess
import sys
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.e2e.server import free_port, wait_for
from tests.server.installation import installation, typed


def pair(folder, name):
    """Make a certificate for 127.0.0.1 that signs itself; return its file and the file of its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    local = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now).add_extension(local, critical=False)
        .not_valid_after(now + dt.timedelta(days=2)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    files = folder / f"{name}.crt", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(pem))
    files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return files


@pytest.fixture
def installed(tmp_path):
    with installation(tmp_path) as variables:
        yield variables


def test_connections_are_encrypted_and_cookies_stay_on_them(installed, tmp_path):
    certificate, key = pair(tmp_path, "hall")
    port, log = free_port(), tmp_path / "said.txt"
    words = ["serve", "--port", str(port), "--certificate", str(certificate), "--key", str(key)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "zhiping", *words], env=installed, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    trusted = ssl.create_default_context(cafile=certificate)
    try:
        wait_for(f"https://127.0.0.1:{port}/health", process, log, trusted)
        address = f"https://127.0.0.1:{port}/account/login/"
        with urllib.request.urlopen(address, context=trusted, timeout=20) as answer:
            assert answer.status == 200
            assert "Secure" in answer.headers["Set-Cookie"]
            assert answer.headers["Strict-Transport-Security"]
        assert f"https://127.0.0.1:{port}" in log.read_text()
        with pytest.raises(OSError, match=r"CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
            urllib.request.urlopen(address, timeout=20)
    finally:
        process.terminate()
        process.wait(60)


def test_certificate_with_another_key_or_none_is_refused(installed, tmp_path):
    certificate, key = pair(tmp_path, "one")
    _, other = pair(tmp_path, "other")
    pairs = (["--certificate", certificate, "--key", other], ["--certificate", certificate], ["--key", key])
    for words in pairs:
        done = typed(installed, "serve", "--port", str(free_port()), *map(str, words))
        assert done.returncode == 1
        assert done.stderr.startswith("Certificate and key cannot be used")
