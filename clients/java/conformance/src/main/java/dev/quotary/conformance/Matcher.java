package dev.quotary.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An answer against what a vector expects of it. An expectation is a tree of nodes, each an object
 * with one key; the kit's {@code matcher-cases.json} says what has to agree and what must not.
 */
public final class Matcher {
  private static final Set<String> NODES =
      Set.of("fields absent equals message list any_order contains map value".split(" "));

  private final List<Difference> found = new ArrayList<>();

  private Matcher() {}

  /**
   * Every place where an answer is not what was expected; only what is named is compared.
   *
   * @throws IllegalArgumentException the expectation is none
   */
  public static List<Difference> differences(JsonElement expected, Message answer) {
    return differences(expected, answer, "");
  }

  static List<Difference> differences(JsonElement expected, Message answer, String path) {
    Matcher matcher = new Matcher();
    matcher.message(expected, answer, path);
    return matcher.found;
  }

  static Map.Entry<String, JsonElement> node(JsonElement matcher) {
    if (matcher instanceof JsonObject object && object.size() == 1) {
      var node = object.asMap().entrySet().iterator().next();
      if (NODES.contains(node.getKey())) {
        return node;
      }
    }
    throw new IllegalArgumentException(matcher + " is no matcher");
  }

  private void message(JsonElement matcher, Message message, String path) {
    var node = node(matcher);
    switch (node.getKey()) {
      case "value" -> json(node.getValue(), Words.json(message), path);
      case "message" -> whole(node.getValue().getAsJsonObject(), message, path);
      case "fields" ->
          node.getValue()
              .getAsJsonObject()
              .asMap()
              .forEach(
                  (name, each) -> {
                    var field = message.getDescriptorForType().findFieldByName(name);
                    String here = path.isEmpty() ? name : path + "." + name;
                    if (field == null) {
                      throw new IllegalArgumentException(here + " is no field of the answer");
                    }
                    field(each, message, field, here);
                  });
      default -> throw new IllegalArgumentException(path + ": no matcher of a message: " + matcher);
    }
  }

  /** A date or an amount: equal in each field that is named. */
  private void whole(JsonObject expected, Message message, String path) {
    boolean agrees =
        expected.asMap().entrySet().stream()
            .allMatch(
                each -> {
                  var field = message.getDescriptorForType().findFieldByName(each.getKey());
                  return each.getValue().getAsString().equals(message.getField(field).toString());
                });
    if (!agrees) {
      differ(path, expected, Words.brief(message, null));
    }
  }

  private void field(JsonElement matcher, Message message, FieldDescriptor field, String path) {
    boolean absent = node(matcher).getKey().equals("absent");
    if (field.isMapField()) {
      map(matcher, message, field, path);
    } else if (field.isRepeated()) {
      list(matcher, (List<?>) message.getField(field), field, path);
    } else if (field.hasPresence() && !message.hasField(field)) {
      if (!absent) {
        differ(path, Words.plain(matcher), Words.ABSENT);
      }
    } else if (absent) {
      Object value = message.getField(field);
      if (field.hasPresence() || !value.equals(field.getDefaultValue())) {
        differ(path, Words.ABSENT, Words.brief(value, field));
      }
    } else {
      one(matcher, message.getField(field), field, path);
    }
  }

  private void one(JsonElement matcher, Object value, FieldDescriptor field, String path) {
    if (value instanceof Message message) {
      message(matcher, message, path);
      return;
    }
    JsonPrimitive expected = node(matcher).getValue().getAsJsonPrimitive();
    boolean agrees =
        switch (field.getJavaType()) {
          case BOOLEAN -> expected.isBoolean() && value.equals(expected.getAsBoolean());
          case ENUM ->
              expected.isString()
                  && ((EnumValueDescriptor) value).getName().equals(expected.getAsString());
          case STRING -> expected.isString() && value.equals(expected.getAsString());
          default -> !expected.isBoolean() && value.toString().equals(expected.getAsString());
        };
    if (!agrees) {
      differ(path, expected, Words.brief(value, field));
    }
  }

  private void list(JsonElement matcher, List<?> values, FieldDescriptor field, String path) {
    var node = node(matcher);
    JsonArray expected =
        node.getKey().equals("absent") ? new JsonArray() : node.getValue().getAsJsonArray();
    boolean inOrder = !node.getKey().equals("any_order") && !node.getKey().equals("contains");
    if (!inOrder) {
      inAnyOrder(node.getKey(), expected, values, field, path);
    } else if (expected.size() != values.size()) {
      differ(path, plain(expected), Words.brief(values, field));
    } else {
      for (int i = 0; i < values.size(); i++) {
        one(expected.get(i), values.get(i), field, path + "[" + i + "]");
      }
    }
  }

