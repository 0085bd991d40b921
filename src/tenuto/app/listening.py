"""The socket that we are reached at, opened before anything else, so that a port in use costs no start."""

from __future__ import annotations

import errno
import socket

from tenuto.core.errors import Misconfigured

_backlog = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `Misconfigured` with a sentence for a port in use, and for a host that is not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror as error:
        raise Misconfigured(f"{host} is not an address of this machine: {error.strerror}.", fix="Correct TENUTO_HOST or --host.") from None
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(_backlog)
    except OSError as error:
        opened.close()
        raise _refused(host, port, error) from None
    opened.set_inheritable(False)
    return opened


def _refused(host: str, port: int, error: OSError) -> Misconfigured:
    other = f"tenuto serve --port {port + 1 if 0 < port < 65535 else 8400}"
    match error.errno:
        case errno.EADDRINUSE:
            return Misconfigured(f"Port {port} of {host} is in use.", fix=f"Stop what uses it, or choose another: {other}.")
        case errno.EACCES:
            return Misconfigured(f"Port {port} may only be used by root.", fix=f"Choose another: {other}.")
        case _:
            return Misconfigured(f"{host}:{port} cannot be listened at: {error.strerror}.", fix="Correct TENUTO_HOST or --host.")
