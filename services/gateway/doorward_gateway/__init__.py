"""The HTTP edge: AWS's Query API for IAM and STS. Its capabilities arrive one by one."""
