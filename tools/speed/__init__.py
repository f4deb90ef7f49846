"""Runs built functions in processes of their own against a fake AWS, to measure what a start and a call take."""
