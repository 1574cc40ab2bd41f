"""Prometheus metrics of a replica, read when somebody asks: the hot path pays nothing for them."""

from collections.abc import Iterator

from doorward_directory.account import Account
from doorward_messaging import SnapshotCache
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from doorward_decision.application.check import Checks
from doorward_decision.application.credentials import Credentials
from doorward_decision.application.ports import CountingProgress
from doorward_decision.application.replica import IdentityReplica


class ReplicaMetrics(Collector):
    """Registered with the process's registry until `unregister`."""

    def __init__(
        self,
        replica: IdentityReplica,
        progress: CountingProgress,
        checks: Checks,
        cache: SnapshotCache[Account],
        credentials: Credentials | None,
    ) -> None:
        self._replica = replica
        self._progress = progress
        self._checks = checks
        self._cache = cache
        self._credentials = credentials
        REGISTRY.register(self)

    def unregister(self) -> None:
        """No longer report."""
        REGISTRY.unregister(self)

    def collect(self) -> Iterator[Metric]:
        """The figures of this moment."""
        progress = self._progress
        checks = CounterMetricFamily("doorward_checks", "checks answered", labels=["decision"])
        for effect, count in self._checks.answered.items():
            checks.add_metric([effect.value], count)
        yield checks
        yield GaugeMetricFamily("doorward_index_position", "position applied", value=progress.position)
        yield GaugeMetricFamily(
            "doorward_index_staleness_seconds", "time since everything announced was held", value=progress.staleness()
        )
        yield GaugeMetricFamily("doorward_accounts", "accounts in memory", value=len(self._replica))
        yield GaugeMetricFamily("doorward_frozen_accounts", "accounts frozen", value=len(self._replica.frozen))
        yield GaugeMetricFamily("doorward_cache_degraded", "1: no snapshot cache", value=not self._cache.available)
        yield CounterMetricFamily("doorward_events_applied", "events applied", value=progress.applied)
        yield CounterMetricFamily("doorward_gap_repairs", "gaps repaired from the owner", value=progress.gap_repairs)
        yield CounterMetricFamily(
            "doorward_digest_mismatches", "messages refused for their digest", value=progress.digest_mismatches
        )
        if self._credentials is not None:
            yield from _of_credentials(self._credentials)


def _of_credentials(credentials: Credentials) -> Iterator[Metric]:
    progress, keyrings = credentials.log.progress, credentials.keyrings
    for name, text, value in (
        ("position", "position of the credential log applied", progress.position),
        ("staleness_seconds", "time since everything announced of the credential log was held", progress.staleness()),
    ):
        yield GaugeMetricFamily(f"doorward_credential_index_{name}", text, value=value)
    yield GaugeMetricFamily("doorward_keyrings", "keyrings in memory", value=len(keyrings))
    yield GaugeMetricFamily("doorward_frozen_keyrings", "keyrings frozen", value=len(keyrings.frozen))
    for name, text, count in (
        ("events_applied", "events of the credential log applied", progress.applied),
        ("gap_repairs", "gaps of the credential log repaired from the owner", progress.gap_repairs),
        ("digest_mismatches", "messages of the credential log refused for their digest", progress.digest_mismatches),
    ):
        yield CounterMetricFamily(f"doorward_credential_{name}", text, value=count)
