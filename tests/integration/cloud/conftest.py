from __future__ import annotations

import pytest

from app.features.identity import store as identity_store
from app.features.identity.model import Identity, Organisation
from tests.support.district import District


@pytest.fixture
def provider(district: District) -> Identity:
    """Somebody at a cloud provider, "cloud"."""
    with district.database.write() as uow:
        identity_store.add_organisation(uow, Organisation("cloud", "枣庄政务云", "政务云", "cloud-provider"))
        identity_store.add_user(
            uow, user_id="yun", account="yun", name="yun", password_hash="", must_change_password=False
        )
        identity_store.add_membership(uow, "yun", org_id="cloud", role="cloud-provider")
        found = identity_store.identity(uow, "yun")
    assert found is not None
    return found
