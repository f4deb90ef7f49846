"""Structured logs: one line per decision, ids only."""

from aws_lambda_powertools import Logger

logger = Logger(utc=True)
"""Named by POWERTOOLS_SERVICE_NAME. Never given a header, a token or a body."""
