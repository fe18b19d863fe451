"""Reading the ledger of government cloud resources."""

from __future__ import annotations

from app.features.cloud import store
from app.features.cloud.model import READERS, CloudFilter, CloudPage
from app.features.identity import store as identity_store
from app.features.identity.model import Identity
from app.kernel.database import Database
from app.kernel.errors import Refused
from services.cloud import PROVIDER

_MAX_PAGE = 100


def organisations_of(identity: Identity) -> frozenset[str]:
    """The providers that this person works for."""
    return frozenset(member.org_id for member in identity.memberships if member.role == PROVIDER)


class CloudLedger:
    """Everybody sees the resources of the projects that he may know of.

    So the authorities see all but those of confidential projects, a unit its own, a provider those it provides.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(
        self, identity: Identity, wanted: CloudFilter | None = None, *, limit: int = 50, after: str | None = None
    ) -> CloudPage:
        """A page of the ledger, the newest number first; `after` is that of the page before. Raises Refused."""
        if not READERS & identity.roles:
            raise Refused("您的岗位不能查看政务云资源台账。")
        limit = max(1, min(limit, _MAX_PAGE))
        own = None if (READERS - {PROVIDER}) & identity.roles else organisations_of(identity)
        with self._database.read() as uow:
            found = store.entries(
                uow, identity, wanted or CloudFilter(), limit=limit + 1, after=after, of_providers=own
            )
            providers = {org.id: org.name for org in identity_store.organisations(uow)}
        page = tuple(found[:limit])
        more = page[-1].resource.number if len(found) > limit else None
        return CloudPage(page, providers, more)
