"""Sign-ins with wrong passwords, many at a time, in a process of its own, told by JSON on standard input.

It yields to everything else on its core: attackers have machines of their own.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter

from doorward_client import AsyncClient
from doorward_kernel.errors import DoorwardError


async def attack(target: str, account: str, seconds: float, in_flight: int) -> dict[str, int]:
    """Keep `in_flight` going for `seconds`, each at another name; how often each reason was told."""
    answers: Counter[str] = Counter()
    ends = time.monotonic() + seconds
    async with AsyncClient(credential=target) as client:

        async def attacker(number: int) -> None:
            while time.monotonic() < ends:
                try:
                    await client.authentication.sign_in(account=account, user_name=f"user-{number}", password="wrong")
                except DoorwardError as error:
                    answers[error.reason] += 1

        print("begun", flush=True)
        await asyncio.gather(*(attacker(number) for number in range(in_flight)))
    return dict(answers)


if __name__ == "__main__":
    os.nice(19)
    print(json.dumps(asyncio.run(attack(**json.load(sys.stdin)))))
