package dev.quotary.client;

import dev.quotary.v1.AssessBillingAccountRequest;
import dev.quotary.v1.AssessBillingAccountResponse;
import dev.quotary.v1.AssessCancellationRequest;
import dev.quotary.v1.AssessCancellationResponse;
import dev.quotary.v1.AssessMaintenanceRequest;
import dev.quotary.v1.AssessMaintenanceResponse;
import dev.quotary.v1.AssessRenewalRequest;
import dev.quotary.v1.AssessRenewalResponse;
import dev.quotary.v1.AssessSaleRequest;
import dev.quotary.v1.AssessSaleResponse;
import dev.quotary.v1.AssessTrialRequest;
import dev.quotary.v1.AssessTrialResponse;
import dev.quotary.v1.SubscriptionServiceGrpc;

/**
 * Says what may happen to a subscription, when, and what follows. Stores nothing.
 *
 * <p>The calls of SubscriptionService; what each says of its errors stands in the contract.
 */
public final class Subscriptions {
  private final Calls calls;

  Subscriptions(Calls calls) {
    this.calls = calls;
  }

  /** Whether a trial may be started, how long it lasts, what it includes and what it becomes. */
  public AssessTrialResponse assessTrial(AssessTrialRequest request) {
    return calls.ask(SubscriptionServiceGrpc.getAssessTrialMethod(), request);
  }

  /**
   * Whether and until when a subscription may be renewed, at what price, whether it renews by
   * itself, and who is told.
   */
  public AssessRenewalResponse assessRenewal(AssessRenewalRequest request) {
    return calls.ask(SubscriptionServiceGrpc.getAssessRenewalMethod(), request);
  }

  /** What may still be sold, by whom, and until when. */
  public AssessSaleResponse assessSale(AssessSaleRequest request) {
    return calls.ask(SubscriptionServiceGrpc.getAssessSaleMethod(), request);
  }

  /**
   * Whether a subscription or trial may be cancelled, what ends and what stays, and how long it can
   * be taken up again.
   */
  public AssessCancellationResponse assessCancellation(AssessCancellationRequest request) {
    return calls.ask(SubscriptionServiceGrpc.getAssessCancellationMethod(), request);
  }

  /**
   * From when to when maintenance runs, what it gives, and the state of the installation after it.
   */
  public AssessMaintenanceResponse assessMaintenance(AssessMaintenanceRequest request) {
    return calls.ask(SubscriptionServiceGrpc.getAssessMaintenanceMethod(), request);
  }

  /** Which engine bills what, how it is grouped into invoices, and what their lines are. */
  public AssessBillingAccountResponse assessBillingAccount(AssessBillingAccountRequest request) {
    return calls.ask(SubscriptionServiceGrpc.getAssessBillingAccountMethod(), request);
  }
}
