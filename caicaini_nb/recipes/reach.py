"""Whether a base can be reached at all: its name, its port, its certificate, and whether what answers there is an API.

Each check returns what it found in a few words, or raises `ConnectionFailedError` or `ConfigurationError`. It sends no
key.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import closing
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from ..config import proxy_for
from ..errors import ConfigurationError, ConnectionFailedError

__all__ = ["check_connection", "check_is_api", "check_name", "check_tls", "with_or_without", "wrong_base"]

SECONDS = 10.0


def check_name(base: str) -> str:
    """DNS: the addresses of the base's host."""
    if proxy := proxy_for(base):
        return f"left to the proxy {urlsplit(proxy).hostname}"
    host, port = _address(base)
    try:
        found = sorted({str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except (socket.gaierror, UnicodeError):
        raise ConnectionFailedError(
            f"The name {host} is not known to your network", action="Check the base for a typing mistake, and your DNS."
        ) from None
    return ", ".join(found[:3])


def check_connection(base: str) -> str:
    """TCP: whether anybody listens there."""
    host, port = _proxied(base)
    try:
        with closing(socket.create_connection((host, port), SECONDS)):
            return f"{host} listens on {port}"
    except OSError as error:
        cause = f"Nobody answers at {host}, port {port}: {error.strerror or error}"
    raise ConnectionFailedError(cause, action="Check port, firewall and proxy; a local server must be running.")


def check_tls(base: str) -> str:
    """TLS: whether the certificate is good, by your system's authorities."""
    if urlsplit(base).scheme == "http":
        return "not used: this machine only"
    if proxy_for(base):
        return "left to the proxy"
    host, port = _address(base)
    try:
        with closing(socket.create_connection((host, port), SECONDS)) as plain:
            with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure:
                return secure.version() or "TLS"
    except ssl.SSLCertVerificationError as error:
        cause = f"The certificate of {host} is not trusted here: {error.verify_message}"
    except OSError as error:  # ssl.SSLError is one
        cause = f"No secure connection to {host}: {error.strerror or error}"
    raise ConnectionFailedError(
        cause, action="Check the clock of this machine, and what a company proxy puts in between."
    )


def check_is_api(base: str) -> str:
    """Whether an API answers: without a key it says 401 as JSON. A missing `/v1` and a web page are told apart."""
    status, kind = _asked(base)
    if status == 404:
        if _asked(with_or_without(base))[0] in (200, 401, 403):
            raise wrong_base(base)
        _no_api(base, f"{base}/models is not there (404)")
    if "html" in kind:
        _no_api(base, f"{base} answers with a web page, not as an API")
    if "json" not in kind and status < 500:
        _no_api(base, f"{base} answers with {kind or 'nothing that has a type'}, not as an API")
    return f"an API answers there ({status})"


def with_or_without(base: str) -> str:
    """The base without its `/v1`, or with one."""
    return base.removesuffix("/v1") if base.endswith("/v1") else f"{base}/v1"


def wrong_base(base: str) -> ConfigurationError:
    """The error for a base that would be right with or without a `/v1`."""
    said = "has a /v1 too much" if base.endswith("/v1") else "has no /v1"
    return ConfigurationError(f"The base {said}", action=f"Use {with_or_without(base)}.")


def _asked(base: str) -> tuple[int, str]:
    """Status and content type of `GET base/models` without a key; redirects are not followed."""
    parts = urlsplit(base)
    connection = _connection(parts)
    try:
        connection.request("GET", f"{parts.path}/models", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("content-type", "")
    except (OSError, http.client.HTTPException) as error:
        cause = f"What answers at {parts.netloc} does not speak HTTP: {error or type(error).__name__}"
    finally:
        connection.close()
    raise ConnectionFailedError(cause, action="Check host and port of the base.")


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    proxy = proxy_for(parts.geturl())
    if proxy is None:
        return kind(parts.hostname or "", parts.port, timeout=SECONDS)
    through = urlsplit(proxy)
    connection = kind(through.hostname or "", through.port or 80, timeout=SECONDS)
    connection.set_tunnel(parts.hostname or "", parts.port)
    return connection


def _no_api(base: str, cause: str) -> NoReturn:
    raise ConfigurationError(cause, action="Set the base to the API's own address, which ends in /v1.")


def _address(base: str) -> tuple[str, int]:
    parts = urlsplit(base)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _proxied(base: str) -> tuple[str, int]:
    proxy = proxy_for(base)
    return _address(proxy) if proxy else _address(base)
