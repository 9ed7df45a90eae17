"""A small app that tests/test_visitor.py visits: a slider in a fragment, an uploader, an error, a text, three pages."""

import streamlit as st


@st.fragment
def half() -> None:
    value = st.slider("Value", 0, 10, 5)
    st.button(f"half of {value} is {value / 2}")


def first() -> None:
    half()
    file = st.file_uploader("Sound")
    st.button(f"{len(file.getvalue())} bytes" if file else "no file")
    if st.button("Break"):
        raise ValueError("broken")


def second() -> None:
    st.error("It can't be read.")


def third() -> None:
    words = st.text_input("Words")
    st.button(f"{len(words)} letters")


st.navigation([st.Page(page, title=page.__name__.title()) for page in (first, second, third)]).run()
