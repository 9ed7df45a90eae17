"""Classroom mode: the certificate, the teacher's key and cookie, the door, and what the server binds to."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import psutil
import pytest
from cryptography import x509
from starlette.requests import Request
from starlette.responses import Response

from esc_core.config import esc_home
from esc_core.errors import ParameterError
from tests.browser.serve import START_SECONDS, free_port
from ui.classroom import certificate, network, opened, teacher
from ui.classroom import start as serve
from ui.classroom.door import MAX_BODY, MAX_TRIES, PATH, Door

ROOT = Path(__file__).parent.parent

NOW = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.UTC)

linux = pytest.mark.skipif(sys.platform != "linux", reason="what a process listens to is read from /proc")

NAMES = ["192.168.1.20", "lab.local", "::1"]


def of_files(made: certificate.Certificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(made.cert_file.read_bytes())


def test_the_certificate_is_for_all_names_and_signs_nothing() -> None:
    made = certificate.own_certificate(NAMES, now=NOW)
    cert = of_files(made)
    known = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert known.get_values_for_type(x509.DNSName) == ["lab.local"]
    assert [str(one) for one in known.get_values_for_type(x509.IPAddress)] == ["192.168.1.20", "::1"]
    assert not cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert cert.not_valid_after_utc - NOW == dt.timedelta(days=180)
    der = ssl.PEM_cert_to_DER_cert(made.cert_file.read_text())
    assert made.fingerprint.replace(":", "").lower() == hashlib.sha256(der).hexdigest()
    assert made.fingerprint.count(":") == 31
    for file in (made.cert_file, made.key_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_certificate_stays_as_long_as_it_does() -> None:
    """It is kept until two weeks before its end, and for fewer names; then, or for another name, there is a new one."""
    first = certificate.own_certificate(NAMES, now=NOW)
    later = NOW + dt.timedelta(days=180 - 14)
    assert certificate.own_certificate(NAMES, now=later) == first
    assert certificate.own_certificate(NAMES[:1], now=NOW) == first
    renewed = certificate.own_certificate(NAMES, now=later + dt.timedelta(seconds=1))
    assert renewed.fingerprint != first.fingerprint
    moved = certificate.own_certificate(["192.168.1.21"], now=later)
    assert moved.fingerprint != renewed.fingerprint
    assert certificate.own_certificate(["192.168.1.21"], now=later - dt.timedelta(days=30)) != moved, "not valid yet"


@pytest.mark.parametrize("name", ["cert.pem", "key.pem"])
def test_a_damaged_certificate_is_made_again(name: str) -> None:
    first = certificate.own_certificate(NAMES)
    other = esc_home() / "other"
    for content in (b"", b"rubbish", None):
        path = esc_home() / "classroom" / name
        path.unlink() if content is None else path.write_bytes(content)
        again = certificate.own_certificate(NAMES)
        assert again.fingerprint != first.fingerprint
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(again.cert_file, again.key_file)
    shutil.copytree(esc_home() / "classroom", other)
    (esc_home() / "classroom" / "cert.pem").unlink()
    certificate.own_certificate(NAMES)
    shutil.copy(other / name, esc_home() / "classroom" / name)
    assert certificate.read_certificate() is None, "key and certificate of different days"


def test_a_folder_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    esc_home().mkdir(parents=True)
    (esc_home() / "classroom").write_text("a file")
    with pytest.raises(ParameterError, match=r"^no certificate can be stored in .*classroom: "):
        certificate.own_certificate(NAMES)


def test_the_key_is_on_the_disk_as_a_hash_only() -> None:
    assert not teacher.has_key()
    assert not teacher.is_key("")
    key = teacher.new_key()
    assert re.fullmatch(r"([2-9a-hjkmnp-z]{4}-){3}[2-9a-hjkmnp-z]{4}", key)
    file = esc_home() / "classroom" / "teacher.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key not in file.read_text()
    assert key.replace("-", "") not in file.read_text()
    assert teacher.is_key(key)
    assert teacher.is_key(f" {key.upper()} ")
    for wrong in ("", key[:-1], key + "2", key[:-1] + ("2" if key[-1] != "2" else "3"), "\udc80"):
        assert not teacher.is_key(wrong)


def test_a_cookie_counts_for_a_day_and_for_its_key() -> None:
    teacher.new_key("a key of my own")
    cookie = teacher.new_cookie(now=1000.0)
    end = 1000.0 + 12 * 3600
    assert teacher.is_cookie(cookie, now=end - 1)
    assert not teacher.is_cookie(cookie, now=end)
    ends, salt, signature = cookie.split(".")
    for forged in (
        f"{int(ends) + 1}.{salt}.{signature}",
        f"{ends}.{salt}.",
        f"{ends}.x.{signature}",
        "",
        None,
        "é.a.b",
    ):
        assert not teacher.is_cookie(forged, now=1000.0)
    for none in ("", None, "é.a.b", "a.b", "..", "x" * 10_000):
        assert not teacher.is_cookie(none, now=1000.0)
    teacher.new_key("a key of my own")
    assert not teacher.is_cookie(cookie, now=1000.0), "a key that is set again ends all cookies"


def test_a_damaged_key_lets_nobody_in() -> None:
    key = teacher.new_key()
    cookie = teacher.new_cookie()
    file = esc_home() / "classroom" / "teacher.json"
    stored = json.loads(file.read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESC_HOME", "a\udcffb")
        assert not teacher.is_cookie(cookie)
    for content in ("", "[]", "{}", json.dumps(stored | {"secret": "x"}), json.dumps(stored | {"hash": None})):
        file.write_text(content)
        assert not teacher.is_key(key)
        assert not teacher.is_cookie(cookie)


def knock(door: Door, *, address: str = "10.0.0.1", **form: str) -> Response:
    """Send a form to the door, or ask for its page."""
    body = urlencode(form).encode()
    scope = {
        "type": "http", "method": "POST" if form else "GET", "path": PATH, "headers": [], "query_string": b"",
        "client": (address, 50_000),
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return asyncio.run(door.answer(Request(scope, receive)))


def cookie_of(response: Response) -> str:
    return response.headers.get("set-cookie", "")


def test_the_door_opens_with_the_key_only() -> None:
    """The cookie can't be read by a script, goes over HTTPS only, and is sent to no other site."""
    key, door = teacher.new_key(), Door()
    assert knock(door).status_code == 200
    refused = knock(door, key="wrong")
    assert (refused.status_code, cookie_of(refused)) == (403, "")
    assert b"That is not the key." in refused.body
    entered = knock(door, key=key)
    assert (entered.status_code, entered.headers["location"]) == (303, "/projector")
    name, value = cookie_of(entered).partition(";")[0].split("=", 1)
    said = cookie_of(entered).lower()
    assert all(part in said for part in ("httponly", "secure", "samesite=strict", "path=/", "max-age=43200"))
    assert name == teacher.COOKIE
    assert teacher.is_cookie(value)
    assert key not in cookie_of(entered)
    left = cookie_of(knock(door, leave="1")).lower()
    assert left.startswith('esc_teacher="";')
    assert "max-age=0" in left


