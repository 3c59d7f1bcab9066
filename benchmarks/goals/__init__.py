"""The goals of STATISTICS, G1 to G13, each as something that is measured (`python -m benchmarks.statistics`)."""
