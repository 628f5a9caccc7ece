"""What every answer carries and no answer carries: headers, no server name, no cookie, no trace.

Nothing is kept by the browser (``no-store``), nothing is loaded from elsewhere, nobody is told
where the visitor came from, and an error never repeats what was sent.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from bot.handlers import pages
from bot.privacy import log

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": ("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noarchive",
}

CODES = {404: "not_found", 405: "not_allowed", 413: "too_large", 415: "not_json", 429: "busy"}


def protect(app: web.Application) -> None:
    """Give every answer of the application these headers, and every error a calm answer."""
    app.on_response_prepare.append(_headers)
    app.middlewares.append(_calm)
    web.RequestHandler.handle_error = _bare  # type: ignore[method-assign, assignment]


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.popall(hdrs.SERVER, None)


@web.middleware
async def _calm(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except pages.RefusedError as refused:
        return pages.refusal(request, refused.status, refused.code)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = pages.refusal(request, error.status, CODES.get(error.status, "invalid"))
        if hdrs.ALLOW in error.headers:
            answer.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
        return answer
    except web.RequestPayloadError:  # a body that is not what its headers say
        return pages.refusal(request, 400, "invalid")
    except Exception as error:  # whatever it is, the visitor gets a way on and the log no words
        log.failure("web_failed", error)
        return pages.refusal(request, 500, "failed")


def _bare(
    handler: web.RequestHandler,
    request: web.BaseRequest,
    status: int = 500,
    exc: BaseException | None = None,
    message: str | None = None,
) -> web.Response:
    """Answer what is no HTTP, which reaches no application: without its words and ours.

    aiohttp would repeat what was sent, name itself, and log each scan of a port.
    """
    if exc is not None and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.failure("web_failed", exc)
    if request.writer.output_size > 0:
        raise ConnectionError("the answer had begun")
    answer = web.Response(status=status, text=HTTPStatus(status).phrase, headers=HEADERS)
    answer.headers[hdrs.SERVER] = ""
    answer.force_close()
    return answer
