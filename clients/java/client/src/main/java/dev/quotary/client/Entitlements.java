package dev.quotary.client;

import dev.quotary.v1.AssessEligibilityRequest;
import dev.quotary.v1.AssessEligibilityResponse;
import dev.quotary.v1.AssessPaymentOptionsRequest;
import dev.quotary.v1.AssessPaymentOptionsResponse;
import dev.quotary.v1.CheckPermissionRequest;
import dev.quotary.v1.CheckPermissionResponse;
import dev.quotary.v1.CheckServiceRequest;
import dev.quotary.v1.CheckServiceResponse;
import dev.quotary.v1.CheckSourceAccessRequest;
import dev.quotary.v1.CheckSourceAccessResponse;
import dev.quotary.v1.ClassifyExportRequest;
import dev.quotary.v1.ClassifyExportResponse;
import dev.quotary.v1.EntitlementServiceGrpc;

/**
 * Says who may have, pay, do and get what. Stores nothing.
 *
 * <p>The calls of EntitlementService; what each says of its errors stands in the contract.
 */
public final class Entitlements {
  private final Calls calls;

  Entitlements(Calls calls) {
    this.calls = calls;
  }

  /** Whether an applicant meets the criteria of a programme, who verifies and who decides. */
  public AssessEligibilityResponse assessEligibility(AssessEligibilityRequest request) {
    return calls.ask(EntitlementServiceGrpc.getAssessEligibilityMethod(), request);
  }

  /** How an order may be paid, how long a payment takes, on which terms, and when it falls due. */
  public AssessPaymentOptionsResponse assessPaymentOptions(AssessPaymentOptionsRequest request) {
    return calls.ask(EntitlementServiceGrpc.getAssessPaymentOptionsMethod(), request);
  }

  /** Whether a person may do something, who may, where and how. */
  public CheckPermissionResponse checkPermission(CheckPermissionRequest request) {
    return calls.ask(EntitlementServiceGrpc.getCheckPermissionMethod(), request);
  }

  /** Whether a licence comes with source code, who reaches it, and what may be done with it. */
  public CheckSourceAccessResponse checkSourceAccess(CheckSourceAccessRequest request) {
    return calls.ask(EntitlementServiceGrpc.getCheckSourceAccessMethod(), request);
  }

  /** Export classification numbers and licence exceptions, as the documents' table has them. */
  public ClassifyExportResponse classifyExport(ClassifyExportRequest request) {
    return calls.ask(EntitlementServiceGrpc.getClassifyExportMethod(), request);
  }

  /**
   * Whether a service, document or undertaking beside the product itself can be had: support,
   * backup, service levels, residency, training, legal, privacy.
   */
  public CheckServiceResponse checkService(CheckServiceRequest request) {
    return calls.ask(EntitlementServiceGrpc.getCheckServiceMethod(), request);
  }
}
