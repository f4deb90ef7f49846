"""Small receivers as they are usually built, for comparison."""
