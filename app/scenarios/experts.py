"""The pool of experts of the district: some of them with an interest that keeps them away from certain projects."""

from __future__ import annotations

from typing import Final

from app.features.experts.usecases import Experts
from services.experts import Expert

POOL: Final = (
    Expert("秦怀远", "枣庄学院信息科学与工程学院", "technology", "0632-3780001"),
    Expert("卢文涛", "滕州市大数据中心", "technology", "0632-5580002"),
    Expert("姚志坚", "山东省计算中心", "technology", "0531-82600003"),
    Expert("戚小玲", "市中区行政审批服务局", "technology", "0632-3080004"),
    Expert("范长青", "峄城区教育和体育局信息中心", "technology", "0632-7710005"),
    Expert("万立新", "枣庄智云科技有限公司", "technology", "0632-8650006"),
    Expert("耿晓东", "枣庄市公安局网安支队", "security", "0632-3650007"),
    Expert("柏雪峰", "山东省网络安全测评中心", "security", "0531-82600008"),
    Expert("霍建华", "枣庄市委网信办", "security", "0632-3310009"),
    Expert("欧阳静", "枣庄职业学院", "security", "0632-8628010", ("山东浪涛信息技术有限公司",)),
    Expert("祝春兰", "枣庄正信会计师事务所", "cost", "0632-3320011"),
    Expert("冉启明", "枣庄市财政投资评审中心", "cost", "0632-3350012"),
    Expert("尚文清", "齐鲁评审", "cost", "0531-82600013"),
    Expert("游海波", "枣庄市工业和信息化局", "management", "0632-3340014"),
    Expert("翟玉梅", "薛城区大数据中心", "management", "0632-4480015"),
    Expert("桂长生", "枣庄市政府办公室（退休）", "management", "0632-3310016", ("鲁南工程咨询有限公司",)),
)


def fill_pool(experts: Experts) -> None:
    """Enter the pool into a system that has none of it yet."""
    for expert in POOL:
        experts.add(None, expert)
