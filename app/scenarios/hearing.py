"""What people have been told in a story: the messages of the system to everybody of an organisation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from app.bootstrap import Application
from app.scenarios.organisations import BODIES, District

_MOST = 500


def untold(
    application: Application, district: District, *, cases: Collection[str], told: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """For every organisation that no message about these cases told all the words, a Chinese sentence."""
    missing = []
    for named, words in told.items():
        heard = list(_heard(application, district, cases=cases, org_id=district.org_ids.get(named, "")))
        if not any(all(word in text for word in words) for text in heard):
            missing.append(f"{named}应当收到消息（{'、'.join(words)}），收到的是：{'；'.join(heard) or '没有'}")
    return missing


def _heard(application: Application, district: District, *, cases: Collection[str], org_id: str) -> Iterator[str]:
    for body in BODIES:
        for person in body.people if district.org_ids[body.name] == org_id else ():
            identity = application.sign_in.load(district.user_ids[person.account])
            for message in application.notifications.latest(identity, limit=_MOST):
                if message.case_id in cases:
                    yield f"{message.title}　{message.body}"
