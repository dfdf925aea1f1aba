"""Azure Monitor: metrics and traffic logs of online endpoints, from what the router recorded."""
