"""Receive DirectScale's event webhooks: each accepted once, none lost.

The modules at this level are pure: no I/O, no AWS. `webhooks.aws` talks to AWS; `webhooks.handlers` is the public
interface for handlers.
"""

__version__ = "1.0.0"
