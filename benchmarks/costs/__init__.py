"""The monthly cost of a stack: counted calls, sizes and resources, times list prices."""
