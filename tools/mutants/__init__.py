"""The strength of the tests, measured on a seeded sample of mutants."""
