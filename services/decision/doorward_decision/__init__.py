"""The decision service: may this principal do this action on this resource, now?"""
