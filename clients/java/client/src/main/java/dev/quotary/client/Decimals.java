package dev.quotary.client;

import java.math.BigDecimal;
import java.util.regex.Pattern;

/** Rates and unit prices, which are decimal text in the contract. Never by way of a double. */
public final class Decimals {
  private static final Pattern PLAIN = Pattern.compile("-?\\d+(\\.\\d+)?");

  private Decimals() {}

  /**
   * The exact number that a text says in plain digits.
   *
   * @throws IllegalArgumentException it is anything else
   */
  public static BigDecimal parse(String text) {
    if (!PLAIN.matcher(text).matches()) {
      throw new IllegalArgumentException("'" + text + "' is no decimal such as 0.075");
    }
    return new BigDecimal(text);
  }

  /** The number in plain digits, with those that it has. */
  public static String text(BigDecimal number) {
    return number.toPlainString();
  }
}
