"""History: what happened in an account, and how the account was."""

import json

from doorward.identity.v1 import history_pb2 as pb
from doorward_directory.codec import TYPES
from doorward_directory.history import read_entity
from doorward_kernel.errors import InvalidInput
from doorward_kernel.ids import AccountId
from doorward_kernel.record import Record
from doorward_runtime.rpc.call import CALL
from google.protobuf.timestamp_pb2 import Timestamp

from doorward_identity.api.accounts import account_message
from doorward_identity.api.details import put_details
from doorward_identity.api.method import Methods, time_of, time_or_none
from doorward_identity.api.organization_details import organization_message
from doorward_identity.application.account_events import AccountEvents, Wanted
from doorward_identity.application.accounts import Accounts
from doorward_identity.application.credentials import Credentials
from doorward_identity.application.last_used import UsesOfEntities
from doorward_identity.application.minting import Mint
from doorward_identity.application.past_accounts import AtRevision, AtTime, PastAccounts
from doorward_identity.application.root_users import RootUsers

MOST_ACTOR = 2048
"""Characters of an actor, who is at most an ARN."""

_NEWEST_FIRST = {
    pb.EVENT_ORDER_UNSPECIFIED: True,
    pb.EVENT_ORDER_NEWEST_FIRST: True,
    pb.EVENT_ORDER_OLDEST_FIRST: False,
}


class HistoryMethods(Methods):
    """Reads the log and folds it; changes nothing."""

    def __init__(
        self,
        accounts: Accounts,
        mint: Mint,
        uses: UsesOfEntities,
        root_users: RootUsers,
        credentials: Credentials,
        events: AccountEvents,
        past: PastAccounts,
    ) -> None:
        super().__init__(accounts, mint, uses, root_users, credentials)
        self._events = events
        self._past = past

    async def ListAccountEvents(
        self, request: pb.ListAccountEventsRequest, _context: object
    ) -> pb.ListAccountEventsResponse:
        account = CALL.get().account
        found = await self._events.page(account, _wanted(request, account), request.marker, request.max_items)
        return pb.ListAccountEventsResponse(
            events=[self._event(record) for record in found.items],
            is_truncated=bool(found.marker),
            marker=found.marker,
        )

    async def GetAccountAt(self, request: pb.GetAccountAtRequest, _context: object) -> pb.GetAccountAtResponse:
        account = CALL.get().account
        past, found = await self._past.page(account, _moment(request), request.marker, request.max_items)
        response = pb.GetAccountAtResponse(
            account=account_message(past.account),
            revision=str(self._accounts.revision(past.last.position)),
            recorded_at=_timestamp(past.last.recorded_at),
            version=past.last.version,
            is_truncated=bool(found.marker),
            marker=found.marker,
            own_quotas=past.account.own_quotas,
            close_date=time_or_none(past.account.closed_at),
        )
        if past.account.organization is not None:
            response.organization.CopyFrom(organization_message(past.account.organization))
        put_details(past.account, found.items, response)
        return response

    def _event(self, record: Record) -> pb.AccountEvent:
        known = json.loads(record.metadata or b"{}")
        return pb.AccountEvent(
            revision=str(self._accounts.revision(record.position)),
            position=record.position,
            version=record.version,
            type=record.type,
            schema_version=record.schema_version,
            recorded_at=_timestamp(record.recorded_at),
            actor=known.get("actor"),
            request_id=known.get("request_id"),
            source_ip=known.get("source_ip"),
            reason=known.get("reason"),
            traceparent=known.get("traceparent"),
            payload=record.payload.decode(),
            commit_last=record.commit_last,
            digest=record.digest,
        )


def _wanted(request: pb.ListAccountEventsRequest, account: AccountId) -> Wanted:
    """The filters of a request. Raises InvalidInput, naming the field."""
    if len(request.actor) > MOST_ACTOR:
        raise InvalidInput(f"`actor` has at most {MOST_ACTOR} characters, this one {len(request.actor)}")
    for type in request.types:
        if type not in TYPES:
            raise InvalidInput(
                f"`types` holds `{type[:64]}`, which is no type of event: expected some of {', '.join(TYPES)}"
            )
    if request.order not in _NEWEST_FIRST:
        raise InvalidInput(f"`order` is {request.order}, which is no order of events")
    start, end = time_of(request, "start_time"), time_of(request, "end_time")
    if start is not None and end is not None and start >= end:
        raise InvalidInput("`start_time` must be before `end_time`")
    return Wanted(
        actor=request.actor,
        types=tuple(sorted(set(request.types))),
        entity=read_entity(request.entity, account) if request.entity else None,
        start=start,
        end=end,
        newest_first=_NEWEST_FIRST[request.order],
    )


def _moment(request: pb.GetAccountAtRequest) -> AtRevision | AtTime:
    """Which moment is meant. Raises InvalidInput when there is none, or an impossible time."""
    if request.WhichOneof("moment") == "revision":
        return AtRevision(request.revision)
    microseconds = time_of(request, "time")
    if microseconds is None:
        raise InvalidInput("no moment: give `revision` or `time`")
    return AtTime(microseconds)


def _timestamp(microseconds: int) -> Timestamp:
    seconds, rest = divmod(microseconds, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1000)
