"""The view of the packages that the app runs on, by family of licence."""

from __future__ import annotations

import streamlit as st

from esc_core.escape import for_markdown
from esc_core.words import counted
from ui.about.licences import Package, by_family


@st.cache_data(max_entries=1, show_spinner=False)
def _by_family() -> dict[str, list[Package]]:
    return by_family()


def show_packages() -> None:
    """Show all packages by family of licence; those that the app asks for itself are bold."""
    families = _by_family()
    n = sum(map(len, families.values()))
    st.markdown(
        f"The app runs on {counted(n, 'package', 'packages')} of others. It asks for those in bold itself, and the "
        "others come along with them. Name, version and licence are what each package says of itself on this computer."
    )
    for family, packages in families.items():
        with st.expander(f"{family} – {counted(len(packages), 'package', 'packages')}"):
            st.markdown("\n".join(f"- {_line(package)}" for package in packages))


def _line(package: Package) -> str:
    name = for_markdown(package.name)
    licence = for_markdown(package.licence) or "no licence is named in its metadata"
    return f"{f'**{name}**' if package.asked else name} {for_markdown(package.version)} · {licence}"
