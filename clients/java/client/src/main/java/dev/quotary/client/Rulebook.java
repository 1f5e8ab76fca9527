package dev.quotary.client;

import dev.quotary.v1.DiffEditionsRequest;
import dev.quotary.v1.DiffEditionsResponse;
import dev.quotary.v1.EvaluateRuleRequest;
import dev.quotary.v1.EvaluateRuleResponse;
import dev.quotary.v1.GetRuleRequest;
import dev.quotary.v1.ListEditionsRequest;
import dev.quotary.v1.ListEditionsResponse;
import dev.quotary.v1.ListRulesRequest;
import dev.quotary.v1.ListRulesResponse;
import dev.quotary.v1.Rule;
import dev.quotary.v1.RulebookServiceGrpc;

/**
 * Shows what the rule book holds and where it comes from.
 *
 * <p>The calls of RulebookService; what each says of its errors stands in the contract.
 */
public final class Rulebook {
  private final Calls calls;

  Rulebook(Calls calls) {
    this.calls = calls;
  }

  /** The editions, oldest first. */
  public ListEditionsResponse listEditions(ListEditionsRequest request) {
    return calls.ask(RulebookServiceGrpc.getListEditionsMethod(), request);
  }

  /** Rules and catalogue entries by area, edition, document line or words. */
  public ListRulesResponse listRules(ListRulesRequest request) {
    return calls.ask(RulebookServiceGrpc.getListRulesMethod(), request);
  }

  /**
   * One rule by its id ("FEE-RATE"), or one catalogue entry by document and id ("000:FEE-RATE").
   */
  public Rule getRule(GetRuleRequest request) {
    return calls.ask(RulebookServiceGrpc.getGetRuleMethod(), request);
  }

  /** One rule asked on its own, with the facts that it takes. */
  public EvaluateRuleResponse evaluateRule(EvaluateRuleRequest request) {
    return calls.ask(RulebookServiceGrpc.getEvaluateRuleMethod(), request);
  }

  /** What changed in the rules from one edition to another. */
  public DiffEditionsResponse diffEditions(DiffEditionsRequest request) {
    return calls.ask(RulebookServiceGrpc.getDiffEditionsMethod(), request);
  }
}
