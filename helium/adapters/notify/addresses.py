"""Which addresses a webhook may reach: those of the internet, and those that this machine's environment allows.

`helium.yaml` says where calls go, and whoever may write it must not reach what only this machine can: the metadata of
its cloud, services of its network. So a name is looked up once, every address that it has is judged, and the call goes
to the one that was judged. The metadata's own addresses are refused always.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
_NEVER = (ip_network("169.254.0.0/16"), ip_network("fe80::/10"), ip_network("fd00:ec2::/32"))
_NAT64 = ip_network("64:ff9b::/96")


class AddressRefusedError(Exception):
    """An address that no call goes to. The text says why, and never what is there."""


def judged(host: str, port: int, *, allowed: Iterable[str], plain: bool) -> str:
    """The address to connect to. `plain`: over http, which only an allowed network may see.

    `AddressRefusedError`, or `OSError` where nobody knows the name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [_inner(ip_address(str(each[4][0]).partition("%")[0])) for each in found]
    networks = [ip_network(each) for each in allowed]
    for address in addresses:
        _refuse(host, address, networks=networks, plain=plain)
    return str(found[0][4][0])


def _refuse(host: str, address: Address, *, networks: Iterable[Network], plain: bool) -> None:
    if any(address in each for each in _NEVER):
        raise AddressRefusedError(f"{host} is an address of this machine's own network, where no call goes")
    if any(address in each for each in networks):
        return
    if not address.is_global or address.is_multicast:
        why = f"{host} is in a private network; HELIUM_NOTIFY_NETWORKS in the environment may allow it"
        raise AddressRefusedError(why)
    if plain:
        raise AddressRefusedError(f"http sends in the clear what {host} is told; write https")


def _inner(address: Address) -> Address:
    """The address that one of the other family stands for."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
