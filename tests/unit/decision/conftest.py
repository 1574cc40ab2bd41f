import pytest

from tests.unit.decision.judge import Judge


@pytest.fixture
async def judge() -> Judge:
    judge = Judge()
    await judge.start()
    return judge
