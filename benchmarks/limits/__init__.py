"""At how many events a second AWS or the template says no more."""
