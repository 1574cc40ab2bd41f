"""The metadata keys that clients and services of Doorward agree on."""

SERVICE_KEY = "x-doorward-service-key"
"""The shared key that guards the services."""

ACCOUNT = "x-doorward-account"
"""The account that a control-plane call acts on, twelve digits."""

REASON = "x-doorward-reason"
"""Why the caller makes this change; kept with the events."""

CLIENT_TOKEN = "x-doorward-client-token"  # noqa: S105 - no secret
"""The caller's name for a write, under which it may be sent again and happens once."""

REQUEST_ID = "x-request-id"
"""The caller's name for the request, echoed in the response; made when absent."""

TRACEPARENT = "traceparent"
"""W3C trace context."""

AUTHORIZATION = "authorization"
"""`Bearer` and the passport of a principal (RFC 6750 section 2.1)."""

USER_AGENT = "user-agent"
"""The program that calls; gRPC itself fills it in."""
