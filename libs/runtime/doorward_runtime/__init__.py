"""What every process needs: settings, logs, telemetry, RPC server and client, lifecycle."""
