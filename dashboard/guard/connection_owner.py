"""Who owns the other end of a local connection: the kernel's own list, /proc/net/tcp and tcp6 (proc(5)). Linux only."""

import os
import struct
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

End = tuple[str, int]

TABLES = {4: Path("/proc/net/tcp"), 6: Path("/proc/net/tcp6")}


def can_tell() -> bool:
    """Say whether this system lists the owners of its connections."""
    return os.access(TABLES[4], os.R_OK)


def is_ours(client: End, server: End) -> bool:
    """Say whether the client's end of a connection to us is for certain a socket of our own user."""
    owner = owner_of(client, server)
    return owner is not None and owner == os.geteuid()


def owner_of(client: End, server: End) -> int | None:
    """Return the user id that owns the client's end; None where the kernel lists none: another machine, closed."""
    for version, table in TABLES.items():
        ends = [_as_listed(end, version) for end in (client, server)]
        if None in ends or not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            # A socket that its process has closed stays listed for a while, with inode 0 and owner 0: not root's.
            if fields[1:3] == ends and fields[9] != "0":
                return int(fields[7])
    return None


def _as_listed(end: End, version: int) -> str | None:
    """Write an end as the kernel does: 32-bit words in this machine's byte order, then the port."""
    try:
        address = ip_address(end[0])
    except ValueError:
        return None
    if address.version > version:
        return None
    if isinstance(address, IPv4Address) and version == 6:
        address = IPv6Address(f"::ffff:{address}")
    words = struct.unpack(f">{len(address.packed) // 4}I", address.packed)
    return "".join(word.to_bytes(4, sys.byteorder).hex().upper() for word in words) + f":{end[1]:04X}"
