package dev.quotary.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.Message;
import dev.quotary.v1.AssessRefundResponse;
import dev.quotary.v1.EvaluateRuleResponse;
import dev.quotary.v1.PriceQuoteResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIf;

/** The matcher against the kit's own cases, and its words. */
class MatcherTest {
  private static final Map<String, Message> PROTOTYPES =
      Stream.of(
              PriceQuoteResponse.getDefaultInstance(),
              EvaluateRuleResponse.getDefaultInstance(),
              AssessRefundResponse.getDefaultInstance())
          .collect(
              Collectors.toMap(each -> each.getDescriptorForType().getFullName(), each -> each));

  @TestFactory
  @EnabledIf("dev.quotary.conformance.Kit#isThere")
  Stream<DynamicTest> theKitsCases() {
    List<JsonElement> cases =
        Vectors.json(Kit.FOLDER.resolve("matcher-cases.json"))
            .getAsJsonObject()
            .getAsJsonArray("cases")
            .asList();
    return cases.stream().map(JsonElement::getAsJsonObject).map(MatcherTest::test);
  }

  private static DynamicTest test(JsonObject one) {
    boolean accepts = one.get("accepts").getAsBoolean();
    String name = (accepts ? "accepts " : "refuses ") + one.get("expect");
    return DynamicTest.dynamicTest(
        name,
        () -> {
          Message prototype = PROTOTYPES.get(one.get("message").getAsString());
          Message answer = Contract.parsed(one.get("answer"), prototype);
          var found = Matcher.differences(one.get("expect"), answer);
          assertEquals(accepts, found.isEmpty(), found.toString());
        });
  }

  @Test
  void aDifferenceIsToldInTheWordsOfTheKit() {
    Message answer =
        Contract.parsed(
            JsonParser.parseString(
                """
                {"answer": {"outcome": "OUTCOME_GRANTED", "rule_ids": ["A"]},
                 "fee": {"amount": {"currency_code": "USD", "units": "13", "nanos": 510000000}},
                 "lines": [{"position": 0}, {"position": 1}]}
                """),
            PriceQuoteResponse.getDefaultInstance());
    JsonElement expected =
        JsonParser.parseString(
            """
            {"fields": {
              "answer": {"fields": {"outcome": {"equals": "OUTCOME_REFUSED"}, "rule_ids": {"list": []}}},
              "fee": {"fields": {"amount":
                {"message": {"currency_code": "USD", "units": "13", "nanos": 500000000}}}},
              "lines": {"any_order": [{"fields": {"position": {"equals": 5}}}]},
              "total": {"fields": {}}}}
            """);
    assertEquals(
        """
        answer.outcome: expected OUTCOME_REFUSED, got OUTCOME_GRANTED
        answer.rule_ids: expected [], got [A]
        fee.amount: expected 13.50 USD, got 13.51 USD
        lines: expected {any_order: [{position: 5}]}, got [{}, {position: 1}]
        lines: expected {any_order: [{position: 5}]}, got [{}, {position: 1}]
        total: expected {}, got absent""",
        Matcher.differences(expected, answer).stream()
            .map(Difference::toString)
            .collect(Collectors.joining("\n")));
  }

  @Test
  void whatIsNoMatcherIsRefused() {
    var answer = PriceQuoteResponse.getDefaultInstance();
    for (String none : List.of("{}", "{\"equal\": 1}", "[]", "{\"fields\": {\"nope\": {}}}")) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Matcher.differences(JsonParser.parseString(none), answer),
          none);
    }
  }
}
