package dev.quotary.conformance;

import java.nio.file.Files;
import java.nio.file.Path;

/** The kit that {@code make kit} left, or the one that {@code -Dquotary.kit=FOLDER} names. */
final class Kit {
  static final Path FOLDER = Path.of(System.getProperty("quotary.kit", "../../../dist/kit"));

  private Kit() {}

  static boolean isThere() {
    return Files.exists(FOLDER.resolve("vectors.json"));
  }
}
