package dev.quotary.client;

/**
 * One thing that is wrong with a request, or one reason against a change.
 *
 * @param field path of the field in the request ({@code order.lines[3].product.id}), or what a
 *     refused change is about; empty when it is about the whole
 * @param reason catalogued code in UPPER_SNAKE ({@code UNKNOWN_PRODUCT})
 * @param description what is wrong, and what to do
 */
public record Violation(String field, String reason, String description) {
  @Override
  public String toString() {
    return (field.isEmpty() ? reason : field + ": " + reason) + ": " + description;
  }
}
