package dev.quotary.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.type.Date;
import com.google.type.Money;
import dev.quotary.v1.PriceQuoteResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The helpers against the cases that those of every language are held to. */
class HelperCasesTest {
  private static final JsonObject CASES = cases();

  private static JsonObject cases() {
    try {
      Path file = Path.of("..", "..", "helper-cases.json");
      return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    } catch (IOException absent) {
      throw new ExceptionInInitializerError(absent);
    }
  }

  private static Stream<DynamicTest> each(String group, Consumer<JsonElement> check) {
    return StreamSupport.stream(CASES.getAsJsonArray(group).spliterator(), false)
        .map(one -> dynamicTest(group + " " + one, () -> check.accept(one)));
  }

  @SuppressWarnings("unchecked")
  private static <M extends Message> M parsed(JsonElement json, M prototype) {
    Message.Builder builder = prototype.newBuilderForType();
    try {
      JsonFormat.parser().merge(json.toString(), builder);
    } catch (InvalidProtocolBufferException misfit) {
      throw new IllegalArgumentException(misfit);
    }
    return (M) builder.build();
  }

  private static Money money(JsonElement one) {
    return parsed(one.getAsJsonObject().get("money"), Money.getDefaultInstance());
  }

  private static String text(JsonElement one, String name) {
    return one.getAsJsonObject().get(name).getAsString();
  }

  @TestFactory
  Stream<DynamicTest> amounts() {
    return each(
        "money",
        one -> {
          Money money = money(one);
          long minor = Long.parseLong(text(one, "minor"));
          assertEquals(minor, Amounts.minor(money));
          assertEquals(money, Amounts.ofMinor(minor, money.getCurrencyCode()));
          assertEquals(text(one, "text"), Amounts.text(money));
          assertEquals(money, Amounts.parse(text(one, "text")));
          assertEquals(money, Amounts.of(Amounts.decimal(money), money.getCurrencyCode()));
        });
  }

  @TestFactory
  Stream<DynamicTest> amountsFinerThanTheMinorUnit() {
    return each(
        "money_finer_than_minor_units",
        one -> {
          assertEquals(text(one, "text"), Amounts.text(money(one)));
          assertEquals(money(one), Amounts.parse(text(one, "text")));
          assertThrows(ArithmeticException.class, () -> Amounts.minor(money(one)));
        });
  }

  @TestFactory
  Stream<DynamicTest> amountsThatContradictThemselves() {
    return each(
        "money_wrong",
        one -> {
          assertThrows(IllegalArgumentException.class, () -> Amounts.text(money(one)));
          assertThrows(IllegalArgumentException.class, () -> Amounts.minor(money(one)));
        });
  }

  @TestFactory
  Stream<DynamicTest> textsThatAreNoAmount() {
    return each(
        "money_text_wrong",
        one ->
            assertThrows(IllegalArgumentException.class, () -> Amounts.parse(one.getAsString())));
  }

  @TestFactory
  Stream<DynamicTest> dates() {
    return each(
        "dates",
        one -> {
          Date date = parsed(one.getAsJsonObject().get("date"), Date.getDefaultInstance());
          LocalDate local = LocalDate.parse(text(one, "text"));
          assertEquals(local, Dates.local(date));
          assertEquals(date, Dates.of(local));
        });
  }

  @TestFactory
  Stream<DynamicTest> datesThatAreNone() {
    return each(
        "dates_wrong",
        one ->
            assertThrows(
                IllegalArgumentException.class,
                () -> Dates.local(parsed(one, Date.getDefaultInstance()))));
  }

  @TestFactory
  Stream<DynamicTest> decimals() {
    return each(
        "decimals",
        one -> assertEquals(one.getAsString(), Decimals.text(Decimals.parse(one.getAsString()))));
  }

  @TestFactory
  Stream<DynamicTest> textsThatAreNoDecimal() {
    return each(
        "decimals_wrong",
        one ->
            assertThrows(IllegalArgumentException.class, () -> Decimals.parse(one.getAsString())));
  }

  @TestFactory
  Stream<DynamicTest> pricedOrders() {
    return each(
        "priced",
        one -> {
          var priced =
              parsed(
                  one.getAsJsonObject().get("response"), PriceQuoteResponse.getDefaultInstance());
          assertEquals(text(one, "receipt"), Explanation.receipt(priced));
          assertEquals(text(one, "explained_answer"), Explanation.explain(priced.getAnswer()));
          assertEquals(text(one, "explained"), Explanation.explain(priced));
        });
  }

  @TestFactory
  Stream<DynamicTest> everyGroupHasATest() {
    return CASES.keySet().stream()
        .map(
            group ->
                dynamicTest(
                    group,
                    () -> {
                      String source =
                          Files.readString(
                              Path.of("src/test/java/dev/quotary/client/HelperCasesTest.java"));
                      assertTrue(source.contains("\"" + group + "\""), group);
                    }));
  }
}
