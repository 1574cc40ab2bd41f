"""gRPC in and out of the identity service: the only place that knows protobuf."""
