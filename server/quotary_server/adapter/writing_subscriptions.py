"""What becomes of trials and subscriptions, into messages."""

from __future__ import annotations

from quotary.v1 import subscription_service_pb2
from quotary_server.adapter.writing import write_date, write_term
from quotary_spec.model.renewal import Notice
from quotary_spec.model.trial import GuardEndEffects


def write_guard_effects(message: subscription_service_pb2.GuardEndEffects, effects: GuardEndEffects) -> None:
    """Fill what the end of Guard changes and leaves."""
    if effects.security_end_time is not None:
        message.security_end_time.FromDatetime(effects.security_end_time)
    if effects.security_end is not None:
        write_date(message.security_end_date, effects.security_end)
    message.single_sign_on_available = effects.single_sign_on
    message.login_method = effects.login_method
    if effects.password_reset is not None:
        message.password_reset_required = effects.password_reset
    message.two_step_verification_enforced = effects.two_step_enforced
    message.two_step_verification_releasable = effects.two_step_releasable
    message.organisation_retained = effects.organisation_retained
    message.managed_accounts_editable = effects.accounts_editable
    if effects.config_retained is not None:
        message.config_retained = effects.config_retained
    if effects.config_retention is not None:
        write_date(message.config_retention_date, effects.config_retention)


def write_notice(message: subscription_service_pb2.Notice, notice: Notice) -> None:
    """Fill a message that the vendor sends."""
    message.kind = notice.kind
    if notice.sent is not None:
        message.sent = notice.sent
    if notice.send_date is not None:
        write_date(message.send_date, notice.send_date)
    if notice.window is not None:
        write_term(message.window, notice.window)
    if notice.window_open is not None:
        message.window_open = notice.window_open
    message.recipients.extend(notice.recipients)
    message.rule_id = notice.rule_id
