"""The sidecar ``semwatch ship``: lines of log files to Kafka, each at least once."""
