"""The credential service: passwords, keys, sessions, MFA. Its capabilities arrive one by one."""
