"""The commands behind the Makefile: the local stack, the demo, deployments, measurements."""