def test_the_door_stays_shut_for_those_who_guess() -> None:
    """After ten wrong keys even the right one is not looked at, from there; keys that are too long are not read."""
    key, door = teacher.new_key(), Door()
    assert knock(door, key="x" * MAX_BODY).status_code == 413
    assert [knock(door, key=f"wrong {n}").status_code for n in range(MAX_TRIES)] == [403] * MAX_TRIES
    shut = knock(door, key=key)
    assert (shut.status_code, cookie_of(shut)) == (429, "")
    assert knock(door, address="10.0.0.2", key=key).status_code == 303, "a pupil must not shut the teacher out"


def test_the_door_remembers_so_many_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.classroom.door.MAX_ADDRESSES", 3)
    door = Door()
    for n in range(8):
        knock(door, address=f"10.0.0.{n}", key="wrong")
    assert list(door._wrong) == ["10.0.0.5", "10.0.0.6", "10.0.0.7"]


def test_the_door_opens_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    key, door, now = teacher.new_key(), Door(), 1000.0
    monkeypatch.setattr("ui.classroom.door.time", SimpleNamespace(monotonic=lambda: now))
    for n in range(MAX_TRIES):
        knock(door, key=f"wrong {n}")
    now += 59.9
    assert knock(door, key=key).status_code == 429
    now += 0.2
    assert knock(door, key=key).status_code == 303


