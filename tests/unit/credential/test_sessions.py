"""What is asked before a session is issued: for all that it has, with the values that it has, inherited or not."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from doorward_credential.application.key_rotation import KeyInUse
from doorward_credential.application.passports import Passports
from doorward_credential.application.permissions import Context, Verdict
from doorward_credential.application.sealed_tokens import SealedTokens
from doorward_credential.application.service_keys import ServiceKeys
from doorward_credential.application.session_limits import SessionPolicies
from doorward_credential.application.sessions import AssumeRole, GetFederationToken, Sessions
from doorward_kernel.errors import AccessDenied, InvalidInput, LimitExceeded
from doorward_kernel.ids import UniqueId
from doorward_keyring.passport import NO_LIMITS, Passport, PassportKind, SessionLimits
from immutables import Map

from tests.unit.credential.held import people_of
from tests.unit.credential.parts import NOW, Clock, ClockMint, service_keys, stored_secrets
from tests.unit.directory.world import ACCOUNT, World

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
FEDERATED = f"arn:aws:sts::{ACCOUNT}:federated-user/feddy"
ASSUME, TAG, SET = "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"
INHERITED = SessionLimits(
    tags=Map({"Team": "prod", "site": "x"}), transitive_tag_keys=("Team",), source_identity="alice"
)


@dataclass
class Judge:
    """Allows all but what it `refuses`; remembers what it was asked."""

    refuses: dict[str, Verdict] = field(default_factory=dict)
    asked: list[tuple[str, str, Context]] = field(default_factory=list)

    async def of_passport(self, _passport: str, action: str, resource: str, context: Context) -> Verdict:
        self.asked.append((action, resource, context))
        return self.refuses.get(action, Verdict.ALLOWED)

    async def of_principal(self, _principal: str, _action: str, _resource: str, _context: Context) -> Verdict:
        raise AssertionError("callers have passports here")

    @property
    def actions(self) -> list[str]:
        return [action for action, _, _ in self.asked]


@dataclass
class Scene:
    judge: Judge
    sessions: Sessions
    passports: Passports
    user: UniqueId
    role: UniqueId

    def alice(self) -> Passport:
        """With a long-term key."""
        return self.passport(PassportKind.USER, self.user, NO_LIMITS, "AKIAALICE", temporary=False)

    def passport(
        self, kind: PassportKind, id: str, limits: SessionLimits, key: str = "ASIASESSION", *, temporary: bool = True
    ) -> Passport:
        name = "before" if temporary else ""
        return Passport(
            kind=kind, account=ACCOUNT, principal_id=id, name=name, access_key_id=key, authenticated_at=NOW,
            temporary=temporary, limits=limits,
        )  # fmt: skip

    async def chained(self, before: SessionLimits = INHERITED, **asked: Any) -> SessionLimits:
        """What the session is limited to that a session, which is limited so, assumes the role for."""
        caller = self.passport(PassportKind.ROLE_SESSION, self.role, before)
        fields = {"role_arn": ROLE, "role_session_name": "next", "policies": SessionPolicies(), **asked}
        issued = await self.sessions.assume_role(caller, AssumeRole(**fields))
        return (await self.passports.session(issued.credentials.session_token)).passport.limits

    async def federated(self, **asked: Any) -> SessionLimits:
        """What the session of a federated user is limited to that alice asks for."""
        fields = {"name": "feddy", "policies": SessionPolicies(), **asked}
        issued = await self.sessions.federation_token(self.alice(), GetFederationToken(**fields))
        return (await self.passports.session(issued.credentials.session_token)).passport.limits


@pytest.fixture
async def scene() -> Scene:
    clock, world, judge = Clock(), World(), Judge()
    mint, stored = ClockMint(clock), await stored_secrets()
    signing = ServiceKeys("passport-key", stored, clock, overlap=1000)
    await signing.open()
    passports = Passports(KeyInUse(signing), SealedTokens(await service_keys(stored, clock)), mint)
    user, role = world.create_user("alice"), world.create_role("deploy")
    sessions = Sessions(None, people_of(world.state), judge, None, passports, mint)  # type: ignore[arg-type]
    return Scene(judge, sessions, passports, user, role)


class TestAssumeRole:
    async def test_what_a_session_inherits_must_be_allowed_as_what_is_asked_for(self, scene: Scene) -> None:
        limits = await scene.chained()

        assert dict(limits.tags) == {"Team": "prod"}
        assert limits.source_identity == "alice"
        assert scene.judge.actions == [ASSUME, TAG, SET]

    async def test_who_inherits_and_asks_for_nothing_needs_no_more_than_the_role(self, scene: Scene) -> None:
        await scene.chained(NO_LIMITS)

        ((action, resource, context),) = scene.judge.asked
        assert (action, resource, context) == (ASSUME, ROLE, {"sts:RoleSessionName": "next"})

    @pytest.mark.parametrize("action", [TAG, SET])
    @pytest.mark.parametrize("verdict", [Verdict.NOT_ALLOWED, Verdict.DENIED])
    async def test_what_is_inherited_does_not_enter_a_role_that_does_not_let_it_in(
        self, scene: Scene, action: str, verdict: Verdict
    ) -> None:
        scene.judge.refuses[action] = verdict

        with pytest.raises(AccessDenied, match=f"to perform: {action} on resource: {ROLE}"):
            await scene.chained()

    async def test_it_is_decided_on_the_tags_that_the_session_gets(self, scene: Scene) -> None:
        limits = await scene.chained(tags=[("team", "dev"), ("cost", "7")], transitive_tag_keys=["cost"])

        assert dict(limits.tags) == {"Team": "prod", "cost": "7"}
        assert limits.transitive_tag_keys == ("Team", "cost")
        for _, _, context in scene.judge.asked:
            said = {key: value for key, value in context.items() if key.startswith("aws:RequestTag/")}
            assert said == {"aws:RequestTag/Team": "prod", "aws:RequestTag/cost": "7"}
            assert set(context["aws:TagKeys"]) == {"Team", "cost"}
            assert context["sts:TransitiveTagKeys"] == ("Team", "cost")
            assert context["sts:SourceIdentity"] == "alice"

    async def test_a_session_has_at_most_fifty_tags_with_those_that_it_inherits(self, scene: Scene) -> None:
        keys = [f"key-{number}" for number in range(49)]
        before = SessionLimits(tags=Map(dict.fromkeys(keys, "x")), transitive_tag_keys=tuple(keys))

        assert len((await scene.chained(before, tags=[("one", ""), ("KEY-0", "y")])).tags) == 50
        with pytest.raises(InvalidInput, match="at most 50 tags, this 51"):
            await scene.chained(before, tags=[("one", ""), ("two", "")])
        with pytest.raises(LimitExceeded):
            await scene.chained(NO_LIMITS, tags=[(f"key-{number}", "") for number in range(51)])


class TestFederationToken:
    async def test_tags_of_a_federated_user_must_be_allowed(self, scene: Scene) -> None:
        limits = await scene.federated(tags=[("dept", "sales")])

        ((action, resource, context),) = scene.judge.asked
        assert (action, resource) == (TAG, FEDERATED)
        assert context == {"aws:RequestTag/dept": "sales", "aws:TagKeys": ("dept",)}
        assert dict(limits.tags) == {"dept": "sales"}

    async def test_who_may_not_tag_gets_no_tags(self, scene: Scene) -> None:
        scene.judge.refuses[TAG] = Verdict.DENIED
        who = f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized"

        with pytest.raises(AccessDenied, match=f"{who} to perform: {TAG} on resource: {FEDERATED} with an explicit"):
            await scene.federated(tags=[("dept", "finance")])

    async def test_without_tags_nobody_is_asked(self, scene: Scene) -> None:
        scene.judge.refuses[TAG] = Verdict.DENIED

        assert not (await scene.federated()).tags
        assert not scene.judge.asked
