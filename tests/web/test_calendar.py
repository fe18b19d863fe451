"""An administrator publishes a year's holidays on a page."""

from __future__ import annotations

import pytest

from app.bootstrap import Application
from tests.web.conftest import PASSWORD


@pytest.fixture
def guanli(product: Application, browser):
    made = product.administration.create_user(None, account="guanli", name="马骏", password=PASSWORD)
    office = product.administration.create_organisation(None, name="大数据中心", short_name="中心", kind="authority")
    product.administration.grant_role(None, made.user_id, org_id=office, role="administrator")
    browser.sign_in("guanli")
    return browser


def test_a_published_year_is_counted_by(guanli, product: Application):
    answer = guanli.post(
        "/admin/calendar",
        page="/admin/calendar",
        year="2031",
        notice_no="国办发明电〔2030〕9号",
        off="2031-01-01 元旦\n2031-01-02 元旦",
        make_up="2031-01-04",
    )
    assert answer.status_code == 302
    page = guanli.get("/admin/calendar").get_data(as_text=True)
    assert "没有需要重新计算的暂定期限" in page
    assert "国办发明电〔2030〕9号" in page
    assert "2031-01-02 元旦" in page
    _, calendar = product.now_and_calendar()
    assert 2031 in calendar.published


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"year": "明年"}, "四位年份"),
        ({"year": "2031", "off": "元旦"}, "不是日期"),
        ({"year": "2031", "off": "2031-02-30"}, "不是日期"),
        ({"year": "2031", "off": "2030-01-01"}, "请填写放假安排通知的文号"),
        ({"year": "2031", "off": "2030-01-01", "notice_no": "国办发明电〔2030〕9号"}, "日期不在2031年"),
    ],
)
def test_a_wrong_notice_is_refused_and_stays_typed(guanli, product: Application, fields, words):
    answer = guanli.post("/admin/calendar", page="/admin/calendar", **fields)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert words in page
    assert fields["year"] in page
    assert 2031 not in product.now_and_calendar()[1].published
