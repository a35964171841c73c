"""The tokens that a user is responsible for, and which of them stop if the user loses a role."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from consent.dashboard.frame.context import services
from consent.storage.accounts import api_tokens
from consent.storage.accounts.api_tokens import Token
from consent.storage.accounts.token_users import AdminSites, admin_sites_of
from consent.storage.accounts.users import RoleSomewhere
from consent.storage.database.base import db
from consent.storage.tables.accounts import User


class UserTokens(NamedTuple):
    """The valid tokens that a user with these roles is responsible for; `groups` are the ids of sites by group."""

    every: list[Token]
    is_active: bool
    roles: list[RoleSomewhere]
    groups: Mapping[str, Collection[int]]

    def stopped_without(self, role: RoleSomewhere) -> list[Token]:
        """Return the tokens that no longer write on some of their sites once the user has lost `role`."""
        remaining = [one for one in self.roles if one != role]
        return self._stopped(admin_sites_of(remaining, self.groups))

    def stopped_by_deactivation(self) -> list[Token]:
        """Return the tokens that no longer write once the user is deactivated."""
        return self._stopped(AdminSites())

    def _stopped(self, after: AdminSites) -> list[Token]:
        present = admin_sites_of(self.roles, self.groups) if self.is_active else AdminSites()
        return [token for token in self.every if token.needs_admin and present.loses(after, token.site_ids)]


def user_tokens(user: User, roles: list[RoleSomewhere], groups: Mapping[str, Collection[int]]) -> UserTokens:
    """Return the tokens that `user`, who has these `roles`, is responsible for."""
    return UserTokens(api_tokens.of_user(db.session, user.audit_id, services().now), user.active, roles, groups)
