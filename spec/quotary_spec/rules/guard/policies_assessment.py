"""Authentication policies: a list of commands carried out one by one, each checked against the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from quotary_spec.model.organisation import AuthenticationPolicy, Organisation, User
from quotary_spec.model.subscription import Actor
from quotary_spec.outcome import Finding, Outcome, not_covered, refused, remark, undetermined, weakest
from quotary_spec.rule import RuleFunction, about, untraced
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.policies import (
    change_of_bill,
    default_is_billable,
    guard_allows_nonbillable,
    guard_allows_policies,
    has_one_default,
    may_be_member,
    may_change_policies,
    nonbillable_policies_fit,
    policy_of_new_account,
    setting_stays_free,
    single_sign_on_is_allowed,
    synchronised_member_is_allowed,
    token_block_is_allowed,
    two_step_verification_is_allowed,
)
from quotary_spec.rules.guard.users import Profile
from quotary_spec.rules.guard.users_judge import CountSettings, Judge


class PolicyAction(StrEnum):
    """What can be done to authentication policies."""

    CREATE = "create"
    MAKE_NONBILLABLE = "make_nonbillable"
    MAKE_BILLABLE = "make_billable"
    MAKE_DEFAULT = "make_default"
    CONFIGURE = "configure"
    ADD_MEMBER = "add_member"
    SYNCHRONISE_USER = "synchronise_user"
    PROVISION_USER = "provision_user"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class PolicyCommand:
    """One change to the policies of an organisation.

    Attributes:
        action: What is done.
        policy: Id of the policy it is done to.
        user: Id of the account it is done to.
        settings: Settings that are given, by field name of a policy.
        account: The new account, for PROVISION_USER.
    """

    action: PolicyAction
    policy: str = ""
    user: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    account: User | None = None


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What a run of commands rests on.

    Attributes:
        organisation: The organisation, with its standing with Guard.
        actor: Who gives the commands; None for an organisation admin.
        profile: List of products for the change of the bill.
        trial_counts: Whether a running trial allows a non-billable policy.
        clear_conflicts: Whether making a policy non-billable clears what stands against it, instead of being refused.
        drop_without_guard: Whether the non-billable policy is dropped when Guard is unsubscribed, not kept.
    """

    organisation: Organisation
    actor: Actor | None = None
    profile: Profile = Profile.UNION8
    trial_counts: bool = True
    clear_conflicts: bool = False
    drop_without_guard: bool = False


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What one command did.

    Attributes:
        outcome: Whether it was carried out.
        findings: Every rule that stands against it, and remarks.
        billable_change: Change of the number of known users billable for Standard.
        moved: Accounts that it moved, with the policies in which they are now.
    """

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    billable_change: int = 0
    new_policies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyCheck:
    """What became of an organisation's policies.

    Attributes:
        initial: Whether they were sound before the first command.
        initial_findings: What was not.
        results: One entry a command.
        policies: The policies after the last command.
        free_settings: Settings that a non-billable policy leaves free.
    """

    initial: Outcome
    initial_findings: tuple[Finding, ...]
    results: tuple[CommandResult, ...]
    policies: tuple[AuthenticationPolicy, ...]
    free_settings: tuple[str, ...]


def check_policies(
    book: Book,
    settings: PolicySettings,
    policies: Sequence[AuthenticationPolicy],
    users: Sequence[User],
    commands: Sequence[PolicyCommand],
) -> PolicyCheck:
    """Check an organisation's policies, and carry out commands on them in their order."""
    if not book.prints("guard.policy.settings"):
        silent = not_covered(edition=book.edition)
        results = tuple(CommandResult(silent.outcome, (silent,)) for _ in commands)
        return PolicyCheck(silent.outcome, (silent,), results, tuple(policies), ())
    console = _Console(book, settings, policies, users)
    initial = tuple(console.unsound())
    done: list[CommandResult] = []
    for i, command in enumerate(commands):
        with about(f"commands[{i}]"):
            done.append(console.carry_out(command))
    withheld = book.texts("guard.policy.withheld-settings")
    free = tuple(each for each in book.texts("guard.policy.settings") if setting_stays_free(each, withheld))
    return PolicyCheck(weakest(initial), initial, tuple(done), tuple(console.policies.values()), free)


def _refuse(function: RuleFunction[..., object], reason: str, **detail: str) -> Finding:
    return replace(refused(reason, **detail), rule_id=function.info.id)


