package dev.quotary.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.quotary.client.QuotaryClient;
import dev.quotary.v1.CalculateTaxResponse;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

class VectorsTest {
  private static final String ROW =
      """
      {"id": "one", "topic": "tax/canada", "call": "TaxService.CalculateTax", "title": "A title",
       "request": {"edition": "2026"}, "working": "5 %% of 1.00\\nis 0.05",
       "cites": [{"passage": "000:436", "heading": "QST"}],
       "rules": [{"id": "TAX", "statement": "It is taxed.", "named": true},
                 {"id": "OTHER", "statement": "It is not.", "named": false}],
       "rulings": [{"id": "R-01", "title": "Halves"}], "readings": [%s] %s}
      """;
  private static final String GRANTED =
      """
      {"fields": {"answer": {"fields": {"outcome": {"equals": "OUTCOME_GRANTED"}}}}}""";

  private static QuotaryClient client;

  /** Every vector, by the client, against the server that -Dquotary.target names. */
  @TestFactory
  @EnabledIfSystemProperty(named = "quotary.target", matches = ".+")
  @EnabledIf("dev.quotary.conformance.Kit#isThere")
  Stream<DynamicNode> everyVector() {
    client = QuotaryClient.builder().address(System.getProperty("quotary.target")).build();
    return Vectors.read(Kit.FOLDER).against(client);
  }

  @AfterAll
  static void close() {
    if (client != null) {
      client.close();
    }
  }

  private static Vector vector(String readings, String more) {
    String row = ROW.formatted(readings, more);
    return Vector.of(JsonParser.parseString(row).getAsJsonObject());
  }

  private static Message answer(String json) {
    return Contract.parsed(JsonParser.parseString(json), CalculateTaxResponse.getDefaultInstance());
  }

  @Test
  void aDisagreementIsToldInTheWordsOfTheKit() {
    var vector = vector("", ", \"expect\": " + GRANTED);
    Engine engine = (call, requests) -> List.of(answer("{\"answer\": {}}"));
    var failure = assertThrows(AssertionFailedError.class, () -> Judge.judge(vector, engine));
    assertEquals(
        """
        tax/canada/one: disagreed
            A title
            answer.outcome: expected OUTCOME_GRANTED, got OUTCOME_UNSPECIFIED
            | 5 % of 1.00
            | is 0.05
            passage 000:436: QST
            rule TAX: It is taxed.
            ruling R-01: Halves
            request {"edition":"2026"}""",
        failure.getMessage());
  }

  @Test
  void oneReadingOfAContestedPointHasToAgree() {
    String reading = "{\"ruling\": \"R-01\", \"id\": \"%s\", \"expect\": %s}";
    var vector =
        vector(
            reading.formatted("a", GRANTED)
                + ", "
                + reading.formatted("b", GRANTED.replace("GRANTED", "REFUSED")),
            "");
    Judge.judge(
        vector, (call, all) -> List.of(answer("{\"answer\": {\"outcome\": \"OUTCOME_REFUSED\"}}")));
    assertThrows(
        AssertionFailedError.class,
        () -> Judge.judge(vector, (call, all) -> List.of(answer("{\"answer\": {}}"))));
  }

  @Test
  void anErrorWantsItsReasonAndExactlyItsViolations() {
    var vector =
        vector(
            "",
            """
            , "error": {"code": "INVALID_ARGUMENT", "reason": "X",
                        "violations": [{"field": "lines", "reason": "X"}]}""");
    Judge.judge(vector, failing("X", "lines"));
    for (Engine other :
        List.of(
            failing("Y", "lines"),
            failing("X", "deal"),
            failing("X", "lines", "deal"),
            (call, all) -> {
              throw Status.NOT_FOUND.asRuntimeException();
            },
            (call, all) -> List.of(answer("{}")))) {
      assertThrows(AssertionFailedError.class, () -> Judge.judge(vector, other));
    }
  }

  private static Engine failing(String reason, String... fields) {
    var bad = BadRequest.newBuilder();
    for (String field : fields) {
      bad.addFieldViolations(BadRequest.FieldViolation.newBuilder().setField(field).setReason("X"));
    }
    var status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.INVALID_ARGUMENT.value())
            .addDetails(Any.pack(ErrorInfo.newBuilder().setReason(reason).build()))
            .addDetails(Any.pack(bad.build()))
            .build();
    return (call, requests) -> {
      throw StatusProto.toStatusRuntimeException(status);
    };
  }

  @Test
  void whatIsNotOfferedIsLeftOutAndWhatIsNotAnsweredFails() {
    var vector = vector("", ", \"expect\": " + GRANTED);
    assertThrows(
        TestAbortedException.class,
        () ->
            Judge.judge(
                vector,
                (call, all) -> {
                  throw Status.UNIMPLEMENTED.asRuntimeException();
                }));
    var missing =
        assertThrows(
            AssertionFailedError.class,
            () ->
                Judge.judge(
                    vector,
                    (call, all) -> {
                      throw Status.UNAVAILABLE.asRuntimeException();
                    }));
    assertTrue(missing.getMessage().startsWith("tax/canada/one: missing"));
    var bug = new IllegalStateException("a bug of the engine");
    assertThrows(
        IllegalStateException.class,
        () ->
            Judge.judge(
                vector,
                (call, all) -> {
                  throw bug;
                }));
  }

  @Test
  @EnabledIf("dev.quotary.conformance.Kit#isThere")
  void vectorsAreChosenByCallAndArea() {
    Vectors all = Vectors.read(Kit.FOLDER);
    Vectors taxes = all.ofAreas("tax");
    Vectors calculated = taxes.ofCalls("TaxService.CalculateTax");
    assertTrue(0 < calculated.size() && calculated.size() < taxes.size());
    assertTrue(taxes.size() < all.size());
    assertThrows(IllegalArgumentException.class, () -> all.ofAreas("taxes"));
    assertThrows(IllegalArgumentException.class, () -> taxes.ofCalls("TaxService.Nope"));
    long tests =
        taxes
            .against((call, requests) -> List.of())
            .flatMap(topic -> ((DynamicContainer) topic).getChildren())
            .filter(DynamicTest.class::isInstance)
            .count();
    assertEquals(taxes.size(), tests);
  }
}
