"""What every method needs: who calls, whom it is about, and times as protobuf has them."""

from datetime import UTC, datetime

from doorward_kernel.errors import InvalidInput, InvalidUserType
from doorward_keyring.passport import Passport, PassportKind
from doorward_runtime.rpc.call import CALL
from google.protobuf.timestamp_pb2 import Timestamp

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.passports import Passports, check_not_refused
from doorward_credential.application.people import People, Person
from doorward_credential.application.permissions import Decisions, Verdict, not_authorized


class Callers:
    """Who calls, and whom a request is about."""

    def __init__(self, people: People, keyrings: Keyrings, decisions: Decisions, passports: Passports) -> None:
        self._people = people
        self._keyrings = keyrings
        self._decisions = decisions
        self._passports = passports

    async def passport(self) -> Passport:
        """The caller's, which still holds. Raises InvalidInput when it showed the service key, which is nobody's, and
        Unauthenticated when it is revoked."""
        passport = CALL.get().passport
        if passport is None:
            raise InvalidInput("only who has a passport can ask that: sign in first")
        check_not_refused(await self._keyrings.get(passport.account), passport)
        return passport

    async def person(self, user_name: str) -> Person:
        """The user of that name, or without one the caller itself, which may be the root user.

        Raises NoSuchEntity, and InvalidInput when the caller is neither.
        """
        call = CALL.get()
        if user_name:
            return await self._people.user(call.account, user_name)
        if call.passport is None:
            raise InvalidInput("`userName` is missing: only a user or root user can leave it out")
        return await self.oneself(call.passport)

    async def oneself(self, passport: Passport) -> Person:
        """The user or root user that calls. Raises InvalidInput for sessions of roles and of federated users."""
        if passport.kind not in {PassportKind.USER, PassportKind.ROOT}:
            raise InvalidInput("Must specify userName when calling with non-User credentials")
        return await self._people.bearer(passport)

    async def user_or_root(self) -> Person:
        """The caller, who asks for something that only users and root users have. Raises InvalidUserType."""
        passport = await self.passport()
        if passport.kind not in {PassportKind.USER, PassportKind.ROOT}:
            raise InvalidUserType("only users and root users have passwords and devices of their own")
        return await self._people.bearer(passport)

    async def verdict(self, action: str, resource: str) -> Verdict:
        """What policies say of the caller, who has a passport."""
        token = self._passports.issue(await self.passport()).token
        return await self._decisions.of_passport(token, action, resource, {})

    async def check_may(self, action: str, resource: str) -> None:
        """Raises AccessDenied unless the caller may; whoever showed the service key may."""
        if CALL.get().passport is None:
            return
        verdict = await self.verdict(action, resource)
        if verdict is not Verdict.ALLOWED:
            raise not_authorized(await self._people.arn(await self.passport()), action, resource, verdict)


def timestamp(seconds: float) -> Timestamp:
    """A time in seconds since 1970 as protobuf has it."""
    return Timestamp(seconds=int(seconds))


def stamp(moment: datetime) -> Timestamp:
    """A time as protobuf has it."""
    return timestamp(moment.timestamp())


def moment_of(message: Timestamp, field: str) -> datetime:
    """A time in UTC. Raises InvalidInput when it is out of years 1970 to 9999."""
    if not 0 <= message.seconds < 253_402_300_800 or not 0 <= message.nanos < 10**9:
        raise InvalidInput(f"`{field}` is not a time from 1970 to 9999")
    return datetime.fromtimestamp(message.seconds, UTC)
