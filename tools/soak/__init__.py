"""A soak: a sender that behaves like DirectScale, while processes are killed and AWS calls disturbed at random."""
