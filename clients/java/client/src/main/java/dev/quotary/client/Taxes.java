package dev.quotary.client;

import dev.quotary.v1.CalculateTaxRequest;
import dev.quotary.v1.CalculateTaxResponse;
import dev.quotary.v1.ListTaxJurisdictionsRequest;
import dev.quotary.v1.ListTaxJurisdictionsResponse;
import dev.quotary.v1.TaxServiceGrpc;
import dev.quotary.v1.ValidateTaxIdentifierRequest;
import dev.quotary.v1.ValidateTaxIdentifierResponse;

/**
 * Computes taxes and checks what frees from them.
 *
 * <p>The calls of TaxService; what each says of its errors stands in the contract.
 */
public final class Taxes {
  private final Calls calls;

  Taxes(Calls calls) {
    this.calls = calls;
  }

  /** Fee and taxes of an order whose lines are already priced. Stores nothing. */
  public CalculateTaxResponse calculateTax(CalculateTaxRequest request) {
    return calls.ask(TaxServiceGrpc.getCalculateTaxMethod(), request);
  }

  /**
   * Whether a tax identifier is well formed, passes its check digits and counts as valid; what it
   * was read as, which character or part of it is wrong, and what it frees from.
   */
  public ValidateTaxIdentifierResponse validateTaxIdentifier(ValidateTaxIdentifierRequest request) {
    return calls.ask(TaxServiceGrpc.getValidateTaxIdentifierMethod(), request);
  }

  /**
   * Countries, states and towns whose taxes an edition speaks of, with rates and what frees from
   * them.
   */
  public ListTaxJurisdictionsResponse listTaxJurisdictions(ListTaxJurisdictionsRequest request) {
    return calls.ask(TaxServiceGrpc.getListTaxJurisdictionsMethod(), request);
  }
}
