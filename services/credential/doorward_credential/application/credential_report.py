"""The credential report: one row for each user of an account, as CSV (IAM user guide, "Getting credential reports")."""

import asyncio
import base64
import csv
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from doorward_directory.account import Account
from doorward_directory.names import name_key
from doorward_eventlog.last_used import LastUsed, LastUses
from doorward_kernel.errors import EntityAlreadyExists, ReportExpired, ReportInProgress, ReportNotPresent
from doorward_kernel.ids import AccountId, UniqueId
from doorward_keyring.access_keys import AccessKey, AccessKeyStatus, access_keys_of
from doorward_keyring.commands import check_has_credentials
from doorward_keyring.keyring import Keyring
from doorward_keyring.mfa_devices import mfa_devices_of
from doorward_keyring.password_policy import password_expires_at

from doorward_credential.application.keyrings import Keyrings
from doorward_credential.application.minting import Mint
from doorward_credential.application.people import People, Person
from doorward_credential.application.stored_secrets import StoredSecrets
from doorward_credential.application.uses import password_use

_KEY_COLUMNS = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    *("user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed"),
    *("password_next_rotation", "mfa_active"),
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in _KEY_COLUMNS),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
)
ROOT = "<root_account>"
ABSENT, UNKNOWN, UNSUPPORTED = "N/A", "no_information", "not_supported"

_NAME = "credential-report"
_PART_BYTES = 40_000
_MOST_PARTS = 5_000
_ABANDONED_SECONDS = 3600
"""So old is no report that another process is still writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`generated_at` in UTC."""

    content: bytes
    generated_at: datetime


