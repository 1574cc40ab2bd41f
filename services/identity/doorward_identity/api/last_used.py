"""When users and roles were last used."""

from doorward.identity.v1 import last_used_pb2 as pb
from doorward.identity.v1.roles_pb2 import RoleLastUsed
from doorward_eventlog.last_used import LastUsed
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import UniqueId, account_id

from doorward_identity.api.method import Methods, time_of, timestamp

MOST_USES = 1000


class LastUsedMethods(Methods):
    async def RecordLastUsed(self, request: pb.RecordLastUsedRequest, _context: object) -> pb.RecordLastUsedResponse:
        if len(request.uses) > MOST_USES:
            raise InvalidInput(f"`uses` has {len(request.uses)} members: expected at most {MOST_USES}")
        recorded = await self._uses.record([_use(message) for message in request.uses], self._mint.now())
        return pb.RecordLastUsedResponse(recorded=recorded)


def last_used_message(used: LastUsed) -> RoleLastUsed:
    return RoleLastUsed(last_used_date=timestamp(used.used_at / 1_000_000), region=used.region)


def _use(message: pb.LastUse) -> LastUsed:
    used_at = time_of(message, "time")
    if used_at is None:
        raise InvalidInput("`time` is missing: say when it was used")
    return LastUsed(
        account=account_id(message.account),
        unique_id=UniqueId(message.unique_id),
        used_at=used_at,
        service=message.service,
        region=message.region,
    )
