"""What is said of an exchange that broke: a part of a sentence, without any text from below."""

from __future__ import annotations

import ssl

import httpx2


def reason(error: httpx2.TransportError) -> str:
    """What went wrong, in our words."""
    match error:
        case httpx2.ConnectTimeout():
            return "did not accept the connection in time"
        case httpx2.ConnectError():
            tls = _tls_error(error)
            if isinstance(tls, ssl.SSLCertVerificationError):
                return f"has a certificate that cannot be trusted ({tls.verify_message})"
            return "does not speak TLS as it should" if tls else "does not accept connections"
        case httpx2.RemoteProtocolError():
            return "closed the connection or did not speak HTTP"
        case httpx2.ReadTimeout() | httpx2.ReadError():
            return "stopped answering"
        case httpx2.WriteTimeout() | httpx2.WriteError():
            return "stopped reading"
        case _:
            return "could not be talked to"


def _tls_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__  # the pool cuts the cause off
    return None
