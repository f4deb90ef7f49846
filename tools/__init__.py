"""The project's own commands: the local stack, the demo, the schemas."""
