"""The Python SDK: ask for decisions, administer identities, read the log.

```python
with Client.from_endpoints(".doorward") as client:
    written = client.identity.attach_user_policy(user_name="alice", policy_arn=arn)
    if client.check(alice, "s3:GetObject", report, at_least=written.revision):
        ...
```

Whoever signs in gets a client of their own: `client.sign_in(account=…, user_name=…, password=…)`.

A denial is an answer; whatever is no answer is raised, as a class of `doorward_kernel.errors`.
Nothing is allowed by default.
"""

from doorward_client.aio import AsyncClient
from doorward_client.batches import BatchedCheck, BatchedResult, BatchResult
from doorward_client.checks import CheckResult, ContextValue, Effect
from doorward_client.client import Client
from doorward_client.endpoints import Endpoints, read_endpoints
from doorward_client.options import Options
from doorward_client.records import Verification, record_of, verify
from doorward_client.sessions import NewPasswordNeeded, SecondFactorNeeded, Session, SignInUnfinished

__all__ = [
    "AsyncClient",
    "BatchResult",
    "BatchedCheck",
    "BatchedResult",
    "CheckResult",
    "Client",
    "ContextValue",
    "Effect",
    "Endpoints",
    "NewPasswordNeeded",
    "Options",
    "SecondFactorNeeded",
    "Session",
    "SignInUnfinished",
    "Verification",
    "read_endpoints",
    "record_of",
    "verify",
]
