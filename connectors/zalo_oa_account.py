"""What a Zalo Official Account tells of itself: its name, and how many messages its package has left."""

from dataclasses import dataclass
from typing import Any

from connectors.zalo_oa_wire import Line
from dialogs.words import SendError

# the messages that the package holds for after the free 48 hours
ASKED = {"quota_owner": "OA", "product_type": "cs", "quota_type": "sub_quota"}


@dataclass(frozen=True, slots=True)
class Account:
    """The account behind the token."""

    oa_id: str
    name: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Quota:
    """Messages after the free 48 hours: left, and in all."""

    left: int
    total: int


class OneToken:
    """connectors.zalo_oa_token.Tokens for a short look: this token, and never another, so that nothing is spent."""

    def __init__(self, access: str) -> None:
        self._access = access

    async def current(self) -> str:
        return self._access

    async def renew(self, stale: str) -> str:
        raise SendError("config", "Zalo does not take the access token")

    async def tend(self) -> None:
        """It is not kept for long."""


async def account_of(line: Line) -> Account:
    """Whose token this is. Raises SendError."""
    said = await line.get("/v2.0/oa/getoa")
    number = str(said.get("oa_id") or said.get("oaid") or "")
    return Account(number, str(said.get("name") or ""), said.get("is_verified") is not False)


async def quota_of(line: Line) -> Quota | None:
    """What is left; None if the account is not told. Raises SendError."""
    said = await line.post("/v3.0/oa/quota/message", ASKED)
    found = said.get("list", said)
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict) and (quota := _quota(item)):
            return quota
    return None


def _quota(item: dict[str, Any]) -> Quota | None:
    try:
        return Quota(int(item["remain"]), int(item["total"]))  # numbers, or strings
    except (KeyError, TypeError, ValueError):
        return None
