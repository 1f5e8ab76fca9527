package dev.quotary.client;

import dev.quotary.v1.Change;
import dev.quotary.v1.ChangeServiceGrpc;
import dev.quotary.v1.GetChangeRequest;

/**
 * Tells what came of a request id.
 *
 * <p>The calls of ChangeService; what each says of its errors stands in the contract.
 */
public final class Changes {
  private final Calls calls;

  Changes(Calls calls) {
    this.calls = calls;
  }

  /** What the call with a request id changed and answered. */
  public Change getChange(GetChangeRequest request) {
    return calls.ask(ChangeServiceGrpc.getGetChangeMethod(), request);
  }
}
