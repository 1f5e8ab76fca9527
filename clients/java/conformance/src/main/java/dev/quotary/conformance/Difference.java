package dev.quotary.conformance;

/**
 * A place where an answer is not what was expected.
 *
 * @param path of the field in the answer; empty for the whole
 * @param expected what was expected, as a vector file writes it
 * @param actual what came
 */
public record Difference(String path, String expected, String actual) {
  @Override
  public String toString() {
    return (path.isEmpty() ? "answer" : path) + ": expected " + expected + ", got " + actual;
  }
}