def interfaces(monkeypatch: pytest.MonkeyPatch, **by_name: list[str]) -> None:
    """Give this machine other network interfaces; those whose name ends in ``_down`` are not up."""

    def entry(address: str) -> SimpleNamespace:
        return SimpleNamespace(family=socket.AF_INET6 if ":" in address else socket.AF_INET, address=address)

    monkeypatch.setattr(
        psutil, "net_if_addrs", lambda: {name: [entry(a) for a in all_] for name, all_ in by_name.items()}
    )
    stats = {name: SimpleNamespace(isup=not name.endswith("_down")) for name in by_name}
    monkeypatch.setattr(psutil, "net_if_stats", lambda: stats)


def test_the_address_is_the_one_of_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback, link-local, containers and what is down lead nowhere; the room's address comes before a public one."""
    interfaces(
        monkeypatch, lo=["127.0.0.1", "::1"], docker0=["172.17.0.1"], eth0=["8.8.4.4", "fe80::1%eth0", "2001:db8::7"],
        wlan0=["192.168.1.20"], eth1_down=["10.0.0.3"], eth2=["169.254.3.4"],
    )  # fmt: skip
    assert network.addresses() == ["192.168.1.20", "8.8.4.4", "2001:db8::7"]
    assert opened.url() == "https://192.168.1.20:8501"
    assert opened.names()[0] == "192.168.1.20"
    monkeypatch.setenv("ESC_NAMES", "lab.example")
    assert opened.url() == "https://lab.example:8501"
    monkeypatch.setenv("ESC_HTTPS", "proxy")
    assert opened.url() == "https://lab.example"
    assert "192.168.1.20" not in opened.names(), "nobody comes past the proxy"


def test_without_a_network_only_this_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    interfaces(monkeypatch, lo=["127.0.0.1"])
    monkeypatch.setattr("socket.gethostname", lambda: "Desk")
    assert opened.names() == ["desk", "desk.local", "localhost", "127.0.0.1", "::1"]
    assert not opened.leads_here(opened.names())
    monkeypatch.setenv("ESC_NAMES", "lab.example")
    assert opened.leads_here(opened.names())


def test_a_proxy_needs_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESC_HTTPS", "proxy")
    with pytest.raises(ParameterError, match="ESC_NAMES must be the proxy's name where ESC_HTTPS is proxy"):
        opened.names()


def test_the_environment_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """It listens to every address, encrypts, knows its names, makes training give way, and is not told the key."""
    interfaces(monkeypatch, wlan0=["10.1.2.3"])
    monkeypatch.setattr("socket.gethostname", lambda: "desk.school")
    made, key = serve.prepare(new_key=False)
    assert made is not None
    assert key is not None
    given = serve.server_environment({"ESC_TEACHER_KEY": "secret secret", "PATH": "/bin"}, made)
    assert given == {
        "PATH": "/bin", "ESC_CLASSROOM": "1", "ESC_GIVE_WAY": "1", "ESC_LOAD_AHEAD": "1", "ESC_MAX_UPLOAD_MB": "40",
        "STREAMLIT_SERVER_ADDRESS": "0.0.0.0", "STREAMLIT_SERVER_PORT": "8501",
        "STREAMLIT_SERVER_ALLOWED_HOSTS": "10.1.2.3 desk.school localhost 127.0.0.1 ::1",
        "STREAMLIT_SERVER_HEADLESS": "true", "STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE": "true",
        "STREAMLIT_SERVER_SSL_CERT_FILE": str(made.cert_file), "STREAMLIT_SERVER_SSL_KEY_FILE": str(made.key_file),
    }  # fmt: skip
    printed = serve.announcement(made, key)
    assert all(part in printed for part in ("https://10.1.2.3:8501", made.fingerprint, key, "/teacher"))


def test_the_key_is_printed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = serve.prepare(new_key=False)
    assert key is not None
    made, again = serve.prepare(new_key=False)
    assert again is None
    assert "is entered at" in serve.announcement(made, again)
    cookie = teacher.new_cookie()
    _, other = serve.prepare(new_key=True)
    assert other not in (None, key)
    assert not teacher.is_key(key)
    assert not teacher.is_cookie(cookie)
    monkeypatch.setenv("ESC_TEACHER_KEY", "a key of my own")
    assert serve.prepare(new_key=False)[1] is None, "who chose it knows it"
    cookie = teacher.new_cookie()
    serve.prepare(new_key=False)
    assert teacher.is_cookie(cookie), "the same key at the next start"


