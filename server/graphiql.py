"""The GraphiQL page and its files, served from the package itself under a strict Content-Security-Policy."""

import gzip
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

DIST = Path(__file__).with_name("graphiql") / "dist"

# What the build puts where the nonce of an answer belongs (vite.config.ts).
NONCE_MARK = "{{nonce}}"

# Only these are served: a file of any other kind has no business in the folder.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
}

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def content_security_policy(nonce: str | None = None) -> str:
    """Nothing from anywhere else, and no script that is not a file of ours.

    The editor writes its own style sheets as it runs (hence the nonce, which the page's first script puts on them) and
    draws each line as markup with positions in ``style`` attributes, which no nonce can cover. A worker takes its
    policy from its own file's answer, so files carry one too.
    """
    sheets = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "worker-src 'self'",
            "connect-src 'self'",
            "font-src 'self'",
            "img-src 'self' data:",
            f"style-src-elem {sheets}",
            "style-src-attr 'unsafe-inline'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


@dataclass(frozen=True, slots=True)
class Asset:
    """A built file, read once: what is asked for later can only be one of these, never another path."""

    body: bytes
    packed: bytes
    media_type: str
    etag: str


@cache
def assets() -> Mapping[str, Asset]:
    found = {}
    for path in sorted(DIST.iterdir()):
        if media_type := MEDIA_TYPES.get(path.suffix):
            body = path.read_bytes()
            found[path.name] = Asset(
                body=body,
                packed=gzip.compress(body, compresslevel=6, mtime=0),
                media_type=media_type,
                etag=hashlib.sha256(body).hexdigest()[:32],
            )
    return found


@cache
def page_template() -> str:
    return (DIST / "index.html").read_text(encoding="utf-8")


async def page(request: Request) -> Response:
    """Each answer has a nonce of its own, so no cache may keep it; it is under a kilobyte."""
    nonce = secrets.token_urlsafe(18)
    return Response(
        page_template().replace(NONCE_MARK, nonce),
        media_type="text/html; charset=utf-8",
        headers=SECURITY_HEADERS
        | {"Content-Security-Policy": content_security_policy(nonce), "Cache-Control": "no-store"},
    )


def file(request: Request) -> Response:
    """File names stay the same from one build to the next: a browser asks whether its copy is still good.

    Not a coroutine, so it runs in a thread: packing the files takes a quarter of a second, the first time.
    """
    asset = assets().get(request.path_params["name"])
    if asset is None:
        return Response("Not Found", 404, media_type="text/plain", headers=SECURITY_HEADERS)
    packed = accepts_gzip(request.headers)
    etag = f'"{asset.etag}-gz"' if packed else f'"{asset.etag}"'
    headers = SECURITY_HEADERS | {
        "Content-Security-Policy": content_security_policy(),
        "Cache-Control": "no-cache",
        "ETag": etag,
        "Vary": "Accept-Encoding",
    }
    if still_fresh(request, etag):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(asset.packed if packed else asset.body, media_type=asset.media_type, headers=headers)


def accepts_gzip(headers: Headers) -> bool:
    for offer in headers.get("accept-encoding", "").lower().split(","):
        coding, _, quality = offer.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return quality.strip("0.") != "" or quality == ""
    return False


def still_fresh(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in known.split(","))


def graphiql_routes() -> list[BaseRoute]:
    """For the application to mount: the page at ``/`` and what it loads under ``/graphiql/``."""
    return [
        Route("/", page, methods=["GET"], name="graphiql"),
        Route("/graphiql/{name}", file, methods=["GET"], name="graphiql_file"),
    ]
