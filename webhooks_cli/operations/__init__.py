"""Everything that is read from or done to a deployed stack.

The command line and the console are two faces of it: nothing here prints, asks, or handles signals.
"""
