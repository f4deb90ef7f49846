"""Receivers as they are usually built, kept small."""
