package dev.quotary.client;

import com.google.type.Date;
import java.time.DateTimeException;
import java.time.LocalDate;

/** Civil dates. */
public final class Dates {
  private Dates() {}

  /** The date as the contract has it. */
  public static Date of(LocalDate date) {
    return Date.newBuilder()
        .setYear(date.getYear())
        .setMonth(date.getMonthValue())
        .setDay(date.getDayOfMonth())
        .build();
  }

  /** The date of a year, month and day. */
  public static Date of(int year, int month, int day) {
    return of(LocalDate.of(year, month, day));
  }

  /**
   * The date as Java has it.
   *
   * @throws IllegalArgumentException year, month or day is absent, or there is no such day
   */
  public static LocalDate local(Date date) {
    if (date.getYear() == 0) {
      throw new IllegalArgumentException("a date without a year: " + date);
    }
    try {
      return LocalDate.of(date.getYear(), date.getMonth(), date.getDay());
    } catch (DateTimeException none) {
      throw new IllegalArgumentException(none.getMessage(), none);
    }
  }
}
