"""The small world that benchmarks ask about."""

from doorward_client import Client

ALICE = "arn:aws:iam::123456789012:user/alice"
READ = "documents:Read"
REPORT = "arn:aws:documents:::reports/2026/q3"
POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "documents:Read",'
    ' "Resource": "arn:aws:documents:::reports/*"}]}'
)


def make_alice(client: Client) -> str:
    """A user and a policy that is not attached to her yet; returns the policy's ARN."""
    client.identity.create_user(user_name="alice")
    return client.identity.create_policy(policy_name="reports-read", policy_document=POLICY).policy.arn
