"""How people get in: address and QR code, large, and how a phone comes to trust the certificate."""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError
from ui.classroom import opened
from ui.classroom.certificate import read_certificate
from ui.literal import literal, show_error

QR_PIXELS = 360


def show_way_in() -> None:
    """Show the address, its QR code and the fingerprint."""
    try:
        url = opened.url()
        names = opened.names()
    except EscError as error:
        show_error(error)
        return
    left, right = st.columns([2, 3], gap="large", vertical_alignment="center")
    with left:
        st.image(opened.qr_png(url), width=QR_PIXELS, alt=f"QR code of {url}")
        st.caption("The QR code holds this address.")
    with right:
        st.html(f"<style>.st-key-address p {{ font-size: {'1.6rem' if len(url) > 32 else '2.4rem'}; }}</style>")
        with st.container(key="address"):
            st.markdown(f"**{literal(url)}**")
        st.markdown("Scan the code with the camera of your phone, or type the address, in the same network.")
        if not opened.leads_here(names):
            st.warning("This computer has no address on a network. Connect it first.", icon=":material/wifi_off:")
        elif names[0] not in st.get_option("server.allowedHosts"):
            st.warning(
                "This computer's address has changed since the app was started. Start it again with `make serve`.",
                icon=":material/sync_problem:",
            )
        _trust()


def _trust() -> None:
    certificate = read_certificate() if opened.encrypts_itself() else None
    if certificate is None:
        return
    st.markdown(
        "**Your browser warns you once.** This computer made its certificate itself, so no authority has signed it. "
        "Compare the fingerprint, then choose *Advanced* and go on (iPhone: *Show details*, *visit this website*)."
    )
    digits = certificate.fingerprint
    st.code(f"SHA-256\n{digits[:48]}\n{digits[48:]}", language=None, wrap_lines=True)
    with st.popover("Why, and how to compare?", icon=":material/lock:"):
        st.markdown(
            "A browser opens the microphone only if the connection is encrypted: HTTPS. A certificate says with whom. "
            "A computer in a classroom has no name that an authority could confirm, so it makes a certificate of its "
            "own. The fingerprint is a short form of that certificate: if it is the same on your phone as here, nobody "
            "stands between the two."
        )
        st.markdown(
            "- **Chrome, Edge (also on Android):** tap the warning sign beside the address, then *Certificate "
            "details*, and look for *SHA-256*.\n"
            "- **Firefox:** on the warning choose *Advanced*, then *View Certificate*.\n"
            "- **Safari:** choose *Show details*, then *view the certificate*."
        )
        st.markdown("If the fingerprints differ, close the page and tell your teacher.")
