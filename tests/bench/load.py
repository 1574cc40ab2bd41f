"""A load of checks from grpcio clients, in a process of its own, told by JSON on standard input."""

import asyncio
import json
import sys
import time

import grpc


async def load(target: str, key: str, method: str, request: bytes, seconds: float, in_flight: int) -> dict[str, float]:
    """Keep `in_flight` calls going for `seconds`; returns how many were answered, the errors, and latencies."""
    latencies: list[float] = []
    errors = 0
    ends = time.perf_counter() + seconds

    async def caller(call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]) -> None:
        nonlocal errors
        while (started := time.perf_counter()) < ends:
            try:
                await call(request, metadata=(("x-doorward-service-key", key),), timeout=10)
            except grpc.RpcError:
                errors += 1
            else:
                latencies.append(time.perf_counter() - started)

    async with grpc.aio.insecure_channel(target) as channel:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        await call(request, metadata=(("x-doorward-service-key", key),), wait_for_ready=True, timeout=10)
        started = time.perf_counter()
        await asyncio.gather(*(caller(call) for _ in range(in_flight)))
        took = time.perf_counter() - started
    latencies.sort()
    return {
        "answered": len(latencies),
        "errors": errors,
        "seconds": took,
        "p50": latencies[len(latencies) // 2],
        "p99": latencies[int(len(latencies) * 0.99)],
    }


if __name__ == "__main__":
    told = json.load(sys.stdin)
    told["request"] = bytes.fromhex(told["request"])
    print(json.dumps(asyncio.run(load(**told))))