class CredentialReports:
    """Reports are made beside everything else, kept sealed, and made anew when they are older than `lifetime`."""

    def __init__(
        self,
        keyrings: Keyrings,
        stored: StoredSecrets,
        people: People,
        uses: LastUses,
        mint: Mint,
        *,
        lifetime: timedelta,
    ) -> None:
        self._keyrings = keyrings
        self._stored = stored
        self._people = people
        self._uses = uses
        self._mint = mint
        self._lifetime = lifetime
        self._making: dict[AccountId, asyncio.Task[None]] = {}

    async def generate(self, account_id: AccountId) -> str:
        """`STARTED`, `INPROGRESS` or `COMPLETE`. Raises InvalidInput for the operator's account, and what kept the last
        attempt from its end.
        """
        check_has_credentials(account_id)
        task = self._making.get(account_id)
        if task is not None and not task.done():
            return "INPROGRESS"
        if task is not None:
            del self._making[account_id]
            task.result()
        kept = await self._kept(account_id)
        if kept is not None and self._mint.now() - kept.generated_at < self._lifetime:
            return "COMPLETE"
        if task is not None and kept is not None:
            return "COMPLETE"  # made since the last question, however short reports live
        self._making[account_id] = asyncio.get_running_loop().create_task(self._make(account_id))
        return "STARTED"

    async def get(self, account_id: AccountId) -> Report:
        """Raises ReportInProgress, ReportNotPresent, ReportExpired."""
        task = self._making.get(account_id)
        if task is not None and not task.done():
            raise ReportInProgress("Report is still being generated.")
        kept = await self._kept(account_id)
        if kept is None:
            raise ReportNotPresent("No report is present. Generate a new report.")
        if self._lifetime and self._mint.now() - kept.generated_at >= self._lifetime:
            raise ReportExpired("Report has expired. Generate a new report.")
        return kept

    async def close(self) -> None:
        """End what is being made."""
        for task in self._making.values():
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)

    async def _make(self, account_id: AccountId) -> None:
        account = await self._people.account(account_id, latest=True)
        keyring = await self._keyrings.get(account_id)
        ids = [UniqueId(key) for key in keyring.access_keys]
        ids += [UniqueId(password_use(principal_id)) for principal_id in keyring.login_profiles]
        uses = await self._uses.last_used(account_id, ids)
        content = await asyncio.to_thread(report_csv, account, keyring, uses)
        await self._keep(account_id, Report(content=content, generated_at=self._mint.now()))

    async def _keep(self, account_id: AccountId, report: Report) -> None:
        """Of reports that are made at the same time, in whatever processes, one is kept; the others are dropped."""
        packed = zlib.compress(report.content)
        parts = [packed[start : start + _PART_BYTES] for start in range(0, len(packed), _PART_BYTES)]
        batch, seconds = self._mint.id(), int(report.generated_at.timestamp())
        head = _Head(batch=f"{seconds}-{batch}", parts=len(parts), generated_at=seconds)
        texts = [base64.b64encode(part).decode("ascii") for part in parts]
        before = await self._stored.find(account_id, _NAME)
        try:
            await self._stored.keep_for(
                account_id,
                dict(zip(head.names, texts, strict=True)),
                lambda: self._put_head(account_id, before, head),
            )
        except EntityAlreadyExists:
            return
        names = await self._stored.names(account_id, f"{_NAME}/", _MOST_PARTS)
        gone = set() if before is None else set(_Head.read(before).names)
        gone |= {name for name in names if _made_at(name) < seconds - _ABANDONED_SECONDS}
        await self._stored.delete(account_id, sorted(gone.difference(head.names)))

    async def _put_head(self, account_id: AccountId, before: str | None, head: "_Head") -> None:
        """Raises EntityAlreadyExists when it is no longer as it was `before`."""
        if before is None:
            await self._stored.put(account_id, _NAME, head.written())
        elif not await self._stored.exchange(account_id, _NAME, before, head.written()):
            raise EntityAlreadyExists("another report was made at the same time")

    async def _kept(self, account_id: AccountId) -> Report | None:
        written = await self._stored.find(account_id, _NAME)
        if written is None:
            return None
        head = _Head.read(written)
        parts = await self._stored.find_many(account_id, head.names)
        if len(parts) < head.parts:
            return None
        packed = b"".join(base64.b64decode(parts[name]) for name in head.names)
        return Report(content=zlib.decompress(packed), generated_at=datetime.fromtimestamp(head.generated_at, UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """Which parts make up the report that is believed; `generated_at` in seconds since 1970."""

    batch: str
    parts: int
    generated_at: int

    @property
    def names(self) -> list[str]:
        return [f"{_NAME}/{self.batch}/{number:04d}" for number in range(self.parts)]

    def written(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def read(text: str) -> "_Head":
        return _Head(**json.loads(text))


def _made_at(part: str) -> int:
    """When the report was made that a part is named for, in seconds since 1970; 0 when its name does not tell."""
    seconds, _, _ = part.removeprefix(f"{_NAME}/").partition("-")
    return int(seconds) if seconds.isdigit() else 0


def report_csv(account: Account, keyring: Keyring, uses: Mapping[UniqueId, LastUsed]) -> bytes:
    """The report: the root user first, then users by name."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    root = Person(account=account, user=None)
    rows.writerow([ROOT, root.arn, _time(account.created_at), *_of_root(keyring, root, uses)])
    for user in sorted(account.users.values(), key=lambda user: name_key(user.name)):
        one = Person(account=account, user=user)
        rows.writerow([user.name, one.arn, _time(user.created_at), *_of_user(keyring, one, uses)])
    return text.getvalue().encode()


def _of_root(keyring: Keyring, root: Person, uses: Mapping[UniqueId, LastUsed]) -> list[str]:
    use = uses.get(UniqueId(password_use(root.principal_id)))
    has = root.principal_id in keyring.login_profiles
    last = UNKNOWN if use is None else _at(use)
    return [UNSUPPORTED, last if has else ABSENT, UNSUPPORTED, UNSUPPORTED, *_factors_and_keys(keyring, root, uses)]


def _of_user(keyring: Keyring, user: Person, uses: Mapping[UniqueId, LastUsed]) -> list[str]:
    profile = keyring.login_profiles.get(user.principal_id)
    if profile is None:
        return ["false", ABSENT, ABSENT, ABSENT, *_factors_and_keys(keyring, user, uses)]
    use = uses.get(UniqueId(password_use(user.principal_id)))
    expires_at = password_expires_at(profile, keyring.password_policy)
    return [
        "true",
        UNKNOWN if use is None else _at(use),
        _time(profile.changed_at),
        ABSENT if expires_at is None else _time(expires_at),
        *_factors_and_keys(keyring, user, uses),
    ]


def _factors_and_keys(keyring: Keyring, owner: Person, uses: Mapping[UniqueId, LastUsed]) -> list[str]:
    keys: list[AccessKey | None] = [*access_keys_of(keyring, owner.principal_id), None, None]
    row = [_word(bool(mfa_devices_of(keyring, owner.principal_id)))]
    for key in keys[:2]:
        row += ["false", *[ABSENT] * 4] if key is None else _key(key, uses.get(UniqueId(key.access_key_id)))
    return [*row, "false", ABSENT, "false", ABSENT]


def _key(key: AccessKey, use: LastUsed | None) -> list[str]:
    used = [ABSENT] * 3 if use is None else [_at(use), use.region, use.service]
    return [_word(key.status is AccessKeyStatus.ACTIVE), _time(key.created_at), *used]


def _word(value: bool) -> str:
    return "true" if value else "false"


def _at(use: LastUsed) -> str:
    return _time(datetime.fromtimestamp(use.used_at // 1_000_000, UTC))


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