LISTEN = "0A"
"""State of a socket that listens, in Linux's tables; addresses there are hexadecimal, the last byte first."""

THIS_MACHINE, EVERY_ADDRESS = "0100007F", "00000000"

SERVE = (sys.executable, "-m", "ui.classroom")
RUN = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true")


@contextmanager
def served(tmp_path: Path, *command: str, **variables: str) -> Iterator[tuple[int, int, Path]]:
    """Run a command that starts the app; yield its process id, port and log once it listens."""
    port, log = free_port(), tmp_path / "log.txt"
    given = {**os.environ, "ESC_HOME": str(tmp_path / "home"), "ESC_PORT": str(port), **variables}
    given.setdefault("STREAMLIT_SERVER_PORT", str(port))
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=given, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while process.poll() is None and not listening(process.pid):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            assert process.poll() is None, log.read_text()
            yield process.pid, port, log
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)


def listening(pid: int) -> set[tuple[str, int]]:
    """Return the addresses and ports to which a process listens, in whatever network namespace it is."""
    tables = [Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    own = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    return {
        (address, int(port, 16))
        for address, port in (row[1].split(":") for row in rows if row[3] == LISTEN and f"socket:[{row[9]}]" in own)
    }


def ask(
    port: int, path: str, *, trusted: Path, form: dict[str, str] | None = None, **headers: str
) -> http.client.HTTPResponse:
    """Ask over HTTPS, and trust this one certificate; with a form, send it."""
    context = ssl.create_default_context(cafile=str(trusted))
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)
    if form is None:
        connection.request("GET", path, headers=headers)
    else:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urlencode(form), kind | headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@linux
def test_the_served_app_speaks_https_and_has_a_door(tmp_path: Path) -> None:
    """A client that trusts the certificate is answered under the names that are set; the key works, and only there."""
    with served(tmp_path, *SERVE, ESC_ADDRESS="127.0.0.1", ESC_NAMES="lab.example") as (pid, port, log):
        assert listening(pid) == {(THIS_MACHINE, port)}
        trusted = tmp_path / "home" / "classroom" / "cert.pem"
        assert ask(port, "/_stcore/health", trusted=trusted).status == 200
        page = ask(port, PATH, trusted=trusted, Host="lab.example")
        assert page.status == 200
        assert page.headers["Referrer-Policy"] == "same-origin", "else browsers send the form as from no site"
        assert ask(port, PATH, trusted=trusted, Host="evil.example").status == 403
        assert ask(port, "/_stcore/metrics", trusted=trusted).status == 404
        found = re.search(r"shown only now: (\S+)", log.read_text())
        assert found
        key = {"key": found[1]}
        entered = ask(port, PATH, trusted=trusted, form=key, Host="lab.example", Origin="https://lab.example")
        assert entered.status == 303
        assert "HttpOnly" in (entered.headers["Set-Cookie"] or "")
        abroad = ask(port, PATH, trusted=trusted, form=key, Origin="https://evil.example")
        assert abroad.status == 403, "another site can't try keys"


@linux
def test_by_default_the_app_listens_to_this_machine_only_and_has_no_door(tmp_path: Path) -> None:
    """As `make run` starts it: with the project's own settings."""
    with served(tmp_path, *RUN) as (pid, port, log):
        assert listening(pid) == {(THIS_MACHINE, port)}
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{PATH}", timeout=60) as answer:
            assert b'name="key"' not in answer.read(), "Streamlit's own page for what is not there"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/metrics", timeout=60)
        assert "No runtime found" not in log.read_text(), "a page's module was imported before the server was there"


@linux
def test_opened_it_listens_to_every_address(tmp_path: Path) -> None:
    """Looked at inside a network namespace of its own, out of which nothing leads."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, timeout=30).returncode:
        pytest.skip("this system lets nobody make a network namespace (unshare -rn)")
    with served(tmp_path, unshare, "-rn", *SERVE) as (pid, port, _):
        assert listening(pid) == {(EVERY_ADDRESS, port)}
