"""The registry of metrics is whole."""

from __future__ import annotations

import pytest

from webapp.domain.metrics import METRICS, MetricKey


def test_every_metric_is_registered_once_under_its_own_key() -> None:
    assert set(METRICS) == set(MetricKey)
    assert all(key is metric.key for key, metric in METRICS.items())
    labels = [metric.label for metric in METRICS.values()]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("key", MetricKey)
def test_every_definition_is_a_sentence(key: MetricKey) -> None:
    metric = METRICS[key]
    assert metric.label[0].isupper()
    assert metric.definition.endswith(".")
    assert len(metric.definition) > len(metric.label) + 10
