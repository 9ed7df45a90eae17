"""The names and addresses of this machine on its network; nobody is asked for them."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

import psutil

VIRTUAL = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "tun", "tap", "wg", "utun", "zt", "tailscale")
"""Beginnings of the names of network interfaces that lead to no other machine in the room."""

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
"""Names of this machine that only itself knows."""


def addresses() -> list[str]:
    """Return this machine's addresses, the one that others in the room probably reach first."""
    found = dict.fromkeys(_addresses())
    return sorted(found, key=_rank)


def _addresses() -> Iterator[str]:
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    for name, entries in psutil.net_if_addrs().items():
        if name not in up or name.startswith(VIRTUAL):
            continue
        for entry in entries:
            if entry.family in (socket.AF_INET, socket.AF_INET6) and _leads_here(entry.address):
                yield entry.address


def _leads_here(address: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    return not (one.is_loopback or one.is_link_local or one.is_unspecified)


def _rank(address: str) -> tuple[bool, bool]:
    one = ipaddress.ip_address(address)
    return one.version == 6, not one.is_private


def own_names() -> list[str]:
    """Return the names under which other machines may know this one: its host name, and that with ``.local``."""
    name = socket.gethostname().lower()
    return [name] if "." in name else [name, f"{name}.local"]


def is_address(name: str) -> bool:
    """Return whether a name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def in_url(name: str) -> str:
    """Return a name or an address as it stands in a URL; IPv6 has brackets there."""
    return f"[{name}]" if ":" in name else name
