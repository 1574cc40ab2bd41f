"""The identity service: accounts, users, groups, policies, attachments."""
