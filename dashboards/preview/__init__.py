"""What the dashboards look like on a history of the demo, without a Grafana server."""
