"""The lists of the inbox: 待办, 已办, 我发起."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request

from app.kernel.errors import Missing
from app.web.current import identity, product

inbox = Blueprint("inbox", __name__, url_prefix="/inbox")

VIEWS: Final = {"open": "待办", "mine": "我领取的", "done": "已办", "started": "我发起"}
_EMPTY: Final = {
    "open": ("没有待办事项。", "分到您岗位的事项会出现在这里。"),
    "mine": ("没有您已领取、尚未办结的事项。", "在“待办”里打开一件事项，点“领取”后它会列在这里。"),
    "done": ("还没有办结的事项。", "您提交过的事项会列在这里，随时可以查看填报内容。"),
    "started": ("您还没有发起过项目。", "申报单位在“项目库”点“登记新项目”即可开始申报。"),
}


@inbox.get("/<view>")
def list_tasks(view: str) -> str:
    if view not in VIEWS:
        raise Missing("没有这个页面。")
    text = request.args.get("q", "").strip()[:100]
    open_count, mine_count = product().case_views.counts(identity())
    return render_template(
        "inbox/list.html",
        view=view,
        views=VIEWS,
        counts={"open": open_count, "mine": mine_count},
        text=text,
        empty=_EMPTY[view],
        page=_readers()[view](identity(), text=text, after=request.args.get("after")),
    )


def _readers() -> Mapping[str, Callable[..., Any]]:
    views = product().case_views
    return {
        "open": views.open_tasks,
        "mine": views.claimed_tasks,
        "done": views.done_tasks,
        "started": views.started_cases,
    }
