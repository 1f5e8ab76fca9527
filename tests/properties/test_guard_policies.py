"""Guard: what authentication policies allow, and what they do to the bill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from guard_cases import ACME, AGENT, DEFAULT, FREED, external, managed, standard
from quotary_spec.model.organisation import AuthenticationPolicy, User
from quotary_spec.model.subscription import Actor
from quotary_spec.outcome import Outcome
from quotary_spec.rulebook import BOOK
from quotary_spec.rules.guard.policies_assessment import (
    CommandResult,
    PolicyAction,
    PolicyCheck,
    PolicyCommand,
    PolicySettings,
    check_policies,
)
from quotary_spec.rules.guard.users_judge import CountSettings


def run(
    *commands: PolicyCommand,
    policies: tuple[AuthenticationPolicy, ...] = (DEFAULT,),
    people: Iterable[User] = (),
    state: str | None = "paid_monthly",
    edition: str = "2026",
    **options: Any,
) -> PolicyCheck:
    how = PolicySettings(replace(ACME, guard_state=state), **options)
    return check_policies(BOOK[edition], how, policies, list(people), commands)


def reasons(result: CommandResult) -> list[str]:
    return [finding.reason for finding in result.findings]


def do(action: PolicyAction, policy: str = "", **facts: Any) -> PolicyCommand:
    return PolicyCommand(action, policy, **facts)


CREATE, NB, BILL = PolicyAction.CREATE, PolicyAction.MAKE_NONBILLABLE, PolicyAction.MAKE_BILLABLE
CONFIGURE, ADD = PolicyAction.CONFIGURE, PolicyAction.ADD_MEMBER
SSO = {"single_sign_on": True}


def test_worked_example_9_commands() -> None:
    answer = run(
        do(CREATE, "p2"),
        do(NB, "p2"),
        do(NB, "default"),
        do(CREATE, "p3"),
        do(NB, "p3"),
        do(CONFIGURE, "p2", settings=SSO),
        do(ADD, "p2", user="okta1"),
        do(CONFIGURE, "p2", settings={"session_duration": None}),
        do(BILL, "p2"),
        do(NB, "p3"),
        do(CONFIGURE, "p2", settings=SSO),
        do(NB, "p2"),
        people=[managed("okta1", "jira", synchronised=True)],
        state="trial",
    )
    assert [reasons(result) for result in answer.results] == [
        [],
        [],
        ["ONE_NONBILLABLE_POLICY", "DEFAULT_POLICY_IS_BILLABLE", "SYNCHRONISED_MEMBER"],
        [],
        ["ONE_NONBILLABLE_POLICY"],
        ["SETTING_WITHHELD"],
        ["SYNCHRONISED_MEMBER"],
        [],
        [],
        [],
        [],
        ["ONE_NONBILLABLE_POLICY", "SETTING_WITHHELD"],
    ]
    assert answer.policies == (
        DEFAULT,
        AuthenticationPolicy("p2", single_sign_on=True),
        AuthenticationPolicy("p3", nonbillable=True),
    )
    assert answer.free_settings == ("password_strength", "password_expiry", "session_duration")


P2 = AuthenticationPolicy("p2")


@pytest.mark.parametrize(
    ("policies", "people", "expected"),
    [
        ((DEFAULT,), [], []),
        ((DEFAULT, FREED), [], []),
        ((P2,), [], ["ONE_DEFAULT_POLICY"]),
        ((DEFAULT, replace(P2, default=True)), [], ["ONE_DEFAULT_POLICY"]),
        ((DEFAULT, FREED, replace(P2, nonbillable=True)), [], ["ONE_NONBILLABLE_POLICY"]),
        ((replace(DEFAULT, nonbillable=True),), [], ["DEFAULT_POLICY_IS_BILLABLE"]),
        ((DEFAULT, replace(FREED, single_sign_on=True)), [], ["SETTING_WITHHELD"]),
        ((DEFAULT, replace(FREED, two_step_verification=True)), [], ["SETTING_WITHHELD"]),
        ((DEFAULT, replace(FREED, api_tokens_blocked=True)), [], ["SETTING_WITHHELD"]),
        ((DEFAULT, replace(P2, single_sign_on=True, two_step_verification=True)), [], []),
        ((DEFAULT, FREED), [managed("a", policy="freed", synchronised=True)], ["SYNCHRONISED_MEMBER"]),
        ((DEFAULT, P2), [managed("a", policy="p2", synchronised=True)], []),
        ((DEFAULT, P2), [external("a", policy="p2")], ["MEMBER_NOT_MANAGED"]),
        ((DEFAULT, P2), [external("a")], []),
        ((DEFAULT, P2), [User("a", policy="p2")], ["INPUT_MISSING"]),
    ],
)
def test_what_is_sound_and_what_is_not(
    policies: tuple[AuthenticationPolicy, ...], people: list[User], expected: list[str]
) -> None:
    assert [finding.reason for finding in run(policies=policies, people=people).initial_findings] == expected


@pytest.mark.parametrize(
    ("state", "several", "nonbillable", "paid_only"),
    [
        ("none", False, False, False),
        ("trial", True, True, False),
        ("paid_monthly", True, True, True),
        ("paid_annual", True, True, True),
        ("unsubscribed", True, False, False),
    ],
)
def test_what_guard_allows(state: str, several: bool, nonbillable: bool, paid_only: bool) -> None:
    answer = run(do(NB, "p2"), policies=(DEFAULT, P2), state=state)
    assert (answer.initial is Outcome.GRANTED) is several
    assert (answer.results[0].outcome is Outcome.GRANTED) is nonbillable
    paid = run(do(NB, "p2"), policies=(DEFAULT, P2), state=state, trial_counts=False)
    assert (paid.results[0].outcome is Outcome.GRANTED) is paid_only


def test_an_unknown_standing_with_guard_leaves_it_open() -> None:
    answer = run(do(CREATE, "p3"), do(NB, "p2"), policies=(DEFAULT, P2), state=None)
    assert answer.initial is Outcome.UNDETERMINED
    assert [result.outcome for result in answer.results] == [Outcome.UNDETERMINED] * 2
    assert answer.results[0].findings[0].missing == ("organisation.guard.state",)
    assert run(policies=(DEFAULT,), state=None).initial is Outcome.GRANTED


@pytest.mark.parametrize("roles", [set(), {"site_admin"}, {"billing_admin"}])
def test_only_organisation_admins_change_policies(roles: set[str]) -> None:
    actor = Actor(frozenset(roles))
    answer = run(do(CREATE, "p2"), actor=actor)
    assert reasons(answer.results[0]) == ["ROLE_NOT_ALLOWED"]
    assert answer.policies == (DEFAULT,)
    admin = Actor(frozenset({"organisation_admin"}))
    assert run(do(CREATE, "p2"), actor=admin).results[0].outcome is Outcome.GRANTED


def test_accounts_come_and_are_synchronised_without_an_admin() -> None:
    nobody = Actor(frozenset())
    new = managed("new", "jira")
    answer = run(
        do(PolicyAction.PROVISION_USER, account=new),
        do(PolicyAction.SYNCHRONISE_USER, user="new"),
        actor=nobody,
    )
    assert [result.outcome for result in answer.results] == [Outcome.GRANTED] * 2
    assert answer.results[0].new_policies == {"new": "default"}
    assert answer.results[0].billable_change == 1


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (do(CREATE, "default"), ["POLICY_EXISTS"]),
        (do(NB, "nowhere"), ["POLICY_UNKNOWN"]),
        (do(ADD, "p2", user="nobody"), ["ACCOUNT_UNKNOWN"]),
        (do(PolicyAction.SYNCHRONISE_USER, user="nobody"), ["ACCOUNT_UNKNOWN"]),
        (do(PolicyAction.PROVISION_USER, account=managed("a")), ["ACCOUNT_EXISTS"]),
        (do(PolicyAction.PROVISION_USER, account=external("b")), ["MEMBER_NOT_MANAGED"]),
        (do(PolicyAction.PROVISION_USER, account=User("b")), ["INPUT_MISSING"]),
        (do(ADD, "p2", user="x"), ["MEMBER_NOT_MANAGED"]),
        (do(ADD, "p2", user="y"), ["INPUT_MISSING"]),
        (do(PolicyAction.DELETE, "default"), ["ONE_DEFAULT_POLICY"]),
        (do(PolicyAction.DELETE, "p2"), ["EDITION_SILENT"]),
        (do(PolicyAction.MAKE_DEFAULT, "p2"), ["EDITION_SILENT"]),
        (do(PolicyAction.MAKE_DEFAULT, "freed"), ["DEFAULT_POLICY_IS_BILLABLE"]),
    ],
)
def test_commands_that_change_nothing(command: PolicyCommand, expected: list[str]) -> None:
    policies = (DEFAULT, P2, FREED)
    people = [managed("a", "jira"), external("x", "jira"), User("y", active=True)]
    answer = run(command, policies=policies, people=people)
    assert reasons(answer.results[0]) == expected
    assert answer.results[0].billable_change == 0
    assert answer.policies == policies


def test_a_new_account_needs_a_default_policy_to_join() -> None:
    answer = run(do(PolicyAction.PROVISION_USER, account=managed("a")), policies=(P2,))
    assert reasons(answer.results[0]) == ["ONE_DEFAULT_POLICY"]


def test_members_leave_the_bill_and_return() -> None:
    people = [managed("a", "jira", policy="p2"), managed("b", policy="p2"), managed("c", "jira")]
    answer = run(
        do(NB, "p2"), do(ADD, "p2", user="c"), do(BILL, "p2"), do(BILL, "p2"), policies=(DEFAULT, P2), people=people
    )
    assert [result.billable_change for result in answer.results] == [-1, -1, 2, 0]
    assert answer.results[1].new_policies == {"c": "p2"}


def test_a_member_synchronised_later_moves_to_the_default_policy() -> None:
    answer = run(
        do(PolicyAction.SYNCHRONISE_USER, user="a"),
        do(PolicyAction.SYNCHRONISE_USER, user="b"),
        policies=(DEFAULT, FREED, P2),
        people=[managed("a", "jira", policy="freed"), managed("b", "jira", policy="p2")],
    )
    assert [(result.billable_change, dict(result.new_policies), result.findings) for result in answer.results] == [
        (1, {"a": "default"}, ()),
        (0, {}, ()),
    ]


def test_by_the_other_reading_conflicts_are_cleared() -> None:
    held = replace(P2, single_sign_on=True, two_step_verification=True, api_tokens_blocked=True)
    people = [managed("a", "jira", policy="p2", synchronised=True), managed("b", "jira", policy="p2")]
    refused = run(do(NB, "p2"), policies=(DEFAULT, held), people=people)
    assert reasons(refused.results[0]) == ["SETTING_WITHHELD"] * 3 + ["SYNCHRONISED_MEMBER"]
    answer = run(do(NB, "p2"), policies=(DEFAULT, held), people=people, clear_conflicts=True)
    assert answer.results[0].outcome is Outcome.GRANTED
    assert answer.results[0].billable_change == -1
    assert answer.results[0].new_policies == {"a": "default"}
    assert answer.policies[1] == replace(P2, nonbillable=True)


def test_the_nonbillable_policy_outlives_the_subscription_unless_it_is_dropped() -> None:
    people = [managed("a", "jira", policy="freed")]
    kept = run(do(BILL, "freed"), policies=(DEFAULT, FREED), people=people, state="unsubscribed")
    assert kept.initial is Outcome.GRANTED
    assert kept.results[0].billable_change == 1
    dropped = run(
        do(BILL, "freed"), policies=(DEFAULT, FREED), people=people, state="unsubscribed", drop_without_guard=True
    )
    assert dropped.policies == (DEFAULT,)
    assert reasons(dropped.results[0]) == ["POLICY_UNKNOWN"]


def test_a_first_policy_needs_no_guard() -> None:
    """Several do (001:91); the contract asks for one at least."""
    assert run(do(CREATE, "p1"), policies=(), state="none").results[0].outcome is Outcome.GRANTED
    assert run(do(CREATE, "p2"), policies=(DEFAULT,), state="none").results[0].outcome is Outcome.REFUSED


def test_a_change_of_the_bill_says_what_it_leaves_out() -> None:
    people = [managed("a", "jira", policy="p2", active=None), managed("b", "jira", policy="p2")]
    answer = run(do(NB, "p2"), policies=(DEFAULT, P2), people=people)
    assert answer.results[0].outcome is Outcome.GRANTED
    assert answer.results[0].billable_change == -1
    (finding,) = answer.results[0].findings
    assert (finding.reason, finding.detail) == ("CHANGE_OF_BILL_PARTLY_KNOWN", (("accounts", "1"),))


@pytest.mark.parametrize("edition", ["2021", "2023"])
def test_editions_without_the_guard_document_know_no_policies(edition: str) -> None:
    answer = run(do(CREATE, "p2"), edition=edition)
    assert answer.initial is Outcome.NOT_COVERED
    assert [result.outcome for result in answer.results] == [Outcome.NOT_COVERED]
    assert answer.policies == (DEFAULT,)


POLICY_IDS = ("default", "p1", "p2", "p3")
ACCOUNT_IDS = ("a", "b", "c", "d")


class Policies(RuleBasedStateMachine):
    """The policies of one organisation under any commands, each run replayed from the beginning.

    The bill is counted anew from the state that the commands are said to have led to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.people = {
            "a": managed("a", "jira"),
            "b": managed("b", AGENT),
            "c": managed("c"),
            "d": managed("d", "trello", synchronised=True),
        }
        self.first = list(self.people.values())
        self.commands: list[PolicyCommand] = []
        self.policies: tuple[AuthenticationPolicy, ...] = (DEFAULT,)
        self.last: CommandResult | None = None

    def bill(self) -> int:
        return standard(self.people.values(), CountSettings(ACME, self.policies))

    def step(self, command: PolicyCommand) -> None:
        before, policies = self.bill(), self.policies
        self.commands.append(command)
        answer = run(*self.commands, people=self.first)
        result = self.last = answer.results[-1]
        self.policies = answer.policies
        if result.outcome is not Outcome.GRANTED:
            assert self.policies == policies
            assert (result.billable_change, result.new_policies) == (0, {})
            return
        if command.account is not None:
            self.people[command.account.id] = command.account
        if command.action is PolicyAction.SYNCHRONISE_USER:
            self.people[command.user] = replace(self.people[command.user], synchronised=True)
        for user, policy in result.new_policies.items():
            self.people[user] = replace(self.people[user], policy=policy)
        self.people = dict(sorted(self.people.items()))
        assert result.billable_change == self.bill() - before
        assert result.findings == (), "every fact is known, so that nothing is left to say"

    @rule(policy=st.sampled_from(POLICY_IDS), action=st.sampled_from([CREATE, NB, BILL, *list(PolicyAction)[3:4]]))
    def change_policy(self, policy: str, action: PolicyAction) -> None:
        self.step(do(action, policy))

    @rule(
        policy=st.sampled_from(POLICY_IDS),
        setting=st.sampled_from(["single_sign_on", "two_step_verification", "api_tokens_blocked"]),
        on=st.booleans(),
    )
    def configure(self, policy: str, setting: str, on: bool) -> None:
        self.step(do(CONFIGURE, policy, settings={setting: on}))

    @rule(policy=st.sampled_from(POLICY_IDS), user=st.sampled_from(ACCOUNT_IDS))
    def add_member(self, policy: str, user: str) -> None:
        self.step(do(ADD, policy, user=user))

    @rule(user=st.sampled_from(ACCOUNT_IDS))
    def synchronise(self, user: str) -> None:
        self.step(do(PolicyAction.SYNCHRONISE_USER, user=user))

    @precondition(lambda self: len(self.people) < 7)
    @rule(synchronised=st.booleans())
    def provision(self, synchronised: bool) -> None:
        id = f"n{len(self.people)}"
        self.step(do(PolicyAction.PROVISION_USER, account=managed(id, "jira", synchronised=synchronised)))

    @invariant()
    def policies_stay_sound(self) -> None:
        again = run(policies=self.policies, people=self.people.values())
        assert again.initial_findings == ()
        assert sum(policy.default for policy in self.policies) == 1
        assert sum(policy.nonbillable for policy in self.policies) <= 1
        for policy in self.policies:
            if policy.nonbillable:
                assert not policy.default
                assert not policy.single_sign_on
                assert not policy.two_step_verification
                assert not policy.api_tokens_blocked
                members = [user for user in self.people.values() if user.policy == policy.id]
                assert not any(user.synchronised for user in members)


Policies.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestPolicies = Policies.TestCase
