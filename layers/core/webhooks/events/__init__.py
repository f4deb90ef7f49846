"""Events as typed models."""
