package dev.quotary.client;

import com.google.type.Money;
import java.math.BigDecimal;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Amounts of money: to and from whole minor units, decimals and text.
 *
 * <p>An amount that contradicts itself (units and nanos of different signs, a whole unit in the
 * nanos, no currency) is an {@link IllegalArgumentException} everywhere.
 */
public final class Amounts {
  private static final Pattern TEXT = Pattern.compile("(-?\\d{1,18}(?:\\.\\d{1,9})?) ([A-Z]{3})");
  // Digits of the minor unit by ISO 4217; every other currency has two.
  private static final Set<String> NONE =
      Set.of("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" "));
  private static final Set<String> THREE = Set.of("BHD IQD JOD KWD LYD OMR TND".split(" "));
  private static final int NANO_DIGITS = 9;
  private static final int WHOLE = 1_000_000_000;

  private Amounts() {}

  /**
   * An amount of whole minor units: {@code ofMinor(3000, "USD")} is 30.00 USD.
   *
   * @throws IllegalArgumentException there is no such currency
   */
  public static Money ofMinor(long minor, String currency) {
    return of(BigDecimal.valueOf(minor, digits(currency)), currency);
  }

  /**
   * The amount in whole minor units: 3000 for 30.00 USD.
   *
   * @throws IllegalArgumentException it contradicts itself
   * @throws ArithmeticException it is finer than the minor unit, or too large
   */
  public static long minor(Money money) {
    return decimal(money).movePointRight(digits(money.getCurrencyCode())).longValueExact();
  }

  /**
   * An exact amount.
   *
   * @throws IllegalArgumentException the currency is no three capitals
   * @throws ArithmeticException it has more than nine digits after the point, or is too large
   */
  public static Money of(BigDecimal amount, String currency) {
    if (!currency.matches("[A-Z]{3}")) {
      throw new IllegalArgumentException("'" + currency + "' is no currency such as USD");
    }
    BigDecimal nanos = amount.remainder(BigDecimal.ONE).movePointRight(NANO_DIGITS);
    return Money.newBuilder()
        .setCurrencyCode(currency)
        .setUnits(amount.toBigInteger().longValueExact())
        .setNanos(nanos.intValueExact())
        .build();
  }

  /**
   * The amount as an exact number, with the digits of its currency or as many as it needs.
   *
   * @throws IllegalArgumentException it contradicts itself
   */
  public static BigDecimal decimal(Money money) {
    int nanos = money.getNanos();
    boolean signsDiffer = Long.signum(money.getUnits()) * Integer.signum(nanos) < 0;
    if (money.getCurrencyCode().isEmpty() || signsDiffer || Math.abs(nanos) >= WHOLE) {
      throw new IllegalArgumentException(
          "no amount: units %d, nanos %d, currency '%s'"
              .formatted(money.getUnits(), nanos, money.getCurrencyCode()));
    }
    BigDecimal amount =
        BigDecimal.valueOf(money.getUnits()).add(BigDecimal.valueOf(nanos, NANO_DIGITS));
    int needed = Math.max(0, amount.stripTrailingZeros().scale());
    return amount.setScale(Math.max(needed, digits(money.getCurrencyCode())));
  }

  /**
   * The amount as text: {@code 30.00 USD}.
   *
   * @throws IllegalArgumentException it contradicts itself
   */
  public static String text(Money money) {
    return decimal(money).toPlainString() + " " + money.getCurrencyCode();
  }

  /**
   * The amount that a text such as {@code 30.00 USD} says.
   *
   * @throws IllegalArgumentException it is no such text
   */
  public static Money parse(String text) {
    Matcher match = TEXT.matcher(text);
    if (!match.matches()) {
      throw new IllegalArgumentException("'" + text + "' is no amount such as 30.00 USD");
    }
    return of(new BigDecimal(match.group(1)), match.group(2));
  }

  private static int digits(String currency) {
    return NONE.contains(currency) ? 0 : THREE.contains(currency) ? 3 : 2;
  }
}
