"""What passports are judged by: who verifies them, and the keyrings that tell what was deactivated and revoked."""

from dataclasses import dataclass

from doorward_kernel.errors import Unauthenticated
from doorward_keyring.keyring import Keyring
from doorward_keyring.passport import Passport
from doorward_keyring.validity import refusal
from doorward_messaging import Replica

from doorward_decision.application.freshness import FollowedLog
from doorward_decision.application.ports import PassportVerifier
from doorward_decision.application.principals import GONE


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credential log as this replica follows it."""

    log: FollowedLog
    keyrings: Replica[Keyring, Keyring]
    verifier: PassportVerifier

    def check(self, passport: Passport) -> int:
        """Up to where the account's keyring is complete, whatever the follower has; 0 when the account has none.

        Raises Unauthenticated when the passport is revoked or what it was proved with is not in force; NotInMemory,
        Unavailable when the account's keyring is frozen.
        """
        keyring = self.keyrings.known(passport.account)
        if refusal(keyring, passport) is not None:
            raise Unauthenticated(GONE)
        return 0 if keyring is None else keyring.position
