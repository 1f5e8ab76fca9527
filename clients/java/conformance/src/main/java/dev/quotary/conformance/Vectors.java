package dev.quotary.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.quotary.client.QuotaryClient;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/**
 * The vectors of the kit as dynamic tests of JUnit 5: a container a topic, a test a vector.
 *
 * <pre>{@code
 * @TestFactory
 * Stream<DynamicNode> canada() {
 *   return Vectors.read(Path.of("dist/kit")).ofAreas("tax").against(client);
 * }
 * }</pre>
 */
public final class Vectors {
  private final List<Vector> vectors;

  private Vectors(List<Vector> vectors) {
    this.vectors = vectors;
  }

  /**
   * All vectors of a kit.
   *
   * @param kit the folder that {@code make kit} leaves, with {@code vectors.json}
   * @throws UncheckedIOException it is not there
   */
  public static Vectors read(Path kit) {
    List<Vector> found = new ArrayList<>();
    for (JsonElement row :
        json(kit.resolve("vectors.json")).getAsJsonObject().getAsJsonArray("vectors")) {
      found.add(Vector.of(row.getAsJsonObject()));
    }
    return new Vectors(found);
  }

  /**
   * Those of these calls ({@code TaxService.CalculateTax}).
   *
   * @throws IllegalArgumentException a call has no vector
   */
  public Vectors ofCalls(String... calls) {
    return of(Vector::call, calls);
  }

  /**
   * Those of these areas ({@code tax}), the first part of a vector's name.
   *
   * @throws IllegalArgumentException an area has no vector
   */
  public Vectors ofAreas(String... areas) {
    return of(Vector::area, areas);
  }

  /** How many there are. */
  public int size() {
    return vectors.size();
  }

  /** A test of each, against the server that a client is connected to. */
  public Stream<DynamicNode> against(QuotaryClient client) {
    return against(Contract.engine(client));
  }

  /** A test of each, against an engine in the same process. */
  public Stream<DynamicNode> against(Engine engine) {
    Map<String, List<DynamicTest>> topics = new LinkedHashMap<>();
    for (Vector vector : vectors) {
      topics
          .computeIfAbsent(vector.topic(), topic -> new ArrayList<>())
          .add(DynamicTest.dynamicTest(vector.id(), () -> Judge.judge(vector, engine)));
    }
    return topics.entrySet().stream()
        .map(topic -> DynamicContainer.dynamicContainer(topic.getKey(), topic.getValue()));
  }

  private Vectors of(java.util.function.Function<Vector, String> kind, String... names) {
    Predicate<Vector> chosen = vector -> Set.of(names).contains(kind.apply(vector));
    for (String name : names) {
      if (vectors.stream().noneMatch(vector -> kind.apply(vector).equals(name))) {
        throw new IllegalArgumentException("no vector is of " + name);
      }
    }
    return new Vectors(vectors.stream().filter(chosen).toList());
  }

  static JsonElement json(Path file) {
    try (Reader reader = Files.newBufferedReader(file)) {
      return JsonParser.parseReader(reader);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
