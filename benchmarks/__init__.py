"""What the receiver takes and costs, compared with others."""