def _lacks(function: RuleFunction[..., object], path: str) -> Finding:
    return replace(undetermined("INPUT_MISSING", path), rule_id=function.info.id)


@dataclass(slots=True)
class _Account:
    """A known account: its policy ("" for none), and whether it is billable apart from that."""

    path: str
    policy: str
    managed: bool | None
    synchronised: bool
    billable: bool | None


@dataclass(slots=True)
class _Members:
    """How many known members of a policy are synchronised, billable apart from the policy, or open in that."""

    synchronised: int = 0
    billable: int = 0
    open: int = 0

    def add(self, account: _Account, sign: int = 1) -> None:
        """Count an account in, or with sign -1 out."""
        self.synchronised += sign * account.synchronised
        self.billable += sign * (account.billable is True)
        self.open += sign * (account.billable is None)


class _Console:
    """The policies and accounts while commands are carried out."""

    def __init__(
        self, book: Book, settings: PolicySettings, policies: Sequence[AuthenticationPolicy], users: Sequence[User]
    ) -> None:
        self.settings = settings
        self.users = users
        self.policies = {policy.id: policy for policy in policies}
        self.default = next((policy.id for policy in policies if policy.default), "")
        self.state = settings.organisation.guard_state
        self.subscribed = book.texts("guard.states-subscribed")
        self.most_nonbillable = book.integer("guard.policy.most-nonbillable")
        self.judge = Judge(book, CountSettings(organisation=settings.organisation, profile=settings.profile))
        self.accounts: dict[str, _Account] = {}
        self.members = {policy.id: _Members() for policy in policies} | {"": _Members()}
        for i, user in enumerate(users):
            self._enrol(user, user.policy, f"users[{i}]")
        if settings.drop_without_guard and self.state is not None and self.state not in self.subscribed:
            self._drop_nonbillable()

    def _enrol(self, user: User, policy: str | None, path: str) -> None:
        with untraced():
            # Asked as a member of a billable policy, so that afterwards only the policy decides.
            standing = self.judge(replace(user, policy=None, other_policies=()))
        if policy is None:
            policy = "" if standing.managed is False else self.default
        account = _Account(path, policy, standing.managed, user.synchronised, standing.standard)
        self.accounts[user.id] = account
        self.members[policy].add(account)

    def _move(self, user: str, policy: str) -> dict[str, str]:
        account = self.accounts[user]
        if account.policy == policy:
            return {}
        self.members[account.policy].add(account, -1)
        account.policy = policy
        self.members[policy].add(account)
        return {user: policy}

    def _move_all(self, source: str, *, synchronised_only: bool = False) -> dict[str, str]:
        new_policies: dict[str, str] = {}
        for id, account in self.accounts.items():
            if account.policy == source and (account.synchronised or not synchronised_only):
                new_policies |= self._move(id, self.default)
        return new_policies

    def _drop_nonbillable(self) -> None:
        for policy in [each for each in self.policies.values() if each.nonbillable and not each.default]:
            self._move_all(policy.id)
            del self.policies[policy.id]

    def _frees(self, policy: str) -> bool:
        return bool(policy) and self.policies[policy].nonbillable

    # ---- what stands against the policies as they are

    def unsound(self) -> Iterator[Finding]:
        """What is wrong with the policies and their members."""
        policies = tuple(self.policies.values())
        if not has_one_default(sum(policy.default for policy in policies)):
            yield _refuse(has_one_default, "ONE_DEFAULT_POLICY")
        if not nonbillable_policies_fit(sum(policy.nonbillable for policy in policies), self.most_nonbillable):
            yield _refuse(nonbillable_policies_fit, "ONE_NONBILLABLE_POLICY")
        yield from self._several_policies(len(policies))
        for i, policy in enumerate(policies):
            for finding in _against_nonbillable(policy, self.members[policy.id].synchronised):
                yield finding.about(f"policies[{i}]")
        for user in self.users:
            if user.policy is not None:
                for finding in self._membership(user.id):
                    yield finding.about(self.accounts[user.id].path)

    def _several_policies(self, number: int) -> Iterator[Finding]:
        if number <= 1:
            return
        if self.state is None:
            yield _lacks(guard_allows_policies, "organisation.guard.state")
        elif not guard_allows_policies(number, self.state, self.subscribed):
            yield _refuse(guard_allows_policies, "GUARD_SUBSCRIPTION_NEEDED", state=self.state)

    def _membership(self, user: str) -> Iterator[Finding]:
        managed = self.accounts[user].managed
        if managed is None:
            yield _lacks(may_be_member, f"{self.accounts[user].path}.email")
        elif not may_be_member(managed):
            yield _refuse(may_be_member, "MEMBER_NOT_MANAGED", user=user)

    # ---- commands

    def carry_out(self, command: PolicyCommand) -> CommandResult:
        """Carry out a command unless something stands against it."""
        findings = tuple(self._against(command))
        outcome = weakest(findings)
        if outcome is not Outcome.GRANTED:
            return CommandResult(outcome, findings)
        change, new_policies, uncounted = self._apply(command)
        remarks = (remark("CHANGE_OF_BILL_PARTLY_KNOWN", accounts=str(uncounted)),) if uncounted else ()
        return CommandResult(outcome, (*findings, *remarks), change, new_policies)

    def _against(self, command: PolicyCommand) -> Iterator[Finding]:
        action, policy, user = command.action, self.policies.get(command.policy), command.user
        automatic = action in (PolicyAction.SYNCHRONISE_USER, PolicyAction.PROVISION_USER)
        actor = self.settings.actor
        if not automatic and actor is not None and not may_change_policies(actor.effective_roles):
            yield _refuse(may_change_policies, "ROLE_NOT_ALLOWED", roles=", ".join(sorted(actor.roles)))
        if action is PolicyAction.CREATE:
            if policy is not None:
                yield refused("POLICY_EXISTS", policy=policy.id)
            yield from self._several_policies(len(self.policies) + 1)
            return
        if not automatic and policy is None:
            yield refused("POLICY_UNKNOWN", policy=command.policy)
            return
        if action in (PolicyAction.ADD_MEMBER, PolicyAction.SYNCHRONISE_USER) and user not in self.accounts:
            yield refused("ACCOUNT_UNKNOWN", user=user)
            return
        if action is PolicyAction.PROVISION_USER:
            yield from self._against_provisioning(command)
        elif policy is not None:
            yield from self._against_change(action, policy, command)

    def _against_change(
        self, action: PolicyAction, policy: AuthenticationPolicy, command: PolicyCommand
    ) -> Iterator[Finding]:
        match action:
            case PolicyAction.MAKE_NONBILLABLE:
                yield from self._against_freeing(policy)
            case PolicyAction.CONFIGURE:
                yield from _against_nonbillable(replace(policy, **command.settings))
            case PolicyAction.ADD_MEMBER:
                yield from self._membership(command.user)
                account = self.accounts[command.user]
                if not synchronised_member_is_allowed(
                    nonbillable=policy.nonbillable, synchronised=account.synchronised
                ):
                    yield _refuse(synchronised_member_is_allowed, "SYNCHRONISED_MEMBER", members="1")
            case PolicyAction.MAKE_DEFAULT:
                if default_is_billable(default=True, nonbillable=policy.nonbillable):
                    yield not_covered()
                else:
                    yield _refuse(default_is_billable, "DEFAULT_POLICY_IS_BILLABLE", policy=policy.id)
            case PolicyAction.DELETE:
                defaults = sum(each.default for each in self.policies.values()) - policy.default
                if policy.default and not has_one_default(defaults):
                    yield _refuse(has_one_default, "ONE_DEFAULT_POLICY", policy=policy.id)
                else:
                    yield not_covered()

    def _against_freeing(self, policy: AuthenticationPolicy) -> Iterator[Finding]:
        if self.state is None:
            yield _lacks(guard_allows_nonbillable, "organisation.guard.state")
        elif not guard_allows_nonbillable(self.state, self.subscribed, self.settings.trial_counts):
            yield _refuse(guard_allows_nonbillable, "GUARD_SUBSCRIPTION_NEEDED", state=self.state)
        others = sum(each.nonbillable for each in self.policies.values() if each.id != policy.id)
        if not nonbillable_policies_fit(others + 1, self.most_nonbillable):
            yield _refuse(nonbillable_policies_fit, "ONE_NONBILLABLE_POLICY", policy=policy.id)
        freed = replace(policy, nonbillable=True)
        if self.settings.clear_conflicts:
            yield from _against_nonbillable(replace(freed, **_CLEARED))
        else:
            yield from _against_nonbillable(freed, self.members[policy.id].synchronised)

    def _against_provisioning(self, command: PolicyCommand) -> Iterator[Finding]:
        account = command.account
        assert account is not None, "the reader asks for the account"
        managed = self.judge.managed(account)
        if account.id in self.accounts:
            yield refused("ACCOUNT_EXISTS", user=account.id)
        if managed is None:
            yield _lacks(may_be_member, "user.email")
        elif not may_be_member(managed):
            yield _refuse(may_be_member, "MEMBER_NOT_MANAGED", user=account.id)
        if not self.default:
            yield _refuse(has_one_default, "ONE_DEFAULT_POLICY")

    def _apply(self, command: PolicyCommand) -> tuple[int, dict[str, str], int]:
        """Change of the bill, accounts moved, and number of accounts concerned whose part in the bill is open."""
        match command.action:
            case PolicyAction.CREATE:
                made = AuthenticationPolicy(command.policy, **command.settings)
                self.policies[made.id] = made
                self.members.setdefault(made.id, _Members())
            case PolicyAction.CONFIGURE:
                self.policies[command.policy] = replace(self.policies[command.policy], **command.settings)
            case PolicyAction.MAKE_NONBILLABLE | PolicyAction.MAKE_BILLABLE:
                return self._set_nonbillable(command.policy, command.action is PolicyAction.MAKE_NONBILLABLE)
            case PolicyAction.ADD_MEMBER:
                return self._transfer(command.user, command.policy)
            case PolicyAction.SYNCHRONISE_USER:
                return self._synchronise(command.user)
            case PolicyAction.PROVISION_USER:
                return self._provision(command.account)
        return 0, {}, 0

    def _set_nonbillable(self, policy: str, nonbillable: bool) -> tuple[int, dict[str, str], int]:
        before = self.policies[policy]
        new_policies: dict[str, str] = {}
        if nonbillable and self.settings.clear_conflicts:
            before = replace(before, **_CLEARED)
            if self.members[policy].synchronised:
                new_policies = self._move_all(policy, synchronised_only=True)
        self.policies[policy] = replace(before, nonbillable=nonbillable)
        members = self.members[policy]
        change = change_of_bill(members.billable, was_nonbillable=before.nonbillable, is_nonbillable=nonbillable)
        return change, new_policies, members.open if before.nonbillable != nonbillable else 0

    def _transfer(self, user: str, policy: str) -> tuple[int, dict[str, str], int]:
        account = self.accounts[user]
        was, now = self._frees(account.policy), self._frees(policy)
        new_policies = self._move(user, policy)
        change = change_of_bill(int(account.billable is True), was_nonbillable=was, is_nonbillable=now)
        return change, new_policies, int(account.billable is None and was != now)

    def _synchronise(self, user: str) -> tuple[int, dict[str, str], int]:
        account = self.accounts[user]
        if not account.synchronised:
            account.synchronised = True
            self.members[account.policy].synchronised += 1
        if synchronised_member_is_allowed(nonbillable=self._frees(account.policy), synchronised=True):
            return 0, {}, 0
        return self._transfer(user, self.default)

    def _provision(self, user: User | None) -> tuple[int, dict[str, str], int]:
        assert user is not None, "the reader asks for the account"
        policy = policy_of_new_account(self.default)
        self._enrol(user, policy, user.id)
        billable = self.accounts[user.id].billable
        return int(billable is True), {user.id: policy}, int(billable is None)


