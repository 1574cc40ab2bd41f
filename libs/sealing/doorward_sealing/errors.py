"""Why something cannot be sealed or unsealed. No message holds a key, a plain text or a sealed one."""

from doorward_kernel.errors import AccountIsClosed, InternalFailure, Unavailable


class KeyErased(AccountIsClosed):
    """The account's data key was erased: what it sealed is gone for good, and nothing is sealed for it any more."""


class CannotUnseal(InternalFailure):
    """What is stored was changed, cut off, or sealed for another account or purpose. No caller can cause it."""


class UnknownKeyEncryptionKey(Unavailable):
    """The data key is wrapped by a key-encryption key that this process was not given."""
