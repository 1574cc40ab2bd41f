"""gRPC in and out of the decision service: the only place that knows protobuf."""
