"""The district as scenarios and the demonstration know it: offices, building units, firms, and who works there.

The offices and units are public bodies of 峄城区; the firms and all people are made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.features.identity.administration import Administration
from app.features.identity.passwords import initial_password


@dataclass(frozen=True)
class Person:
    """Someone who signs in. `roles` are those he has at his organisation."""

    account: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Body:
    """An organisation and its people; `offices` are the roles of an office that it holds for every case."""

    name: str
    short_name: str
    kind: str
    people: tuple[Person, ...]
    offices: tuple[str, ...] = ()


def _office(name: str, short_name: str, *people: Person) -> Body:
    """An authority that holds every office its people have a role of."""
    return Body(name, short_name, "authority", people, tuple(dict.fromkeys(role for p in people for role in p.roles)))


def _unit(name: str, short_name: str, code: str, clerk: str, head: str) -> Body:
    people = (Person(f"{code}-jb", clerk, ("applicant",)), Person(f"{code}-fz", head, ("applicant-lead",)))
    return Body(name, short_name, "applicant", people)


def _firm(name: str, short_name: str, role: str, account: str, person: str) -> Body:
    return Body(name, short_name, role, (Person(account, person, (role,)),))


BODIES: Final = (
    _office(
        "峄城区人民政府办公室（大数据局）",
        "区大数据局",
        Person("dsj-sunmin", "孙敏", ("data-bureau",)),
        Person("dsj-liuyang", "刘洋", ("data-bureau",)),
        Person("dsj-zhaolei", "赵磊", ("data-bureau-lead",)),
    ),
    _office(
        "峄城区财政局",
        "区财政局",
        Person("czj-wangfang", "王芳", ("finance",)),
        Person("czj-lijing", "李静", ("finance",)),
        Person("czj-zhangwei", "张伟", ("finance-lead",)),
    ),
    _office("峄城区审计局", "区审计局", Person("sjj-chentao", "陈涛", ("audit",))),
    _office("峄城区公共资源交易中心", "区公共资源交易中心", Person("jyzx-zhoujie", "周洁", ("trading-center",))),
    _office("中共峄城区委办公室保密安全室", "区委保密安全室", Person("bms-gaofeng", "高峰", ("secrecy-office",))),
    _office("峄城区人民政府", "区政府", Person("qzf-xuhui", "徐辉", ("district-government",))),
    _office("枣庄市大数据局", "市大数据局", Person("sdsj-hanmei", "韩梅", ("city-authority",))),
    Body(
        "峄城区大数据发展服务中心",
        "区大数据中心",
        "authority",
        (
            Person("guanli", "马骏", ("administrator",)),
            Person("anquan", "朱琳", ("security-administrator",)),
            Person("shenji", "胡斌", ("audit-administrator",)),
            Person("liucheng", "郭倩", ("process-owner",)),
        ),
    ),
    _unit("峄城区教育和体育局", "区教育和体育局", "jtj", "褚晓燕", "孔祥东"),
    _unit("峄城区卫生健康局", "区卫生健康局", "wjj", "仇丽", "单宝林"),
    _unit("峄城区自然资源局", "区自然资源局", "zrzy", "解文静", "查建军"),
    _unit("峄城区民政局", "区民政局", "mzj", "曾艳", "任兴华"),
    _unit("峄城区应急管理局", "区应急管理局", "yjj", "盖鹏", "区永强"),
    _unit("峄城区农业农村局", "区农业农村局", "nyj", "逄春雨", "尉志刚"),
    _unit("峄城区阴平镇人民政府", "阴平镇政府", "ypz", "种海霞", "殷德山"),
    _unit("峄城区古邵镇人民政府", "古邵镇政府", "gsz", "乐思源", "纪永亮"),
    _firm("鲁南信息工程咨询有限公司", "鲁南工程咨询", "consultant", "zx-luting", "陆婷"),
    _firm("齐鲁信息化项目评审有限公司", "齐鲁评审", "review-agency", "ps-fanqiang", "范强"),
    _firm("泰山工程评审咨询有限公司", "泰山评审", "review-agency", "ps-tianye", "田野"),
    _firm("枣庄智云科技有限公司", "枣庄智云科技", "contractor", "cj-yaoming", "姚鸣"),
    _firm("山东浪涛信息技术有限公司", "山东浪涛信息", "contractor", "cj-qinlan", "秦岚"),
    _firm("鲁信信息工程监理有限公司", "鲁信监理", "supervisor", "jl-duwei", "杜威"),
    _firm("山东软测检测技术有限公司", "山东软测", "test-agency", "pc-baixue", "白雪"),
    _firm("枣庄政务云运营有限公司", "枣庄政务云", "cloud-provider", "yun-shilei", "石磊"),
    _firm("鲁南云计算服务有限公司", "鲁南云", "cloud-provider", "yun-luomin", "骆敏"),
)


@dataclass(frozen=True)
class District:
    """The district as it stands in a database: ids of organisations by name and short name, of users by account."""

    org_ids: Mapping[str, str]
    user_ids: Mapping[str, str]

    def person(self, account_or_name: str) -> str | None:
        """The id of the user with this account or name, None if nobody has it."""
        for body in BODIES:
            for person in body.people:
                if account_or_name in (person.account, person.name):
                    return self.user_ids[person.account]
        return None


def settle(administration: Administration, *, bodies: Iterable[Body] = BODIES) -> District:
    """Create what of the district is missing. Every account gets a random password that nobody knows."""
    present = {org.name: org.id for org in administration.organisations(None)}
    accounts = {user.account: user.id for user in administration.users(None, limit=10_000)}
    org_ids: dict[str, str] = {}
    for body in bodies:
        org_id = present.get(body.name) or _found(administration, body)
        org_ids |= {body.name: org_id, body.short_name: org_id}
        for person in body.people:
            if person.account not in accounts:
                accounts[person.account] = _hire(administration, person, org_id)
    return District(org_ids, accounts)


def _found(administration: Administration, body: Body) -> str:
    org_id = administration.create_organisation(None, name=body.name, short_name=body.short_name, kind=body.kind)
    for role in body.offices:
        administration.assign_authority(None, role, org_id)
    return org_id


def _hire(administration: Administration, person: Person, org_id: str) -> str:
    password = initial_password(person.account)
    made = administration.create_user(None, account=person.account, name=person.name, password=password)
    user_id = made.user_id
    for role in person.roles:
        administration.grant_role(None, user_id, org_id=org_id, role=role)
    return user_id
