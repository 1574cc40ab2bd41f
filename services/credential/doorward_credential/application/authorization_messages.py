"""What a denial was about, sealed: only who may decode messages of the account learns why (STS API reference,
DecodeAuthorizationMessage)."""

from doorward_kernel.errors import InvalidAuthorizationMessage
from doorward_kernel.ids import AccountId

from doorward_credential.application.sealed_tokens import NoSuchToken, SealedTokens

_PURPOSE = "authorization message"


class AuthorizationMessages:
    """Messages of each account on its own."""

    def __init__(self, tokens: SealedTokens) -> None:
        self._tokens = tokens

    def encode(self, account: AccountId, message: str) -> str:
        """A message, JSON, as it is given to whom something was denied."""
        return self._tokens.seal(_PURPOSE, {"account": account, "message": message})

    async def decode(self, account: AccountId, encoded: str) -> str:
        """Raises InvalidAuthorizationMessage when it was not encoded here, or for another account."""
        try:
            fields = await self._tokens.open(_PURPOSE, encoded)
        except NoSuchToken:
            raise _invalid() from None
        if fields["account"] != account:
            raise _invalid()
        message: str = fields["message"]
        return message


def _invalid() -> InvalidAuthorizationMessage:
    return InvalidAuthorizationMessage("the encoded message is not one of this account, or was changed")
