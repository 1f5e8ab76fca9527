package dev.quotary.client;

import dev.quotary.v1.AssessUsageRequest;
import dev.quotary.v1.AssessUsageResponse;
import dev.quotary.v1.CheckAppTierRequest;
import dev.quotary.v1.CheckAppTierResponse;
import dev.quotary.v1.CheckAuthenticationPoliciesRequest;
import dev.quotary.v1.CheckAuthenticationPoliciesResponse;
import dev.quotary.v1.CheckTermRequest;
import dev.quotary.v1.CheckTermResponse;
import dev.quotary.v1.CountBillableUsersRequest;
import dev.quotary.v1.CountBillableUsersResponse;
import dev.quotary.v1.LicenceTierServiceGrpc;
import dev.quotary.v1.PriceUpgradeRequest;
import dev.quotary.v1.PriceUpgradeResponse;
import dev.quotary.v1.ResolveTierRequest;
import dev.quotary.v1.ResolveTierResponse;
import java.util.Iterator;

/**
 * Finds tiers, counts users, and prices and checks changes of tier and term. Stores nothing.
 *
 * <p>The calls of LicenceTierService; what each says of its errors stands in the contract.
 */
public final class LicenceTiers {
  private final Calls calls;

  LicenceTiers(Calls calls) {
    this.calls = calls;
  }

  /**
   * Smallest tier that holds the users, the printed limit of the product, and whether the free plan
   * is enough.
   */
  public ResolveTierResponse resolveTier(ResolveTierRequest request) {
    return calls.ask(LicenceTierServiceGrpc.getResolveTierMethod(), request);
  }

  /**
   * Whether an app works beside its host product at the tiers of both, and whether it may be sold
   * so.
   */
  public CheckAppTierResponse checkAppTier(CheckAppTierRequest request) {
    return calls.ask(LicenceTierServiceGrpc.getCheckAppTierMethod(), request);
  }

  /**
   * What a period's use costs: the highest number of a month, the exact number at renewal, or the
   * tier that was bought.
   */
  public AssessUsageResponse assessUsage(AssessUsageRequest request) {
    return calls.ask(LicenceTierServiceGrpc.getAssessUsageMethod(), request);
  }

  /**
   * Price, credit and new term of a change of tier, plan or platform, with step-up credit and dual
   * licence.
   */
  public PriceUpgradeResponse priceUpgrade(PriceUpgradeRequest request) {
    return calls.ask(LicenceTierServiceGrpc.getPriceUpgradeMethod(), request);
  }

  /** Whether the lines of one quote may run as long as asked, and end together. */
  public CheckTermResponse checkTerm(CheckTermRequest request) {
    return calls.ask(LicenceTierServiceGrpc.getCheckTermMethod(), request);
  }

  /**
   * Users of an organisation who are billable for Guard Standard and Guard Premium, and what they
   * cost.
   */
  public CountBillableUsersResponse countBillableUsers(
      Iterator<CountBillableUsersRequest> requests) {
    return calls.send(LicenceTierServiceGrpc.getCountBillableUsersMethod(), requests);
  }

  /**
   * Whether an organisation's authentication policies are sound, and what each command of a list
   * does to them.
   */
  public CheckAuthenticationPoliciesResponse checkAuthenticationPolicies(
      CheckAuthenticationPoliciesRequest request) {
    return calls.ask(LicenceTierServiceGrpc.getCheckAuthenticationPoliciesMethod(), request);
  }
}