_CLEARED: Mapping[str, Any] = {"single_sign_on": False, "two_step_verification": False, "api_tokens_blocked": False}


def _against_nonbillable(policy: AuthenticationPolicy, synchronised_members: int = 0) -> Iterator[Finding]:
    """What a policy may not be or hold together with being non-billable."""
    frees = policy.nonbillable
    if not default_is_billable(default=policy.default, nonbillable=frees):
        yield _refuse(default_is_billable, "DEFAULT_POLICY_IS_BILLABLE", policy=policy.id)
    if not single_sign_on_is_allowed(nonbillable=frees, enforced=policy.single_sign_on):
        yield _refuse(single_sign_on_is_allowed, "SETTING_WITHHELD", setting="single_sign_on")
    if not two_step_verification_is_allowed(nonbillable=frees, required=policy.two_step_verification):
        yield _refuse(two_step_verification_is_allowed, "SETTING_WITHHELD", setting="two_step_verification")
    if not token_block_is_allowed(nonbillable=frees, blocked=policy.api_tokens_blocked):
        yield _refuse(token_block_is_allowed, "SETTING_WITHHELD", setting="api_tokens")
    if not synchronised_member_is_allowed(nonbillable=frees, synchronised=synchronised_members > 0):
        yield _refuse(synchronised_member_is_allowed, "SYNCHRONISED_MEMBER", members=str(synchronised_members))
