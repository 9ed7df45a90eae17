"""What is made and said before the app is opened: certificate, key, the server's environment, the announcement."""

from __future__ import annotations

from collections.abc import Mapping

from esc_core.config import environment, esc_home, home_fault
from esc_core.disk.files import reason
from esc_core.errors import ParameterError
from ui.classroom import opened, teacher
from ui.classroom.certificate import Certificate, own_certificate
from ui.classroom.door import PATH

CLASS_UPLOAD_MB = "40"
"""Megabytes that each of a class may have uploaded, unless the user has set it: forty sounds of ten seconds. Thirty
people who upload as much as they may take 1.2 GB, which a laptop has."""


def prepare(*, new_key: bool) -> tuple[Certificate | None, str | None]:
    """Check the settings, and make certificate and key where they are missing.

    Parameters
    ----------
    new_key : bool
        Whether another teacher key is made although there is one.

    Returns
    -------
    certificate : Certificate or None
        None behind a proxy, which has its own.
    key : str or None
        The key that was just made, which nobody can find out later; None if there was one, or a person chose it.

    Raises
    ------
    ParameterError
        If a setting is wrong, or ESC_HOME can't be written.
    """
    environment.check_environment()
    if fault := home_fault():
        raise ParameterError(fault)
    own = environment.HTTPS.value() == "own"
    certificate = own_certificate(opened.names()) if own else None
    chosen = environment.TEACHER_KEY.value()
    try:
        if chosen is not None:
            if not teacher.is_key(chosen):  # else cookies that were given out would end with each start
                teacher.new_key(chosen)
            return certificate, None
        return certificate, teacher.new_key() if new_key or not teacher.has_key() else None
    except OSError as error:
        raise ParameterError(f"no teacher key can be stored in {esc_home()}: {reason(error)}") from error


def server_environment(given: Mapping[str, str], certificate: Certificate | None) -> dict[str, str]:
    """Return the environment in which Streamlit's server is started.

    Parameters
    ----------
    given : mapping of str to str
        This process's.
    certificate : Certificate or None
        With which the server encrypts.
    """
    variables = dict(given)
    variables.pop(environment.TEACHER_KEY.name, None)  # the server knows its hash
    variables.setdefault(environment.GIVE_WAY.name, "1")
    variables.setdefault(environment.LOAD_AHEAD.name, "1")
    variables.setdefault(environment.MAX_UPLOAD_MB.name, CLASS_UPLOAD_MB)
    variables |= {
        environment.CLASSROOM.name: "1",
        "STREAMLIT_SERVER_ADDRESS": opened.bound_address(),
        "STREAMLIT_SERVER_PORT": str(environment.PORT.value(given)),
        "STREAMLIT_SERVER_ALLOWED_HOSTS": " ".join(opened.names()),
        "STREAMLIT_SERVER_HEADLESS": "true",
        "STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE": "true",
    }
    if certificate is not None:
        variables["STREAMLIT_SERVER_SSL_CERT_FILE"] = str(certificate.cert_file)
        variables["STREAMLIT_SERVER_SSL_KEY_FILE"] = str(certificate.key_file)
    return variables


def announcement(certificate: Certificate | None, key: str | None) -> str:
    """Return what is printed before the server starts."""
    url = opened.url()
    lines = ["The app is open to everybody who reaches this address:", "", f"    {url}", "", opened.qr_text(url)]
    if certificate is not None:
        lines += [
            "Browsers warn once, because no authority has signed the certificate. Its SHA-256 fingerprint:",
            f"    {certificate.fingerprint}",
            "",
        ]
    if key is not None:
        lines += [f"The teacher's key, which is shown only now: {key}", f"It is entered at {url}{PATH}", ""]
    else:
        lines += [f"The teacher's key is entered at {url}{PATH}; --new-key makes another one.", ""]
    return "\n".join(lines)
