"""gRPC: servers, channels, and what both sides agree on."""
