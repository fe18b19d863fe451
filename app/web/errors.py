"""Errors as people see them: a Chinese page or, for scripts, JSON; never a stack trace."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

import structlog
from flask import Flask, jsonify, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.kernel.errors import Invalid, TooMany, YichengError
from app.web.current import wants_json

_log = structlog.get_logger("yicheng.web")

_TITLES = {
    400: "请求有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不能这样访问",
    409: "内容已有变化",
    413: "内容过大",
    415: "不支持的文件类型",
    422: "填写有误",
    429: "操作过于频繁",
    500: "系统出错了",
    503: "系统繁忙",
}
_MESSAGES = {
    400: "浏览器发来的请求不完整，请返回上一页重试。",
    404: "没有这个页面，或者您无权查看。",
    405: "这个地址不能直接打开，请从页面上的链接或按钮进入。",
    413: "提交的内容超过上限，单个附件不得超过 50 MB。",
    429: "操作过于频繁，请稍后再试。",
}
_PLAIN = Markup(
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>'
    "<h1>{title}</h1><p>{message}</p><p>{incident}</p></html>"
)
_EXPIRED = "页面停留过久或已重新登录，本次提交没有保存。请返回上一页，刷新后重新提交。"


def init_app(flask: Flask) -> None:
    flask.register_error_handler(YichengError, _refused)
    flask.register_error_handler(CSRFError, lambda error: _answer(400, _EXPIRED))
    flask.register_error_handler(RateLimitExceeded, lambda error: _answer(429, _MESSAGES[429]))
    flask.register_error_handler(HTTPException, _http)
    flask.register_error_handler(Exception, _unexpected)


def _refused(error: YichengError) -> Response:
    response = _answer(error.status, error.message, fields=dict(error.fields) if isinstance(error, Invalid) else None)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # noqa: PLR2004 - a redirect is an answer, not an error
        return error.get_response()
    response = _answer(status, _MESSAGES.get(status, "请求没有完成，请返回上一页重试。"))
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _unexpected(error: Exception) -> Response:
    """Anything that nobody foresaw: logged in full under a number that the person can tell the administrator."""
    incident = secrets.token_hex(4).upper()
    _log.error("unexpected error", incident=incident, route=str(request.url_rule), exc_info=error)
    return _answer(500, "本次操作没有完成，也没有保存。请把下面的编号告诉系统管理员。", incident=incident)


def _answer(
    status: int, message: str, *, fields: dict[str, str] | None = None, incident: str | None = None
) -> Response:
    title = _TITLES.get(status, "请求没有完成")
    if wants_json():
        facts = {"error": message, "fields": fields, "incident": incident}
        answer: Response = jsonify({name: fact for name, fact in facts.items() if fact})
    else:
        page = _page(title, message, fields=fields or {}, incident=incident)
        answer = Response(page, content_type="text/html; charset=utf-8")
    answer.status_code = status
    return answer


def _page(title: str, message: str, *, fields: Mapping[str, str], incident: str | None) -> str:
    try:
        return render_template("error.html", title=title, message=message, fields=fields.values(), incident=incident)
    except Exception as error:  # noqa: BLE001 - whatever broke the frame, such as a database that is gone
        _log.error("error page without its frame", exc_info=error)
        return _PLAIN.format(title=title, message=message, incident=incident or "")
