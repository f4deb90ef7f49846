"""Receive DirectScale's event webhooks: each accepted once, none lost.

The modules at this level are pure: no I/O, no AWS. `webhooks.aws` holds all that talks to AWS.
"""
