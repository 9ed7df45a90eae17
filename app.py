"""ESC-50 Sound Lab: explore, hear, and classify environmental sounds. Start with ``streamlit run app.py``.

Streamlit imports this file once for `app`, the server; then it runs it as a script for each visitor and each change.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

if __name__ != "__main__":
    from esc_core.libraries import prepare_numba
    from ui.frame.guard import Guard
    from ui.frame.start import lifespan, prepare_server, routes
    from ui.frame.uploads import UploadLimit

    prepare_server()
    prepare_numba()  # before any page imports librosa
    middleware = [Middleware(Guard), Middleware(UploadLimit)]
    app = st.App(__file__, middleware=middleware, routes=routes(), lifespan=lifespan)
else:
    from ui import dialog, memory, state
    from ui.classroom.rights import in_class
    from ui.frame import seats
    from ui.frame.navigation import PAGES

    # a file of our own: for a Material symbol the browser would ask another machine
    icon = Path(__file__).parent / "assets" / "pictures" / "icon.png"
    st.set_page_config(page_title="ESC-50 Sound Lab", page_icon=icon, layout="wide")
    st.html(Path(__file__).parent / "ui" / "theme.css")

    first = next(iter(PAGES.values()))
    pages = [
        st.Page(page.file, title=page.title, icon=page.symbol, help=page.summary, default=page is first)
        for page in PAGES.values()
        if in_class() or not page.for_class
    ]
    page = st.navigation(pages, position="top")
    state.enter(page.url_path)
    dialog.forget()
    memory.free_with_session()
    if not seats.has_seat():
        seats.show_full()
        st.stop()
    try:
        page.run()
    finally:
        memory.spare_libraries()
