"""Traces and metrics: traces only when the standard `OTEL_*` variables ask for them, metrics on a port of their own."""

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from prometheus_client import start_http_server

_ASKED_FOR = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def configure_traces(service: str) -> TracerProvider | None:
    """Export spans as `OTEL_TRACES_EXPORTER` (`otlp`, `console`, `none`) says; None when nothing asks for it.

    The caller shuts the provider down. Raises ValueError for an exporter that is not known.
    """
    if not any(os.environ.get(name) for name in _ASKED_FOR):
        return None
    kind = os.environ.get("OTEL_TRACES_EXPORTER", "otlp")
    if kind == "none" or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(_exporter(kind)))
    trace.set_tracer_provider(provider)
    return provider


def serve_metrics(port: int) -> None:
    """Serve Prometheus metrics on loopback; port 0 means not at all."""
    if port:
        start_http_server(port, addr="127.0.0.1")


def _exporter(kind: str) -> SpanExporter:
    match kind:
        case "otlp":
            return OTLPSpanExporter()
        case "console":
            return ConsoleSpanExporter()
        case _:
            raise ValueError(f"OTEL_TRACES_EXPORTER={kind} is not known: use otlp, console or none")