  private void inAnyOrder(
      String kind, JsonArray expected, List<?> values, FieldDescriptor field, String path) {
    boolean[][] fits = new boolean[expected.size()][values.size()];
    for (int i = 0; i < expected.size(); i++) {
      for (int j = 0; j < values.size(); j++) {
        fits[i][j] = differencesOf(expected.get(i), values.get(j), field, path).isEmpty();
      }
    }
    for (int place : unmatched(fits)) {
      List<Difference> nearest = nearest(expected.get(place), values, field, path);
      if (nearest.isEmpty()) {
        JsonArray alone = new JsonArray();
        alone.add(Words.plain(expected.get(place)));
        differ(path, Words.single(kind, alone), Words.brief(values, field));
      }
      found.addAll(nearest);
    }
    if (kind.equals("any_order") && values.size() != expected.size()) {
      differ(path, Words.single(kind, plain(expected)), Words.brief(values, field));
    }
  }

  private static List<Difference> differencesOf(
      JsonElement matcher, Object value, FieldDescriptor field, String path) {
    Matcher alone = new Matcher();
    alone.one(matcher, value, field, path);
    return alone.found;
  }

  /**
   * Where the entry differs that is most like the one wanted; nothing when none is much like it.
   */
  private static List<Difference> nearest(
      JsonElement matcher, List<?> values, FieldDescriptor field, String path) {
    var node = node(matcher);
    if (field.getJavaType() != JavaType.MESSAGE || !node.getKey().equals("fields")) {
      return List.of();
    }
    List<Difference> nearest = List.of();
    for (int i = 0; i < values.size(); i++) {
      var these = differencesOf(matcher, values.get(i), field, path + "[" + i + "]");
      if (i == 0 || these.size() < nearest.size()) {
        nearest = these;
      }
    }
    return 2 * nearest.size() < node.getValue().getAsJsonObject().size() ? nearest : List.of();
  }

  /** Rows that find no column of their own in a largest matching of rows to columns that fit. */
  private static List<Integer> unmatched(boolean[][] fits) {
    Map<Integer, Integer> holders = new HashMap<>();
    List<Integer> left = new ArrayList<>();
    for (int row = 0; row < fits.length; row++) {
      if (!place(row, fits, holders, new boolean[fits[row].length])) {
        left.add(row);
      }
    }
    return left;
  }

  private static boolean place(
      int row, boolean[][] fits, Map<Integer, Integer> holders, boolean[] tried) {
    for (int column = 0; column < tried.length; column++) {
      if (fits[row][column] && !tried[column]) {
        tried[column] = true;
        Integer holder = holders.get(column);
        if (holder == null || place(holder, fits, holders, tried)) {
          holders.put(column, row);
          return true;
        }
      }
    }
    return false;
  }

  private void map(JsonElement matcher, Message message, FieldDescriptor field, String path) {
    Map<String, Object> values = new HashMap<>();
    for (Object each : (List<?>) message.getField(field)) {
      MapEntry<?, ?> entry = (MapEntry<?, ?>) each;
      values.put(entry.getKey().toString(), entry.getValue());
    }
    var node = node(matcher);
    if (node.getKey().equals("absent")) {
      if (!values.isEmpty()) {
        differ(path, Words.ABSENT, Words.json(message).getAsJsonObject().get(field.getName()));
      }
      return;
    }
    FieldDescriptor of = field.getMessageType().findFieldByName("value");
    node.getValue()
        .getAsJsonObject()
        .asMap()
        .forEach(
            (key, each) -> {
              String here = path + "[" + key + "]";
              if (values.containsKey(key)) {
                one(each, values.get(key), of, here);
              } else {
                differ(here, Words.plain(each), Words.ABSENT);
              }
            });
  }

  private void json(JsonElement expected, JsonElement actual, String path) {
    if (expected instanceof JsonObject wanted && actual instanceof JsonObject object) {
      wanted
          .asMap()
          .forEach(
              (key, each) -> {
                String here = path.isEmpty() ? key : path + "." + key;
                if (object.has(key)) {
                  json(each, object.get(key), here);
                } else {
                  differ(here, each, Words.ABSENT);
                }
              });
    } else if (expected instanceof JsonArray wanted
        && actual instanceof JsonArray list
        && wanted.size() == list.size()) {
      for (int i = 0; i < list.size(); i++) {
        json(wanted.get(i), list.get(i), path + "[" + i + "]");
      }
    } else if (!same(expected, actual)) {
      differ(path, expected, actual);
    }
  }

  private static boolean same(JsonElement expected, JsonElement actual) {
    if (expected instanceof JsonPrimitive one
        && actual instanceof JsonPrimitive other
        && one.isNumber()
        && other.isNumber()) {
      return one.getAsBigDecimal().compareTo(other.getAsBigDecimal()) == 0;
    }
    return expected.equals(actual);
  }

  private static JsonArray plain(JsonArray matchers) {
    JsonArray list = new JsonArray();
    matchers.forEach(each -> list.add(Words.plain(each)));
    return list;
  }

  private void differ(String path, JsonElement expected, JsonElement actual) {
    found.add(new Difference(path, Words.text(expected), Words.text(actual)));
  }
}
