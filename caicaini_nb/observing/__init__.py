"""Calls of other people's clients, seen as they pass. It changes nothing of them but Accept-Encoding, and fails none.

observe     the hook: a transport around the one in somebody's client
passing     what a request tells before it goes out
witness     its row in the ledger
"""

__all__: list[str] = []
