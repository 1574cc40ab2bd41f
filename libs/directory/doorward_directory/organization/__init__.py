"""The organization: the tree of accounts, the guardrails on it, and what is unique over all accounts."""
