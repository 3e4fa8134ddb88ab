"""All accounts of one process, found by key or id, loaded from the store when first asked for."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from caicaini_nb.sandbox.account import Account
from caicaini_nb.sandbox.keys import digest, is_sandbox_key, new_key
from caicaini_nb.sandbox.store import Store

__all__ = ["Accounts"]


class Accounts:
    """The accounts in a store and their keys."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._accounts: dict[str, Account] = {}
        self._live: dict[str, str] = {}  # digest of a valid key → account

    def open(self, key: str | None) -> tuple[Account, str]:
        """Open the account of `key` again, or a new one; returns it with its key, ValueError for a bad key."""
        if key is not None:
            if not is_sandbox_key(key):
                raise ValueError("A sandbox key is cai_api_sbx_ and 28 URL-safe characters.")
            row = self._store.key(digest(key))
            if row is not None and row["revoked"] is None:
                return self.get(str(row["account"])), key
            if row is not None:
                raise ValueError("This key is revoked: choose another one.")
        account = Account.open(f"acct_{secrets.token_hex(8)}", self._store)
        self._accounts[account.identity] = account
        return account, self.mint(account, key)

    def get(self, identity: str) -> Account:
        """Return an account by id; KeyError when there is none."""
        account = self._accounts.get(identity)
        if account is None:
            found = self._store.account(identity)
            if found is None:
                raise KeyError(identity)
            account = self._accounts[identity] = Account(identity, *found, self._store)
        return account

    def identities(self) -> list[str]:
        """List the accounts, the one used last first."""
        return self._store.account_ids()

    def authenticate(self, key: str) -> tuple[Account, str] | None:
        """Return the account of a valid key and the key's digest."""
        hashed = digest(key)
        owner = self._live.get(hashed)
        if owner is None:
            row = self._store.key(hashed)
            # The look-up is by a digest of 168 random bits; the comparison in constant time costs nothing more.
            if row is None or row["revoked"] is not None or not hmac.compare_digest(row["digest"], hashed):
                return None
            owner = self._live[hashed] = str(row["account"])
        return self.get(owner), hashed

    def mint(self, account: Account, key: str | None = None) -> str:
        """Make a key for an account, or register the given one; it is shown this once."""
        made = key or new_key()
        self._store.add_key(digest(made), f"key_{secrets.token_hex(6)}", account.identity, made[:12])
        return made

    def listed(self, account: Account) -> list[dict[str, Any]]:
        """List an account's keys without their digests."""
        shown = ("id", "created", "revoked")
        rows = self._store.keys(account.identity)
        return [{"prefix": row["shown"], **{name: row[name] for name in shown}} for row in rows]

    def revoke(self, account: Account, name: str) -> None:
        """Revoke the key named whole, by id or by prefix; ValueError when it fits none, or more than one."""
        rows = [row for row in self._store.keys(account.identity) if row["revoked"] is None]
        hashed = digest(name)
        fits = [row for row in rows if row["digest"] == hashed or row["id"] == name]
        fits = fits or [row for row in rows if name and row["shown"].startswith(name)]
        if len(fits) != 1:
            cause = "No valid key" if not fits else "More than one key"
            raise ValueError(f"{cause} of this account fits: name it by its id, as keys() lists it.")
        self._store.revoke(fits[0]["digest"])
        self._live.pop(fits[0]["digest"], None)
