"""LicenceTierService.CheckAuthenticationPolicies."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from quotary.v1 import licence_tier_service_pb2 as pb
from quotary_server.adapter.enums import GUARD_PROFILE, OUTCOME, POLICY_ACTION
from quotary_server.adapter.faults import Faults
from quotary_server.adapter.reading_subscriptions import read_actor
from quotary_server.adapter.reading_tiers import (
    name,
    read_account,
    read_organisation,
    read_policies,
    read_policy_settings,
)
from quotary_server.adapter.writing import write_reason
from quotary_server.calls.answering import answer
from quotary_server.ruleset import Ruleset
from quotary_spec.model.organisation import AuthenticationPolicy, Organisation, User
from quotary_spec.outcome import Finding
from quotary_spec.rulebook import Book
from quotary_spec.rules.guard.policies_assessment import (
    CommandResult,
    PolicyAction,
    PolicyCheck,
    PolicyCommand,
    PolicySettings,
    check_policies,
)
from quotary_spec.rules.guard.users import Profile

_ON_USERS = (PolicyAction.ADD_MEMBER, PolicyAction.SYNCHRONISE_USER)
_WITHOUT_POLICY = (PolicyAction.SYNCHRONISE_USER, PolicyAction.PROVISION_USER)


def check_authentication_policies(
    ruleset: Ruleset, request: pb.CheckAuthenticationPoliciesRequest
) -> pb.CheckAuthenticationPoliciesResponse:
    """Whether an organisation's policies are sound, and what each command does to them.

    Raises:
        CallError: INVALID_ARGUMENT with every violation.
    """
    return answer(ruleset, request, pb.CheckAuthenticationPoliciesResponse(), _read, _ask, _write, findings=_findings)


@dataclass(frozen=True, slots=True)
class _Case:
    settings: PolicySettings
    policies: tuple[AuthenticationPolicy, ...]
    users: list[User]
    commands: list[PolicyCommand]


def _read(faults: Faults, request: pb.CheckAuthenticationPoliciesRequest) -> _Case:
    settings = _read_settings(faults, request)
    if not request.policies:
        faults.add("policies", "REQUIRED")
    policies = read_policies(faults, "policies", request.policies)
    users = _read_users(faults, request, {policy.id for policy in policies})
    commands = [_read_command(faults, f"commands[{i}]", each) for i, each in enumerate(request.commands)]
    return _Case(settings, policies, users, commands)


def _ask(book: Book, case: _Case) -> PolicyCheck:
    return check_policies(book, case.settings, case.policies, case.users, case.commands)


def _read_settings(faults: Faults, request: pb.CheckAuthenticationPoliciesRequest) -> PolicySettings:
    organisation = Organisation()
    if request.HasField("organisation"):
        organisation = read_organisation(faults, "organisation", request.organisation)
    else:
        faults.add("organisation", "REQUIRED")
    return PolicySettings(
        organisation=organisation,
        actor=read_actor(faults, "actor", request.actor) if request.HasField("actor") else None,
        profile=GUARD_PROFILE.read(faults, "profile", request.profile, Profile.UNION8),
        trial_counts=not request.HasField("trial_sufficient") or request.trial_sufficient,
        clear_conflicts=request.conflicts_cleared,
        drop_without_guard=request.dropped_without_subscription,
    )


def _read_users(
    faults: Faults, request: pb.CheckAuthenticationPoliciesRequest, policies: Collection[str]
) -> list[User]:
    """Accounts, each id once."""
    users: dict[str, User] = {}
    for i, each in enumerate(request.users):
        path = f"users[{i}]"
        if each.id in users:
            faults.add(f"{path}.id", "CONFLICTING_FIELDS", f"{each.id[:40]!r} stands twice")
        users[each.id] = _one_policy(faults, path, read_account(faults, path, each, policies))
    return list(users.values())


def _one_policy(faults: Faults, path: str, user: User) -> User:
    if user.other_policies:
        faults.add(f"{path}.other_policy_ids", "CONFLICTING_FIELDS", "an account has one policy here")
    return user


def _read_command(faults: Faults, path: str, message: pb.PolicyCommand) -> PolicyCommand:
    action = POLICY_ACTION.read(faults, f"{path}.action", message.action)
    if action is None:
        faults.add(f"{path}.action", "REQUIRED")
        return PolicyCommand(PolicyAction.CREATE)
    lacking = {
        "policy_id": action not in _WITHOUT_POLICY and not message.policy_id,
        "user_id": action in _ON_USERS and not message.user_id,
        "user": action is PolicyAction.PROVISION_USER and not message.HasField("user"),
    }
    for field, lacks in lacking.items():
        if lacks:
            faults.add(f"{path}.{field}", "REQUIRED")
    account = None
    if action is PolicyAction.PROVISION_USER and message.HasField("user"):
        if message.user.HasField("policy_id"):
            faults.add(f"{path}.user.policy_id", "CONFLICTING_FIELDS", "a new account joins the default policy")
        account = replace(read_account(faults, f"{path}.user", message.user, (message.user.policy_id,)), policy=None)
        _one_policy(faults, f"{path}.user", account)
    return PolicyCommand(
        action,
        name(faults, f"{path}.policy_id", message.policy_id),
        name(faults, f"{path}.user_id", message.user_id),
        read_policy_settings(faults, f"{path}.settings", message.settings),
        account,
    )


def _findings(check: PolicyCheck) -> Iterator[Finding]:
    """Why the whole is as it is: of each reason the first command that has it, since each command has its own."""
    yield from check.initial_findings
    seen = {(finding.reason, finding.rule_id) for finding in check.initial_findings}
    for i, result in enumerate(check.results):
        for finding in result.findings:
            if (finding.reason, finding.rule_id) not in seen:
                seen.add((finding.reason, finding.rule_id))
                yield finding.about(f"commands[{i}]")


def _write(response: pb.CheckAuthenticationPoliciesResponse, check: PolicyCheck) -> None:
    response.initial_outcome = OUTCOME.write(check.initial)
    for i, result in enumerate(check.results):
        _write_result(response.results.add(), i, result)
    for policy in check.policies:
        _write_policy(response.policies.add(), policy)
    response.nonbillable_settings.extend(check.free_settings)


def _write_result(message: pb.PolicyCommandResult, position: int, result: CommandResult) -> None:
    message.position = position
    message.outcome = OUTCOME.write(result.outcome)
    for finding in result.findings:
        write_reason(message.reasons.add(), finding.about(f"commands[{position}]"))
    message.billable_change = result.billable_change
    message.moved_users.update(result.new_policies)


def _write_policy(message: pb.AuthenticationPolicy, policy: AuthenticationPolicy) -> None:
    message.id = policy.id
    message.default_policy = policy.default
    message.nonbillable = policy.nonbillable
    message.single_sign_on_enforced = policy.single_sign_on
    message.two_step_verification_required = policy.two_step_verification
    message.api_tokens_blocked = policy.api_tokens_blocked
    if policy.password_strength is not None:
        message.password_strength = policy.password_strength
    if policy.password_expiry_days is not None:
        message.password_expiry_days = policy.password_expiry_days
    if policy.session_duration is not None:
        message.session_duration.FromTimedelta(policy.session_duration)
